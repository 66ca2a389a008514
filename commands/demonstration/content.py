"""What the demonstration is written in: days are counted from the first day of a function, prices are in its currency.

A pool is named where a ticket draws on it, and belongs to the function (or, for events without one, to the
organisation).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Pool:
    """Places; `capacity` None is without limit."""

    name: str
    capacity: int | None
    sold: int = 0
    held: int = 0


@dataclass(frozen=True, slots=True)
class Ticket:
    """What an event sells. Its sale ends when the event starts.

    Attributes:
        name: as shown.
        price: in major units, as written in a shop: `"12.50"`.
        pools: the names of the pools it draws on.
        about: what it includes.
        opens: the day its sale opens, counted from the day that the data was loaded; None for open already.
        least: the fewest in one order.
        most: the most in one order.
        shown: whether the public sees it.
    """

    name: str
    price: str
    pools: Sequence[str] = ()
    about: str | None = None
    opens: int | None = None
    least: int = 1
    most: int = 10
    shown: bool = True


@dataclass(frozen=True, slots=True)
class Event:
    """Something that takes place.

    Attributes:
        title: as shown.
        day: from 0, of its function.
        at: local time, such as `"19:30"`.
        minutes: how long it lasts.
        room: where.
        about: a sentence or two.
        tickets: what it sells.
        slug: where the title leaves none, or not a unique one.
        featured: whether the first page shows it.
        published: whether the public sees it.
        children: events below it in the old hierarchy.
    """

    title: str
    day: int
    at: str
    minutes: int
    room: str
    about: str
    tickets: Sequence[Ticket] = ()
    slug: str | None = None
    featured: bool = False
    published: bool = True
    children: Sequence[Event] = ()


@dataclass(frozen=True, slots=True)
class Package:
    """Tickets bundled: each item is an event's title, a ticket's name, and how many."""

    name: str
    price: str
    about: str
    items: Sequence[tuple[str, str, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """A gathering.

    Attributes:
        name: as shown.
        slug: stands in addresses.
        about: a paragraph.
        starts_in: days from the day that the data was loaded; negative for one that is over.
        days: how many it lasts.
        zone: IANA name.
        currency: ISO 4217 code of all its prices.
        location: where.
        metadata: whatever else its organiser recorded.
        events: in any order.
        pools: what their tickets draw on.
        packages: bundles of their tickets.
        active: whether the public sees it.
    """

    name: str
    slug: str
    about: str
    starts_in: int
    days: int
    zone: str
    currency: str
    location: str
    metadata: Mapping[str, object]
    events: Sequence[Event]
    pools: Sequence[Pool]
    packages: Sequence[Package] = ()
    active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Season:
    """Events of the old hierarchy, of no function; days are counted as those of a function that starts so."""

    starts_in: int
    zone: str
    currency: str
    events: Sequence[Event]
    pools: Sequence[Pool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation:
    """Who holds functions."""

    name: str
    slug: str
    zone: str
    functions: Sequence[Function] = ()
    seasons: Sequence[Season] = field(default=())


def families(events: Sequence[Event], parent: Event | None = None) -> Iterator[tuple[Event, Event | None]]:
    """Every event with its parent in the old hierarchy, parents first."""
    for event in events:
        yield event, parent
        yield from families(event.children, event)
