"""Promises in time: how long a process may serve what it has loaded without asking again.

A process that serves from memory promises to ask at least every `lease` seconds whether what it has is still the
newest; one that could not ask stops. Whoever changes something waits until each process has the change, or cannot be
serving any more. Neither compares the time of day with another machine's: each measures how long something takes, by a
clock that also runs while the process is stopped, or the machine sleeps.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Final

PATIENCE: Final = 1.2
"""Whoever waits for the end of a lease waits so many times its length: what clocks may differ by in their rates."""

_CLOCK: Final[int] = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
"""The clock that runs through suspension too, where there is one (Linux); `CLOCK_MONOTONIC` stands still meanwhile.

A virtual machine that is frozen with all its clocks cannot know that it was: nothing here guards against that.
"""


def now() -> float:
    """Seconds on a clock that is never set, and that runs while this process is stopped."""
    return time.clock_gettime(_CLOCK)


@dataclass(frozen=True, slots=True)
class Beat:
    """A sign of life: what a process serves, told to whoever waits for it.

    Attributes:
        process: its id, new at each start.
        name: for people: the machine and the number of the process.
        version: of the registry, that it has loaded.
        beat: grows with each sign; while it stands still, the process has renewed nothing.
        lease: for how many seconds each sign lets it serve.
    """

    process: str
    name: str
    version: int
    beat: int
    lease: float


class Lease:
    """Until when a process may serve, as one witness confirmed it."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._until = 0.0

    def confirm(self, begun: float) -> None:
        """What is loaded was the newest, asked after a sign of life that was begun at this moment of `now`."""
        self._until = begun + self.seconds

    @property
    def holds(self) -> bool:
        """Whether it may serve at this moment."""
        return now() < self._until


class Watch:
    """Tells when a process that gives no sign any more cannot be serving either."""

    def __init__(self) -> None:
        self._seen: dict[tuple[str, str], tuple[int, float]] = {}

    def has_ended(self, witness: str, beat: Beat) -> bool:
        """Whether the lease behind a sign of life is over: the sign was seen first so long ago, and no other came.

        Args:
            witness: who told the sign; a process has a lease from each.
            beat: the newest sign.
        """
        key, moment = (witness, beat.process), now()
        seen = self._seen.get(key)
        if seen is None or seen[0] != beat.beat:
            self._seen[key] = beat.beat, moment
            return False
        return moment - seen[1] > beat.lease * PATIENCE
