"""What an answer costs as it grows: functions with their events, from ten rows to a thousand."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from contest import Contestant, Pace, ask, measure
from place import Served
from questions import ROWS, graphql

EVENTS = 10
"""Rows of each function."""

SIZES = (10, 20, 50, 100, 200, 400, 700, 1_000)


@dataclass(frozen=True, slots=True)
class Growth:
    """Milliseconds that a client waits for an answer of so many rows, and the straight line through all of them."""

    rows: Sequence[int]
    milliseconds: Sequence[float]
    at_zero: float
    per_row: float
    r_squared: float


class WrongSize(Exception):
    """An answer has not as many rows as it should."""


async def growth(served: Served, pace: Pace, tell: Callable[[str], None]) -> Growth:
    """Measure answers of each size on one connection; of each the fastest round, since nothing makes one too fast.

    Raises:
        WrongSize: there are not enough rows.
    """
    contestants, sizes = [], []
    for rows in SIZES:
        request = graphql(ROWS, {"functions": rows // EVENTS, "events": EVENTS})
        body = ask(served.port, request)
        found = sum(len(each["events"]["nodes"]) for each in json.loads(body)["data"]["functions"]["nodes"])
        if found != rows:
            raise WrongSize(f"an answer of {rows} rows has {found}")
        contestants.append(Contestant(f"{rows:,} rows", [served], [request]))
        sizes.append([len(body)])
    standings = await measure(contestants, sizes, pace, tell, connections=1)
    return fit(SIZES, [min(each.result.p50 for each in standing.rounds) for standing in standings])


def fit(rows: Sequence[int], milliseconds: Sequence[float]) -> Growth:
    """The straight line with the least squares."""
    count = len(rows)
    mean_rows, mean = sum(rows) / count, sum(milliseconds) / count
    spread = sum((x - mean_rows) ** 2 for x in rows)
    per_row = sum((x - mean_rows) * (y - mean) for x, y in zip(rows, milliseconds, strict=True)) / spread
    at_zero = mean - per_row * mean_rows
    unexplained = sum((y - at_zero - per_row * x) ** 2 for x, y in zip(rows, milliseconds, strict=True))
    r_squared = 1 - unexplained / sum((y - mean) ** 2 for y in milliseconds)
    return Growth(rows, milliseconds, at_zero, per_row, r_squared)
