"""What the figures must reach, and whether they do."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from authorisation import ANYONE, STAFF, added
from authorisation import BARS as AUTHORISATION
from authorisation import Cost as Authorised
from cached import CACHED, CONSTANT, Cached
from charged import Charged
from contest import Standing
from contestants import HAND_WRITTEN, KEPT, OURS, POSTGRAPHILE, STRAWBERRY, YOGA
from growth import Growth
from rows import Costs
from selling import BUYERS, Sold

TIMES = "\N{MULTIPLICATION SIGN}"

NESTED = "20 functions, 5 events each, 4 tickets each"
BY_SLUG = "one function by slug, persisted"
BY_SLUG_KEPT = "the same by GET, so that the answer is at hand"
ROWS = f"250 {TIMES} 250 rows of three columns, in process, no SQL"
LIMIT = "one function by slug: what the rate limit adds at the median"
SOLD = f"registrations by {BUYERS} buyers at once"
GROWTH = "cost from ten rows to a thousand"


@dataclass(frozen=True, slots=True)
class Bar:
    """A figure, and what it must reach: `value` is at least `bar`, or at most, if less is better."""

    what: str
    against: str
    value: float
    bar: float
    unit: str = TIMES
    digits: int = 2
    less_is_better: bool = False

    @property
    def reached(self) -> bool:
        """Whether it is."""
        return self.value <= self.bar if self.less_is_better else self.value >= self.bar

    @property
    def wanted(self) -> str:
        """The bar in words."""
        return f"{'≤' if self.less_is_better else '≥'} {self.bar:g}{self.unit}"

    @property
    def found(self) -> str:
        """The figure in words, never rounded towards its bar."""
        digits = 1 if self.value >= 10 else self.digits
        cut = math.ceil if self.less_is_better else math.floor
        return f"{cut(self.value * 10**digits) / 10**digits:.{digits}f}{self.unit}"


def bars(
    nested: Sequence[Standing],
    by_slug: Sequence[Standing],
    kept: Sequence[Cached],
    costs: Costs,
    growth: Growth,
    charged: Charged,
    authorised: Mapping[str, Authorised],
    sold: Sequence[Sold],
) -> list[Bar]:
    """All of them."""
    return [
        *(
            Bar(NESTED, peer, times(nested, OURS, peer), least)
            for peer, least in ((STRAWBERRY, 25.0), (YOGA, 4.0), (POSTGRAPHILE, 2.0), (HAND_WRITTEN, 0.6))
        ),
        *(
            Bar(BY_SLUG, peer, times(by_slug, OURS, peer), least)
            for peer, least in ((POSTGRAPHILE, 1.0), (HAND_WRITTEN, 0.6))
        ),
        *(
            Bar(BY_SLUG_KEPT, peer, times(by_slug, KEPT, peer), least)
            for peer, least in ((POSTGRAPHILE, 1.0), (HAND_WRITTEN, 0.6))
        ),
        *(Bar(f"{CACHED}: {each.name}", CONSTANT, each.share, 0.8) for each in kept),
        Bar(f"{ROWS}: time", "graphql-core", costs.read.core.milliseconds / costs.read.ours.milliseconds, 15.0),
        Bar(
            f"{ROWS}: peak of memory",
            "graphql-core",
            costs.read.ours.peak_megabytes / costs.read.core.peak_megabytes,
            0.2,
            less_is_better=True,
        ),
        Bar(f"{GROWTH}: r²", "a straight line", growth.r_squared, 0.99, unit="", digits=4),
        *(
            Bar(
                f"{NESTED}, in process: more CPU time for authorisation, {who}",
                "none",
                max(added(authorised, who), 0.0),
                AUTHORISATION[who],
                unit=" %",
                digits=1,
                less_is_better=True,
            )
            for who in (ANYONE, STAFF)
        ),
        Bar(LIMIT, "none", max(charged.added, 0.0), 0.3, unit=" ms", digits=3, less_is_better=True),
        *(Bar(f"{SOLD}, {each.pools}", "the same by pgbench", each.share, 0.5) for each in sold),
        *(
            Bar(f"{SOLD}, {each.pools}: p99", "none", each.p99, 500.0, unit=" ms", digits=0, less_is_better=True)
            for each in sold
        ),
    ]


def times(standings: Sequence[Standing], one: str, other: str) -> float:
    """How many times as many requests one contestant answers as another."""
    by_name = {each.name: each for each in standings}
    return by_name[one].times(by_name[other])
