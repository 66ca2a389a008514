"""Whether a ticket or a package can be had, decided from plain values."""

from __future__ import annotations

import datetime as dt
import enum
import uuid
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

LOW_SHARE = 10
"""A pool is low when no more than a tenth of its capacity remains …"""

LOW_COUNT = 10
"""… or no more than ten places, whichever is more."""


class AvailabilityState(enum.Enum):
    """From the best to the worst for a buyer; their order decides which of several pools counts."""

    AVAILABLE = "AVAILABLE"
    LOW = "LOW"
    HELD = "HELD"
    SOLD_OUT = "SOLD_OUT"
    NOT_ON_SALE = "NOT_ON_SALE"


_SEVERITY = {state: severity for severity, state in enumerate(AvailabilityState)}


@dataclass(frozen=True, slots=True)
class Pool:
    """The counters of a capacity pool; no capacity means without limit.

    While it is awaited, what comes free in it is offered to those on the waiting list, and held for everybody else.
    """

    capacity: int | None
    sold: int
    held: int
    is_awaited: bool = False


@dataclass(frozen=True, slots=True)
class Availability:
    """The state at a time, and how many can still be had: None for no limit."""

    state: AvailabilityState
    remaining: int | None
    as_of: dt.datetime

    def for_anyone(self) -> Availability:
        """What anyone may know of it: how many are left, only when they are few."""
        return self if self.state is AvailabilityState.LOW else replace(self, remaining=None)


@dataclass(frozen=True, slots=True)
class Sale:
    """When something is sold: from `start` on, until just before `end`; a bound that is None is open."""

    start: dt.datetime | None = None
    end: dt.datetime | None = None

    def is_on(self, now: dt.datetime) -> bool:
        """Whether it is sold at that moment."""
        return (self.start is None or self.start <= now) and (self.end is None or now < self.end)


@dataclass(frozen=True, slots=True)
class Part:
    """So many of one ticket in a package: when that ticket is sold, and the pools it draws on, by their ids."""

    quantity: int
    sale: Sale
    pools: Mapping[uuid.UUID, Pool]


def of_pool(pool: Pool, places: int = 1, fewest: int = 1) -> tuple[AvailabilityState, int | None]:
    """The state of a pool for something that takes so many places, and how many of it can still be had.

    Args:
        pool: the counters.
        places: how many places one of it takes.
        fewest: the fewest of it that are sold at once.
    """
    if pool.capacity is None:
        return AvailabilityState.AVAILABLE, None
    unsold = pool.capacity - pool.sold
    free = 0 if pool.is_awaited else unsold - pool.held
    needed = places * fewest
    if unsold < needed:
        state = AvailabilityState.SOLD_OUT
    elif free < needed:
        state = AvailabilityState.HELD
    elif free * LOW_SHARE <= pool.capacity or free <= LOW_COUNT:
        state = AvailabilityState.LOW
    else:
        state = AvailabilityState.AVAILABLE
    return state, free // places


def of_ticket(pools: Iterable[Pool], sale: Sale, now: dt.datetime, fewest: int = 1) -> Availability:
    """What a ticket's sale and its pools make of it: the scarcest pool decides.

    Args:
        pools: one ticket takes a place of each.
        sale: when it is sold.
        now: the moment to decide for.
        fewest: the fewest that one order may hold.
    """
    if not sale.is_on(now):
        return Availability(AvailabilityState.NOT_ON_SALE, None, now)
    return _scarcest((of_pool(pool, fewest=fewest) for pool in pools), now)


def of_package(parts: Sequence[Part | None], now: dt.datetime) -> Availability:
    """What its parts make of a package: it is sold while all of them are; parts that share a pool add up.

    Args:
        parts: None stands for a ticket that is not there to be sold. An empty package is not sold either.
        now: the moment to decide for.
    """
    pools: dict[uuid.UUID, Pool] = {}
    places: Counter[uuid.UUID] = Counter()
    for part in parts:
        if part is None or not part.sale.is_on(now):
            return Availability(AvailabilityState.NOT_ON_SALE, None, now)
        pools.update(part.pools)
        places.update(dict.fromkeys(part.pools, part.quantity))
    if not parts:
        return Availability(AvailabilityState.NOT_ON_SALE, None, now)
    return _scarcest((of_pool(pool, places[key]) for key, pool in pools.items()), now)


def _scarcest(pools: Iterable[tuple[AvailabilityState, int | None]], now: dt.datetime) -> Availability:
    """What needs a place of every pool; available without limit, when it needs none."""
    state, remaining = AvailabilityState.AVAILABLE, None
    for each, left in pools:
        state = max(state, each, key=_SEVERITY.__getitem__)
        if left is not None:
            remaining = left if remaining is None else min(remaining, left)
    return Availability(state, remaining, now)
