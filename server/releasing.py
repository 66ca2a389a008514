"""The schema of this program against the one that was released last, and its own release."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from domain.versions import VERSIONS, breaks_after
from schema import sdl
from schema.releases import Comparison, Release, compare, faults, next_release, releases
from server.guides import guides


@dataclass(frozen=True, slots=True)
class Checked:
    """What has become of the schema that was released last.

    Attributes:
        newest: its name.
        compared: what has changed.
        faults: what of that may not be released.
    """

    newest: Release
    compared: Comparison
    faults: list[str]


class Unreleasable(Exception):
    """The schema breaks what was promised; the message has every fault."""


def check_schema(today: dt.date) -> Checked:
    """Compare this program's schema with the one that was released last."""
    newest = releases()[-1]
    compared = compare(newest.path.read_text(encoding="utf-8"), sdl(), today)
    return Checked(newest, compared, faults(compared, breaks_after(newest.version), guides()))


def release(today: dt.date) -> Release:
    """Write this program's schema beside those that were released.

    Returns:
        What it is called.

    Raises:
        Unreleasable: the check finds faults.
    """
    checked = check_schema(today)
    if checked.faults:
        raise Unreleasable("\n".join(checked.faults))
    name = next_release(checked.newest, VERSIONS[-1])
    name.path.write_text(sdl(), encoding="utf-8", newline="\n")
    return name
