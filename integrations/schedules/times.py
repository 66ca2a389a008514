"""Dates, times, durations and zones as schedules write them.

Every function answers `ValueError`, with what would be right, to a text that it does not take.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from integrations.schedules.faults import shown

LONGEST: Final = dt.timedelta(days=366)
"""The longest duration that is believed."""

YEARS: Final = range(1900, 3000)
"""The years that are believed: others are slips of the pen, and the ends of the calendar hold no other zone's time."""

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME = re.compile(r"[0-9]{2}:[0-9]{2}(?::[0-9]{2})?")
_MOMENT = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[T ]"
    r"([0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?)"
    r" ?(Z|[+-][0-9]{2}(?::?[0-9]{2})?)?"
)
_DURATION = re.compile(r"(?:([0-9]{1,3}) days?,? *)?([0-9]{1,4}:[0-9]{2}(?::[0-9]{1,2}){0,2})")

_NO_ZONES = ("posix/", "right/", "posixrules", "localtime", "Factory")
"""What stands beside the zones in many a machine's database: other scales of time, and the machine's own zone."""


def date_of(text: str) -> dt.date:
    """`2026-02-01`."""
    try:
        if _DATE.fullmatch(text) and (date := dt.date.fromisoformat(text)).year in YEARS:
            return date
    except ValueError:
        pass  # a month 13, a 30th of February: told below like any other text
    raise ValueError(f"{shown(text)} is no date; write it as 2026-02-01")


def time_of(text: str) -> dt.time:
    """`09:30` or `09:30:00`."""
    try:
        if _TIME.fullmatch(text):
            return dt.time.fromisoformat(text)
    except ValueError:
        pass
    raise ValueError(f"{shown(text)} is no time of day; write it as 09:30")


def moment_of(text: str) -> dt.datetime:
    """`2026-02-01T09:30:00+01:00`, as RFC 3339 has it; without an offset the answer is naive, a local time."""
    match = _MOMENT.fullmatch(text)
    try:
        if match and int(text[:4]) in YEARS:
            return dt.datetime.fromisoformat(f"{match[1]}T{match[2]}{match[3] or ''}")
    except ValueError:
        pass
    raise ValueError(f"{shown(text)} is no date and time; write it as 2026-02-01T09:30:00+01:00")


def date_or_moment_of(text: str) -> dt.date | dt.datetime:
    """Either of the two: frab's schema lets a conference begin on a day or at an instant."""
    try:
        return date_of(text) if _DATE.fullmatch(text) else moment_of(text)
    except ValueError:
        raise ValueError(
            f"{shown(text)} is no date; write it as 2026-02-01, or with the time as 2026-02-01T09:30:00+01:00"
        ) from None


def duration_of(text: str, *, days_first: bool) -> dt.timedelta:
    """`00:50` or `00:50:00`; a day or more as `26:00`, `1:02:00:00` or `1 day, 2:00:00`.

    Args:
        text: the duration.
        days_first: read three numbers as days, hours and minutes, as pretalx writes them (its `serialize_duration`),
            and not as hours, minutes and seconds, as frab's XSD has them.
    """
    match = _DURATION.fullmatch(text)
    if match:
        numbers = [int(number) for number in match[2].split(":")]
        if len(numbers) == 2:  # noqa: PLR2004 - hours and minutes
            numbers.append(0)
            days_first = False
        if len(numbers) == 3:  # noqa: PLR2004 - without days, or without seconds
            numbers = [*numbers, 0] if days_first else [0, *numbers]
        days, hours, minutes, seconds = numbers
        length = dt.timedelta(days=days + int(match[1] or 0), hours=hours, minutes=minutes, seconds=seconds)
        if minutes < 60 and seconds < 60 and length <= LONGEST:  # noqa: PLR2004 - the clock's own
            return length
    raise ValueError(f"{shown(text)} is no duration up to a year; write it as 00:50 or 00:50:00")


def zone_of(text: str) -> ZoneInfo:
    """`Europe/Brussels`: a zone of the IANA database, the same on every machine."""
    try:
        if not text.startswith(_NO_ZONES):
            return ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        pass  # OSError: "Europe" is a directory of the database
    raise ValueError(f"{shown(text)} is no zone of the IANA database; write it as Europe/Brussels")


def instant_of(moment: dt.datetime, zone: dt.tzinfo) -> dt.datetime:
    """The instant, in UTC; a naive moment is local time of the zone.

    An hour that comes twice, when summer time ends, is taken as the first (PEP 495, `fold=0`); a time that is skipped
    when summer time begins is none.
    """
    if moment.tzinfo is not None:
        return moment.astimezone(dt.UTC)
    instant = moment.replace(tzinfo=zone).astimezone(dt.UTC)
    if instant.astimezone(zone).replace(tzinfo=None) != moment:
        raise ValueError(f"{moment.isoformat(' ', 'minutes')} is skipped in {zone}: summer time begins in that hour")
    return instant


def local_of(moment: dt.datetime, zone: dt.tzinfo | None) -> dt.datetime:
    """The naive local time; of a moment with an offset, in the zone if there is one, else as it is written."""
    return (moment.astimezone(zone) if moment.tzinfo and zone else moment).replace(tzinfo=None)
