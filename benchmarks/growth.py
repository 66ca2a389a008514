"""What an answer costs as it grows: functions with their events, from ten rows to a thousand."""

from __future__ import annotations

import json
import statistics
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
    """What an answer of so many rows costs, and the straight line through all of them.

    Attributes:
        rows: how many each answer has.
        milliseconds: CPU time, of the server and of PostgreSQL.
        latencies: how long a client waits, in milliseconds.
        at_zero: where the line begins.
        per_row: how fast it rises.
        r_squared: how much of the differences it explains.
    """

    rows: Sequence[int]
    milliseconds: Sequence[float]
    latencies: Sequence[float]
    at_zero: float
    per_row: float
    r_squared: float


class WrongSize(Exception):
    """An answer has not as many rows as it should."""


async def growth(served: Served, pace: Pace, tell: Callable[[str], None]) -> Growth:
    """Measure answers of each size on one connection, in several rounds.

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
    costs = [each.cpu + each.database_cpu for each in standings]
    return fit(SIZES, costs, [each.p50 for each in standings])


def fit(rows: Sequence[int], milliseconds: Sequence[float], latencies: Sequence[float]) -> Growth:
    """The straight line with the least squares through the costs."""
    line = statistics.linear_regression(rows, milliseconds)
    r_squared = statistics.correlation(rows, milliseconds) ** 2
    return Growth(rows, milliseconds, latencies, line.intercept, line.slope, r_squared)
