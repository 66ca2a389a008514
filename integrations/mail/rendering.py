"""Words and templates that all mail shares."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from domain.money import Money


def money(amount: Money) -> str:
    """An amount as people read it: `EUR 1,250.00`."""
    return f"{amount.currency} {Decimal(amount.amount):,}"


def moment(at: dt.datetime, timezone: str) -> str:
    """A moment as people in a zone say it: `Saturday 1 May 2027, 10:00 (Europe/Brussels)`."""
    there = at.astimezone(ZoneInfo(timezone))
    return f"{there:%A} {there.day} {there:%B %Y}, {there:%H:%M} ({timezone})"


def rendered(name: str, values: Mapping[str, object]) -> tuple[str, str]:
    """A letter as text and as HTML, by the name of its templates."""
    both = [_environment().get_template(f"{name}.{kind}.j2") for kind in ("txt", "html")]
    text, html = (template.render(values) for template in both)
    return text, html


@lru_cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("integrations.mail"),
        autoescape=select_autoescape(enabled_extensions=("html.j2",)),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
