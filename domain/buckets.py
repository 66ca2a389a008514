"""Buckets of points: what somebody may spend at once, and how fast it comes back.

A bucket is one number, the moment at which it will be full again if nothing more is taken. To take is to move that
moment away, to give back is to move it nearer, and to wait does the rest: nobody has to add points. (The generic cell
rate algorithm of ATM says the same of cells.) Moments are microseconds, of whichever clock.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from dataclasses import dataclass
from typing import Final, NamedTuple

SECOND: Final = 1_000_000
"""In microseconds."""


class Rate(NamedTuple):
    """How much a bucket holds, and how many points come back in a second."""

    capacity: int
    restored: float

    @property
    def seconds(self) -> int:
        """How long it takes to fill an empty one, in whole seconds."""
        return math.ceil(self.capacity / self.restored)


MOST_CAPACITY: Final = 2**31 - 1
LEAST_RESTORED: Final = 0.001
MOST_RESTORED: Final = 100_000.0


def rate_of(text: str) -> Rate:
    """Read a rate: what the bucket holds, a slash, and how many points come back in a second, as in `10000/500`.

    Raises:
        ValueError: it is none.
    """
    capacity, _, restored = text.partition("/")
    try:
        rate = Rate(int(capacity), float(restored))
    except ValueError:
        rate = Rate(0, 0.0)
    if not (1 <= rate.capacity <= MOST_CAPACITY and LEAST_RESTORED <= rate.restored <= MOST_RESTORED):
        raise ValueError(
            f"{text!r} is no rate: write what the bucket holds, a slash, and how many points come back in a second, "
            f"from {LEAST_RESTORED:g} to {MOST_RESTORED:g}, such as `10000/500`"
        )
    return rate


class Bucket(NamedTuple):
    """A bucket: whose it is, and its rate."""

    key: str
    rate: Rate


class Charge(NamedTuple):
    """What is taken from buckets, from all of them or from none; given back, where it is negative."""

    buckets: tuple[Bucket, ...]
    cost: int


class Levels(NamedTuple):
    """What came of a charge: whether it was taken, and what each bucket holds after it, in whole points."""

    taken: bool
    available: tuple[int, ...]


def wait_for(cost: int, available: int, rate: Rate) -> float | None:
    """How many seconds until a bucket will hold enough; None if it never does."""
    if cost > rate.capacity:
        return None
    return max(cost - available, 0) / rate.restored


@dataclass(slots=True)
class LocalBuckets:
    """Buckets of this process alone; those that were not touched for longest are forgotten, full or not.

    Attributes:
        most: how many are remembered.
    """

    most: int
    _full_at: OrderedDict[str, float]

    def __init__(self, most: int = 100_000) -> None:
        self.most = most
        self._full_at = OrderedDict()

    def charge(self, charge: Charge, now: float) -> Levels:
        """Take what is charged, if all its buckets hold it.

        Args:
            charge: what, from which.
            now: in microseconds.
        """
        moments = []
        taken = True
        for key, rate in charge.buckets:
            point = SECOND / rate.restored
            full_at = max(self._full_at.get(key, now), now)
            then = max(full_at + charge.cost * point, now)
            if charge.cost > 0 and then - now > rate.capacity * point + 1:
                taken = False
            moments.append((key, rate, point, full_at, then))
        available = []
        for key, rate, point, full_at, then in moments:
            moment = then if taken else full_at
            self._full_at[key] = moment
            self._full_at.move_to_end(key)
            available.append(max(int(rate.capacity - (moment - now) / point + 1e-6), 0))
        while len(self._full_at) > self.most:
            self._full_at.popitem(last=False)
        return Levels(taken, tuple(available))
