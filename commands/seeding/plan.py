"""What to make, and what was made."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, fields

from domain.errors import InvalidArgument

FIRST_DAY = dt.date(2027, 1, 1)
"""The first day of made-up functions, unless a plan says otherwise: fixed, so that a seed alone decides the rows."""

POOLS_PER_EVENT = 1
"""The tickets of an event draw on the same places."""

ITEMS_PER_PACKAGE = 3
"""How many tickets a package bundles, where its function has as many events."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedPlan:
    """How much to make; equal plans make equal rows.

    Attributes:
        functions: How many, shared out among the organisations.
        events_per_function: How many events each has.
        tickets_per_event: How many ticket types each sells; all draw on one pool of places.
        packages_per_function: How many packages each has; none where there are no tickets to bundle.
        organisations: How many hold functions.
        random_seed: Decides everything that is left to chance, and stands in every slug, so that plans with different
            seeds can fill one database.
        first_day: Functions start on it or within two years after it.

    Raises:
        InvalidArgument: A number is negative, or there would be functions of no organisation.
    """

    functions: int
    events_per_function: int
    tickets_per_event: int = 2
    packages_per_function: int = 2
    organisations: int = 10
    random_seed: int = 1
    first_day: dt.date = FIRST_DAY

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            least = 1 if field.name == "organisations" else 0
            if isinstance(value, int) and value < least:
                raise InvalidArgument(f"`{field.name}` is {value}; it must be {least} or more.")

    @property
    def counts(self) -> SeedCounts:
        """How many rows of each kind the plan makes."""
        events = self.functions * self.events_per_function
        tickets = events * self.tickets_per_event
        packages = self.functions * self.packages_per_function if tickets else 0
        return SeedCounts(
            organisations=self.organisations,
            functions=self.functions,
            events=events,
            tickets=tickets,
            pools=events * POOLS_PER_EVENT if tickets else 0,
            packages=packages,
            package_items=packages * min(ITEMS_PER_PACKAGE, self.events_per_function),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedCounts:
    """How many rows were made; `str()` says it in a line."""

    organisations: int
    functions: int
    events: int
    tickets: int
    pools: int
    packages: int
    package_items: int

    def __str__(self) -> str:
        parts = [f"{getattr(self, field.name):,} {field.name.replace('_', ' ')}" for field in fields(self)]
        return f"{', '.join(parts[:-1])} and {parts[-1]}"
