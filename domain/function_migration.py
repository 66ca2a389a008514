"""Moving from parent events to functions: what a function is like that is made of a parent event.

A *parent event* is one that stands under no other and either says so by its type or has children. It becomes a function
that looks like it; the event itself stays, as one of the function's events, and so do its tickets.
"""

from __future__ import annotations

import datetime as dt
import itertools
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from domain.slugs import MAX_LENGTH

PARENT_TYPES: Final = ("parent",)
"""Types that make an event a parent, whether it has children or not; an operator may name others."""

_FIRST_DAY: Final = dt.date(1, 1, 2)
_LAST_DAY: Final = dt.date(9999, 12, 30)
"""What the database holds of days (`db.checks.days`)."""


class Phase(Enum):
    """How far the move has come; what is stored and shown is the value."""

    NOT_STARTED = "NOT_STARTED"
    MIGRATING = "MIGRATING"
    MIGRATED = "MIGRATED"
    COMPLETE = "COMPLETE"
    ROLLING_BACK = "ROLLING_BACK"
    ROLLED_BACK = "ROLLED_BACK"


class RunKind(Enum):
    """What workers are asked to do about the move; what is stored is the value."""

    MIGRATE = "MIGRATE"
    ROLL_BACK = "ROLL_BACK"


class RunState(Enum):
    """How far they are with it."""

    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"


MOVING_JOB: Final = "move-functions"
"""The name of the job by which workers do it."""

IN_STEP: Final = (Phase.MIGRATING, Phase.MIGRATED)
"""While the move is in one of these, what is written to one hierarchy is written to the other."""


@dataclass(frozen=True, slots=True)
class ParentEvent:
    """A parent event, as far as a function is made of it.

    Attributes:
        event_id: its key.
        organisation_id: who holds it.
        title: its own.
        slug: its own.
        description: its own.
        starts: when it starts.
        ends: when it ends, if it says so.
        timezone: IANA name of the zone it takes place in.
        location: its own.
        image_url: its own.
        is_published: whether the public sees it.
        metadata: its own.
        children: how many events will follow it into the function.
        children_last: the last moment of the last of them, as far as they say; None without children.
    """

    event_id: uuid.UUID
    organisation_id: uuid.UUID
    title: str
    slug: str
    description: str | None
    starts: dt.datetime
    ends: dt.datetime | None
    timezone: str
    location: str | None
    image_url: str | None
    is_published: bool
    metadata: Mapping[str, Any] | None
    children: int = 0
    children_last: dt.datetime | None = None


def days_of(parent: ParentEvent) -> tuple[dt.date, dt.date]:
    """The first and the last day of a parent event, in its own zone, both of them its own.

    The end is its own where it says one, else that of its last child. What ends at midnight ends on the day before. A
    zone that is not known counts as UTC.
    """
    try:
        zone = ZoneInfo(parent.timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        zone = ZoneInfo("UTC")
    if parent.ends is None:
        last_moment = max(parent.starts, parent.children_last or parent.starts)
    else:
        last_moment = max(parent.starts, parent.ends - dt.timedelta(microseconds=1))
    first, last = (_day(moment, zone) for moment in (parent.starts, last_moment))
    return first, max(first, last)


def _day(moment: dt.datetime, zone: ZoneInfo) -> dt.date:
    try:
        day = moment.astimezone(zone).date()
    except OverflowError:  # the zone is ahead or behind, at an end of what can be said
        day = moment.date()
    return min(max(day, _FIRST_DAY), _LAST_DAY)


def function_of(parent: ParentEvent, function_id: uuid.UUID, slug: str) -> dict[str, Any]:
    """The row of `functions` that is made of a parent event, by the names of its columns."""
    first, last = days_of(parent)
    return {
        "function_id": function_id,
        "name": parent.title,
        "slug": slug,
        "description": parent.description,
        "start_date": first,
        "end_date": last,
        "timezone": parent.timezone,
        "location": parent.location,
        "image_url": parent.image_url,
        "is_active": parent.is_published,
        "metadata": parent.metadata,
        "organisation_id": parent.organisation_id,
    }


def slugs_for(parent: ParentEvent) -> Iterator[str]:
    """Slugs for the function, the best first, without end: the event's own, with the year, then with a number."""
    yield parent.slug
    year = f"{days_of(parent)[0].year}"
    stem = parent.slug
    if not f"-{stem}".endswith(f"-{year}"):
        stem = _joined(stem, year)
        yield stem
    for number in itertools.count(2):
        yield _joined(stem, str(number))


def _joined(stem: str, suffix: str) -> str:
    return f"{stem[: MAX_LENGTH - len(suffix) - 1].rstrip('-')}-{suffix}"
