"""Events as a file for calendars (RFC 5545).

Moments are in UTC, which every calendar shows in its owner's own time: a file that names zones must bring the rules of
each along (section 3.6.5), in a form that ends some years from now.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from icalendar import Calendar, Event


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An event as a calendar shows it.

    Attributes:
        uid: by what calendars know it: one that comes again replaces the one before.
        title: what it is called.
        start: when it begins.
        end: when it ends; None where nobody has said.
        location: where; None where nobody has said.
        note: what else to say.
    """

    uid: str
    title: str
    start: dt.datetime
    end: dt.datetime | None
    location: str | None
    note: str


def calendar_of(entries: Sequence[Entry], stamp: dt.datetime) -> bytes:
    """A calendar file.

    Args:
        entries: in any number.
        stamp: when what it says was true.
    """
    calendar = Calendar()
    calendar.add("prodid", "-//Boxoffice//Boxoffice//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    for entry in entries:
        event = Event()
        event.add("uid", entry.uid)
        event.add("dtstamp", stamp.astimezone(dt.UTC))
        event.add("dtstart", entry.start.astimezone(dt.UTC))
        # One without an end ends when it begins (section 3.6.1); an end may not lie there (section 3.8.2.2).
        if entry.end is not None and entry.end > entry.start:
            event.add("dtend", entry.end.astimezone(dt.UTC))
        event.add("summary", entry.title)
        if entry.location is not None:
            event.add("location", entry.location)
        event.add("description", entry.note)
        calendar.add_component(event)
    content: bytes = calendar.to_ical()
    return content
