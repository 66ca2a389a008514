"""How long to wait before trying again: longer each time, and not all at once."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Backoff:
    """How often something is tried, and how long is waited in between.

    The wait is drawn evenly from between half of it and all of it: many that failed together do not come back together,
    and none comes back at once.

    Attributes:
        first: the longest wait after the first failure; each doubles it.
        longest: the longest of all.
        attempts: how often it is tried, at most.
    """

    first: dt.timedelta = dt.timedelta(seconds=10)
    longest: dt.timedelta = dt.timedelta(hours=1)
    attempts: int = 30

    def wait(self, failures: int, draw: random.Random) -> dt.timedelta | None:
        """How long to wait after so many failures; None for not to try again.

        Args:
            failures: at least one.
            draw: where chance comes from.
        """
        if failures >= self.attempts:
            return None
        # Without a bound on the exponent it would soon be no time that can be written.
        longest = min(self.first * (1 << min(failures - 1, 20)), self.longest)
        return longest * (0.5 + draw.random() / 2)
