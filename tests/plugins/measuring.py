"""Measurements that have an absolute bar, on a machine that may be doing other things too.

Whatever else it does adds to a measurement, and never takes away from it: the least of several counts. Tests that
measure so carry the marker `quiet`, and `tests/run.py` runs them after all others, one at a time.
"""

from collections.abc import Awaitable, Callable
from typing import Final

ATTEMPTS: Final = 12
"""How often something is measured that is never within its bar."""


def least(measure: Callable[[int], float], bar: float) -> float:
    """The least of as many measurements as it takes to be within a bar.

    Args:
        measure: Measures once; it is told how often that was done before.
        bar: What the measurement has to stay below.
    """
    found = float("inf")
    for attempt in range(ATTEMPTS):
        found = min(found, measure(attempt))
        if found < bar:
            break
    return found


async def least_awaited(measure: Callable[[int], Awaitable[float]], bar: float) -> float:
    """The same, of what has to be awaited."""
    found = float("inf")
    for attempt in range(ATTEMPTS):
        found = min(found, await measure(attempt))
        if found < bar:
            break
    return found
