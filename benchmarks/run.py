"""Measure the API beside a hand-written endpoint on the same tables, and print a table.

Starts a PostgreSQL and a Valkey of its own, seeds, serves, loads over the loopback, and removes everything again.
"""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import json
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import psutil
from contest import CONNECTIONS, Contestant, Pace, Standing, contest
from depth import Depth, depth
from place import Place, boxoffice, ends_in_order, peer, place
from questions import BY_SLUG, BY_SLUG_SQL, NESTED, NESTED_SQL, graphql, hand_written
from rich.console import Console
from rich.table import Table

from commands.seed import SeedCounts, SeedPlan, seed
from db.database import DatabaseOptions, open_database

Tell = Callable[[str], None]

SLUGS = 50
"""How many functions are asked for by slug, in turn."""


@dataclass(frozen=True, slots=True)
class Size:
    """How much there is, and how long it is measured."""

    shown: SeedPlan
    """What the nested list and the slugs show: first by date."""
    bulk: SeedPlan
    """What makes the tables large."""
    rows_before: int
    pace: Pace


FULL = Size(
    SeedPlan(functions=200, events_per_function=50, tickets_per_event=4, random_seed=1),
    SeedPlan(functions=21_000, events_per_function=50, random_seed=2, first_day=dt.date(2030, 1, 1)),
    rows_before=1_000_000,
    pace=Pace(rounds=5, seconds=4.0),
)
QUICK = Size(
    SeedPlan(functions=60, events_per_function=8, tickets_per_event=4, random_seed=1),
    SeedPlan(functions=50, events_per_function=50, random_seed=2, first_day=dt.date(2030, 1, 1)),
    rows_before=2_000,
    pace=Pace(rounds=1, seconds=0.4),
)


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that was measured."""

    busy: float
    """The load average before anything was started: above 0.5 or so, others had a part in the figures."""
    seeded: SeedCounts
    seed_seconds: float
    nested: Sequence[Standing]
    by_slug: Sequence[Standing]
    depth: Depth


async def bench(size: Size, tell: Tell) -> Report:
    """Measure everything once."""
    busy = os.getloadavg()[0]
    async with place() as where:
        tell(f"seeding {size.bulk.counts}")
        seconds = await _seed(where, size)
        slugs = await _slugs(where)
        async with boxoffice(where) as ours, peer(where) as theirs:
            nested = await contest(
                [
                    Contestant("hand-written", theirs, [hand_written("/nested")]),
                    Contestant("boxoffice", ours, [graphql(NESTED)]),
                ],
                size.pace,
                tell,
            )
            by_slug = await contest(
                [
                    Contestant("hand-written", theirs, [hand_written("/function", slug) for slug in slugs]),
                    Contestant("boxoffice", ours, [graphql(BY_SLUG, {"slug": slug}) for slug in slugs]),
                ],
                size.pace,
                tell,
            )
            deep = await depth(where, ours, size.rows_before, size.pace, tell)
        return Report(busy, size.bulk.counts, seconds, nested, by_slug, deep)


async def _seed(where: Place, size: Size) -> float:
    """Fill the tables; how many seconds the bulk took, which came first, on empty tables."""
    async with open_database(DatabaseOptions(where.database_url)) as database:
        started = time.perf_counter()
        await seed(database, size.bulk)
        seconds = time.perf_counter() - started
        await seed(database, size.shown)
    return seconds


async def _slugs(where: Place) -> list[str]:
    async with open_database(DatabaseOptions(where.database_url)) as database, database.read() as reader:
        rows = await reader.connection.fetch(
            "SELECT slug FROM functions ORDER BY sort_date, function_id LIMIT $1", SLUGS
        )
    return [row["slug"] for row in rows]


def table_of(report: Report) -> Table:
    """The report as people read it."""
    table = Table(
        title=_title(report), caption="times as long: an answer, on average, as in the first line of its group"
    )
    table.add_column("question")
    table.add_column("answered by")
    for column in ("requests/s", "p50 ms", "p99 ms", "times as long"):
        table.add_column(column, justify="right")

    def group(question: str, rows: Sequence[tuple[str, ...]]) -> None:
        for number, row in enumerate(rows):
            table.add_row(question if number == 0 else "", *row)
        table.add_section()

    group("20 functions, 5 events each, 4 tickets each", _over_http(report.nested))
    group("one function by slug", _over_http(report.by_slug))
    group("20 events", _over_http(report.depth.http))
    alone = report.depth.alone
    group(
        "20 events, the statement alone",
        [(e.name, "", f"{e.milliseconds:.3f}", "", f"{e.milliseconds / alone[0].milliseconds:.2f}") for e in alone],
    )
    group(f"seed {report.seeded.events:,} events", [(f"in {report.seed_seconds:.1f} s",)])
    return table


def _over_http(standings: Sequence[Standing]) -> list[tuple[str, ...]]:
    first = standings[0].rate
    return [(e.name, f"{e.rate:,.0f}", f"{e.p50:.2f}", f"{e.p99:.2f}", f"{first / e.rate:.2f}") for e in standings]


def _title(report: Report) -> str:
    memory = psutil.virtual_memory().total / 2**30
    return (
        f"{CONNECTIONS} connections · {os.cpu_count()} cores, {memory:.0f} GiB, {platform.machine()} · "
        f"Python {platform.python_version()} · load average before: {report.busy:.1f}"
    )


def summary_of(report: Report) -> dict[str, object]:
    """The report as programs read it."""

    def standing(each: Standing) -> dict[str, object]:
        rates = [result.rate for result in each.rounds]
        return {
            "name": each.name,
            "requests_per_second": each.rate,
            "slowest_round": min(rates),
            "fastest_round": max(rates),
            "spread": statistics.pstdev(rates) / each.rate,
            "p50_ms": each.p50,
            "p99_ms": each.p99,
            "requests": each.requests,
        }

    return {
        "load_average_before": report.busy,
        "seed": {"events": report.seeded.events, "seconds": report.seed_seconds},
        "nested": [standing(each) for each in report.nested],
        "by_slug": [standing(each) for each in report.by_slug],
        "depth": {
            "rows_before": report.depth.rows_before,
            "http": [standing(each) for each in report.depth.http],
            "statement_ms": [each.milliseconds for each in report.depth.alone],
        },
    }


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small and short: shows that it works, not how fast")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON instead of a table")
    parser.add_argument("--sql", action="store_true", help="print the hand-written statements, and measure nothing")
    options = parser.parse_args()
    if options.sql:
        print(NESTED_SQL, BY_SLUG_SQL, sep="\n")
        return 0
    ends_in_order()
    progress = Console(stderr=True)
    report = asyncio.run(bench(QUICK if options.quick else FULL, lambda what: progress.print(f"· {what}", style="dim")))
    if options.json:
        print(json.dumps(summary_of(report), indent=2))
    else:
        Console(width=120 if not sys.stdout.isatty() else None).print(table_of(report))
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
