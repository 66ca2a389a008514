"""How commands show who calls what how often."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from db.usage import Usage
from domain.registry import IN_USE
from server.console import moment

USAGE_HEADS = ("calls", "errors", "p50", "p95", "last call")
"""The heads of `used_cells`."""


def per_day(calls: int, span: dt.timedelta) -> str:
    """How many calls that is a day."""
    a_day = calls / span.days
    return f"{a_day:.0f}" if a_day >= 10 or not calls else f"{a_day:.2g}"  # noqa: PLR2004 - two digits say enough


def used_cells(usage: Mapping[str, Usage], public_id: str) -> tuple[str, ...]:
    """What an operation comes to in a table, under `USAGE_HEADS`."""
    found = usage.get(public_id)
    if found is None:
        return "0", "0", "", "", ""
    return (
        str(found.calls),
        str(found.errors),
        _milliseconds(found.p50),
        _milliseconds(found.p95),
        moment(found.last_seen),
    )


def used_in_words(usage: Usage | None) -> str:
    """The same in a sentence."""
    if usage is None:
        return f"none within {IN_USE.days} days"
    words = (
        f"{usage.calls} within {IN_USE.days} days, {usage.errors} with errors, the last {moment(usage.last_seen)} UTC"
    )
    if usage.refused:
        words += f"; {usage.refused} more refused"
    if usage.deprecated:
        words += f"; {usage.deprecated} asked for a deprecated field"
    if usage.calls:
        took = f"{_milliseconds(usage.p50)}, 95 % within {_milliseconds(usage.p95)}"
        words += f"; half took {took}; they cost {usage.cost}"
    return words


def percent(share: float) -> str:
    """A share as people read it."""
    return f"{share:.1%}"


def _milliseconds(seconds: float | None) -> str:
    return "" if seconds is None else f"{seconds * 1000:.3g} ms"
