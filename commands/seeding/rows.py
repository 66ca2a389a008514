"""The rows of a plan: for each table a method that makes them, with values in the order of `tables.COLUMNS`."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from commands.seeding import words
from commands.seeding.draws import Draws, milliseconds_of
from commands.seeding.plan import ITEMS_PER_PACKAGE, SeedPlan
from domain.money import minor_unit_digits
from domain.slugs import slugify

Record = tuple[Any, ...]

_LEAD_DAYS = 400
"""How long before the plan's first day its rows say they were made."""

_SPAN_DAYS = 730
"""Over how many days functions start."""

_MILLISECOND = dt.timedelta(milliseconds=1)

_FAMILY = 20
"""In every so many events of a function, those at `_CHILDREN` are also children of the first in the old hierarchy."""

_CHILDREN = range(1, 4)


@dataclass(frozen=True, slots=True)
class _Function:
    """What the rows below a function need to know of it."""

    key: uuid.UUID
    organisation: uuid.UUID
    place: words.Place
    first_day: dt.date
    days: int
    midnight: dt.datetime
    choices: int
    made: dt.datetime


class Rows:
    """The rows of one plan.

    Each method takes a range of row numbers. Events are numbered through all functions, tickets through all events,
    so a number says which parent a row has.
    """

    def __init__(self, plan: SeedPlan) -> None:
        self.plan = plan
        self._draws = Draws(plan.random_seed)
        self._made = dt.datetime.combine(plan.first_day, dt.time(), dt.UTC) - dt.timedelta(days=_LEAD_DAYS)
        self._milliseconds = milliseconds_of(self._made)

    def _draw(self, kind: str, number: int, age: int) -> tuple[uuid.UUID, int]:
        """Key and choices of a row; `age` is its event's number, since an event is made every millisecond."""
        return self._draws.draw(kind, number, self._milliseconds + age)

    def slug_of_organisation(self, number: int) -> str:
        """Known from the seed alone: the mark that it was used."""
        _, choices = self._draw("organisation", number, 0)
        return f"{slugify(_organiser(choices), fallback='organisation')}-s{self.plan.random_seed}-{number + 1}"

    def organisations(self, numbers: range) -> Iterator[Record]:
        """Rows of `organisations`."""
        for number in numbers:
            key, choices = self._draw("organisation", number, 0)
            zone = words.PLACES[choices % len(words.PLACES)].zone
            yield key, _organiser(choices), self.slug_of_organisation(number), zone, self._made, self._made

    def _function(self, number: int) -> _Function:
        plan = self.plan
        age = number * plan.events_per_function
        key, choices = self._draw("function", number, age)
        organisation, _ = self._draw("organisation", number % plan.organisations, 0)
        place = words.PLACES[choices % len(words.PLACES)]
        first_day = plan.first_day + dt.timedelta(days=(choices >> 8) % _SPAN_DAYS)
        midnight = dt.datetime.combine(first_day, dt.time(), ZoneInfo(place.zone)).astimezone(dt.UTC)
        days = 1 + (choices >> 20) % 5
        return _Function(key, organisation, place, first_day, days, midnight, choices, self._made + age * _MILLISECOND)

    def functions(self, numbers: range) -> Iterator[Record]:
        """Rows of `functions`."""
        for number in numbers:
            each = self._function(number)
            theme = words.THEMES[(each.choices >> 24) % len(words.THEMES)]
            gathering = words.GATHERINGS[(each.choices >> 32) % len(words.GATHERINGS)]
            name = f"{theme} {gathering} {each.place.city}"
            yield (
                each.key,
                each.organisation,
                name,
                f"{slugify(name, fallback='function')}-s{self.plan.random_seed}-{number + 1}",
                words.FUNCTION_DESCRIPTIONS[(each.choices >> 40) % len(words.FUNCTION_DESCRIPTIONS)],
                each.first_day,
                each.first_day + dt.timedelta(days=each.days - 1),
                each.place.zone,
                each.place.city,
                True,
                json.dumps({"theme": theme, "edition": 1 + (each.choices >> 48) % 40}),
                each.made,
                each.made,
            )

    def events(self, numbers: range) -> Iterator[Record]:
        """Rows of `events`: one in thirty-two is not published, one in sixty-four featured."""
        titles = words.titles()
        of, function = -1, None
        for number in numbers:
            parent, position = divmod(number, self.plan.events_per_function)
            if function is None or parent != of:
                of, function = parent, self._function(parent)
            key, choices = self._draw("event", number, number)
            title, slug = titles[choices % len(titles)]
            minutes = 480 + 15 * ((choices >> 16) % 52) + 1440 * ((choices >> 24) % function.days)
            start = function.midnight + dt.timedelta(minutes=minutes)
            room = words.ROOMS[(choices >> 32) % len(words.ROOMS)]
            place = position % _FAMILY
            made = self._made + number * _MILLISECOND
            yield (
                key,
                function.key,
                self._event(number - place) if place in _CHILDREN else None,
                function.organisation,
                title,
                f"{slug}-s{self.plan.random_seed}-{number + 1}",
                words.EVENT_DESCRIPTIONS[(choices >> 40) % len(words.EVENT_DESCRIPTIONS)],
                start,
                start + dt.timedelta(minutes=45 + 15 * ((choices >> 48) % 10)),
                function.place.zone,
                f"{room}, {function.place.city}",
                (choices >> 56) % 32 != 0,
                (choices >> 61) % 64 == 0,
                json.dumps({"track": words.TRACKS[(choices >> 68) % len(words.TRACKS)], "room": room})
                if (choices >> 76) % 8 == 0
                else None,
                made,
                made,
            )

    def _event(self, number: int) -> uuid.UUID:
        """An event's key."""
        return self._draw("event", number, number)[0]

    def _price(self, number: int, currency: str) -> tuple[uuid.UUID, int, int]:
        """A ticket's key, choices, and price in minor units."""
        key, choices = self._draw("ticket", number, number // self.plan.tickets_per_event)
        digits = minor_unit_digits(currency)
        unit = 10**digits if digits else 100
        return key, choices, unit * (5 + choices % 56)

    def tickets(self, numbers: range) -> Iterator[Record]:
        """Rows of `event_tickets`: half of them leave their sale open, one in ten comes on sale later."""
        of, function = -1, None
        event, event_key = -1, None
        for number in numbers:
            before, (event, position) = event, divmod(number, self.plan.tickets_per_event)
            if event != before:
                event_key = self._event(event)
            parent = event // self.plan.events_per_function
            if function is None or parent != of:
                of, function = parent, self._function(parent)
            key, choices, price = self._price(number, function.place.currency)
            name = words.TICKETS[position] if position < len(words.TICKETS) else f"Category {position + 1}"
            made = self._made + event * _MILLISECOND
            yield (
                key,
                event_key,
                name,
                price,
                function.place.currency,
                function.midnight - dt.timedelta(days=60) if (choices >> 16) % 10 == 0 else None,
                function.midnight if (choices >> 24) % 2 else None,
                position,
                True,
                made,
                made,
            )

    def pools(self, numbers: range) -> Iterator[Record]:
        """Rows of `capacity_pools`, one an event: one in twenty is sold out, one held to the last place, one low.

        All of it elsewhere: there are no orders.
        """
        of, function = -1, None
        for number in numbers:
            parent = number // self.plan.events_per_function
            if function is None or parent != of:
                of, function = parent, self._function(parent)
            key, choices = self._draw("pool", number, number)
            capacity = 20 + choices % 481
            match (choices >> 16) % 20:
                case 0:
                    sold, held = capacity, 0
                case 1:
                    sold, held = capacity - 10, 10
                case 2:
                    sold, held = capacity - 10, 4
                case _:
                    sold, held = (choices >> 24) % (capacity // 2), (choices >> 40) % 4
            made = self._made + number * _MILLISECOND
            yield key, function.organisation, "Places", capacity, sold, held, sold, held, made, made

    def ticket_pools(self, numbers: range) -> Iterator[Record]:
        """Rows of `ticket_pools`, one a ticket."""
        event, pool = -1, None
        for number in numbers:
            before, event = event, number // self.plan.tickets_per_event
            if event != before:
                pool = self._draw("pool", event, event)[0]
            yield self._draw("ticket", number, event)[0], pool

    def _package(self, number: int) -> tuple[uuid.UUID, _Function, list[tuple[uuid.UUID, int]]]:
        """A package's key, its function, and its tickets with the part of its price that falls to each."""
        plan = self.plan
        parent, position = divmod(number, plan.packages_per_function)
        key, _ = self._draw("package", number, parent * plan.events_per_function)
        function = self._function(parent)
        items = []
        for place in range(min(ITEMS_PER_PACKAGE, plan.events_per_function)):
            event = parent * plan.events_per_function + (position + place) % plan.events_per_function
            ticket, _, price = self._price(event * plan.tickets_per_event, function.place.currency)
            items.append((ticket, price * 9 // 10))
        return key, function, items

    def packages(self, numbers: range) -> Iterator[Record]:
        """Rows of `packages`: a tenth off what the tickets cost one by one."""
        for number in numbers:
            key, function, items = self._package(number)
            name = words.PACKAGES[number % self.plan.packages_per_function % len(words.PACKAGES)]
            price = sum(part for _, part in items)
            yield (
                key,
                function.key,
                name,
                f"{len(items)} events at nine tenths of the price.",
                price,
                function.place.currency,
                True,
                function.made,
                function.made,
            )

    def package_items(self, numbers: range) -> Iterator[Record]:
        """Rows of `package_items`."""
        size = min(ITEMS_PER_PACKAGE, self.plan.events_per_function)
        for number in numbers:
            package, position = divmod(number, size)
            key, _, items = self._package(package)
            ticket, part = items[position]
            yield key, ticket, position, 1, part


def _organiser(choices: int) -> str:
    kind = words.ORGANISER_KINDS[(choices >> 16) % len(words.ORGANISER_KINDS)]
    return f"{words.ORGANISERS[(choices >> 32) % len(words.ORGANISERS)]} {kind}"
