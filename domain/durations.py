"""How long things took: a histogram whose buckets grow by a constant factor, so that every quantile is as exact.

Two histograms are merged by adding their counts, whoever made them and in whichever order, and the merged one is as
exact as each. (Masson, Rim, Lee: DDSketch, VLDB 2019, sections 2.1 and 2.2.)
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Final

ACCURACY: Final = 0.02
"""A quantile differs from the duration that stands at its rank by so much of it, at most."""

_GROWTH: Final = (1 + ACCURACY) / (1 - ACCURACY)
_SCALE: Final = 1 / math.log(_GROWTH)
SHORTEST: Final = 1e-6
"""Seconds; shorter ones count as this."""
LONGEST: Final = 3600.0
"""Seconds; longer ones count as this."""


def bucket_of(seconds: float) -> int:
    """The number of the bucket that a duration falls into."""
    return math.ceil(math.log(min(max(seconds, SHORTEST), LONGEST)) * _SCALE)


def seconds_of(bucket: int) -> float:
    """The duration that stands for all of a bucket."""
    upper: float = _GROWTH**bucket
    return 2 * upper / (1 + _GROWTH)


def merged(histograms: Iterable[Mapping[int, int]]) -> dict[int, int]:
    """One histogram of all that several hold: counts by bucket."""
    total: dict[int, int] = {}
    for each in histograms:
        for bucket, count in each.items():
            total[bucket] = total.get(bucket, 0) + count
    return total


def quantile(histogram: Mapping[int, int], share: float) -> float | None:
    """The duration, in seconds, at the rank `share * (count - 1)`, rounded down; None where nothing was measured.

    Args:
        histogram: counts by bucket.
        share: from 0 to 1; 0.5 is the median.
    """
    rank = share * (sum(histogram.values()) - 1)
    seen = 0
    for bucket in sorted(histogram):
        seen += histogram[bucket]
        if seen > rank:
            return seconds_of(bucket)
    return None
