"""Whether a ticket or a package can be had, decided from plain values."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Iterable
from dataclasses import dataclass

LOW_SHARE = 10
"""A pool is low when no more than a tenth of its capacity remains …"""

LOW_COUNT = 10
"""… or no more than ten places, whichever is more."""


class AvailabilityState(enum.Enum):
    """From the best to the worst for a buyer; the order matters to `worst_of`."""

    AVAILABLE = "AVAILABLE"
    LOW = "LOW"
    HELD = "HELD"
    SOLD_OUT = "SOLD_OUT"
    NOT_ON_SALE = "NOT_ON_SALE"


_SEVERITY = {state: severity for severity, state in enumerate(AvailabilityState)}


@dataclass(frozen=True, slots=True)
class Pool:
    """The counters of a capacity pool; no capacity means without limit."""

    capacity: int | None
    sold: int
    held: int


@dataclass(frozen=True, slots=True)
class Availability:
    """The state at a time, and how many can still be had: None for no limit."""

    state: AvailabilityState
    remaining: int | None
    as_of: dt.datetime

    @property
    def public_remaining(self) -> int | None:
        """How many are left, as far as anyone may know: only when they are few."""
        return self.remaining if self.state is AvailabilityState.LOW else None


def of_pool(pool: Pool, needed: int = 1) -> tuple[AvailabilityState, int | None]:
    """The state of a pool for someone who needs so many places at once, and how many times over they can be had."""
    if pool.capacity is None:
        return AvailabilityState.AVAILABLE, None
    free = pool.capacity - pool.sold - pool.held
    if free < needed:
        unsold = pool.capacity - pool.sold
        return (AvailabilityState.HELD if unsold >= needed else AvailabilityState.SOLD_OUT), free // needed
    low = free * LOW_SHARE <= pool.capacity or free <= LOW_COUNT
    return (AvailabilityState.LOW if low else AvailabilityState.AVAILABLE), free // needed


def on_sale(now: dt.datetime, start: dt.datetime | None, end: dt.datetime | None) -> bool:
    """Whether a sale window is open: from `start` on, until just before `end`."""
    return (start is None or start <= now) and (end is None or now < end)


def of_ticket(
    pools: Iterable[Pool], start: dt.datetime | None, end: dt.datetime | None, now: dt.datetime, needed: int = 1
) -> Availability:
    """What a ticket's sale window and its pools make of it: the scarcest pool decides."""
    if not on_sale(now, start, end):
        return Availability(AvailabilityState.NOT_ON_SALE, None, now)
    return worst_of((Availability(*of_pool(pool, needed), now) for pool in pools), now)


def worst_of(parts: Iterable[Availability], now: dt.datetime) -> Availability:
    """The availability of something that needs all of its parts; available, when it needs none."""
    state, remaining = AvailabilityState.AVAILABLE, None
    for part in parts:
        if _SEVERITY[part.state] > _SEVERITY[state]:
            state = part.state
        if part.remaining is not None:
            remaining = part.remaining if remaining is None else min(remaining, part.remaining)
    return Availability(state, remaining, now)
