"""Everything that was measured, for people and for programs."""

from __future__ import annotations

import os
import platform
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import psutil
from authorisation import Cost as Authorised
from authorisation import table_of
from bars import BY_SLUG, NESTED, TIMES, Bar, bars
from cached import CACHED, Cached
from charged import Charged
from contest import CONNECTIONS, Standing
from depth import Depth
from growth import Growth
from persisted import Persisted
from rich.console import Group
from rich.table import Table
from rows import Costs
from selling import Sold
from selling import table_of as sold_table
from stages import STAGES

from commands.seed import SeedCounts

Stages = Mapping[str, Mapping[str, float]]
"""Milliseconds in each stage, of `nested` and of `by_slug`."""


FEWER = f"{TIMES} fewer"


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that was measured.

    Attributes:
        busy: the load average before anything was started: above 0.5 or so, others had a part in the figures.
        seeded: how many rows were made in `seed_seconds`.
        nested: one process each.
        by_slug: the same.
        nested_by_two: two processes each.
        by_slug_by_two: the same.
        kept: answers that are at hand, and as many constant bytes.
        persisted: operations published, and sent as texts.
        versions: what each contestant is made of, and PostgreSQL.
        charged: what the rate limit adds.
        authorised: what the nested list costs in process, by who asks, and without authorisation.
        sold: registrations a second.
    """

    busy: float
    seeded: SeedCounts
    seed_seconds: float
    nested: Sequence[Standing]
    by_slug: Sequence[Standing]
    nested_by_two: Sequence[Standing]
    by_slug_by_two: Sequence[Standing]
    kept: Sequence[Cached]
    persisted: Sequence[Persisted]
    depth: Depth
    growth: Growth
    costs: Costs
    stages: Stages
    versions: Mapping[str, str]
    charged: Charged
    authorised: Mapping[str, Authorised]
    sold: Sequence[Sold]

    @property
    def bars(self) -> list[Bar]:
        """What the figures must reach."""
        its = (self.nested, self.by_slug, self.kept, self.costs, self.growth, self.charged, self.authorised, self.sold)
        return bars(*its)


def machine() -> str:
    """What it was measured on."""
    memory = psutil.virtual_memory().total / 2**30
    return f"{os.cpu_count()} cores, {memory:.0f} GiB, {platform.machine()}"


def over_http(standings: Sequence[Standing]) -> list[tuple[str, ...]]:
    """A line for each; the last cell says how many times as many requests the first of them answers."""
    return [
        (
            each.name,
            f"{each.rate:,.0f}",
            f"{each.p50:.2f}",
            f"{each.p99:.2f}",
            f"{each.cpu:.2f}",
            f"{each.database_cpu:.2f}",
            f"{standings[0].times(each):.2f}",
        )
        for each in standings
    ]


def tables_of(report: Report) -> Group:
    """The report as people read it."""
    parts = (_bars(report), _contests(report), _depth(report), _stages(report))
    return Group(*parts, table_of(report.authorised), sold_table(report.sold))


def _bars(report: Report) -> Table:
    table = Table(title=f"{CONNECTIONS} connections · {machine()} · load average before: {report.busy:.1f}")
    table.add_column("what")
    table.add_column("against")
    for column in ("at least", "found"):
        table.add_column(column, justify="right")
    table.add_column("")
    for each in report.bars:
        table.add_row(each.what, each.against, each.wanted, each.found, "reached" if each.reached else "missed")
    return table


def _contests(report: Report) -> Table:
    table = Table(
        caption="CPU ms, DB CPU ms: of the server and of PostgreSQL, for each request; "
        f"{FEWER}: how many times as many the first of its group answers"
    )
    table.add_column("question")
    table.add_column("answered by")
    for column in ("requests/s", "p50 ms", "p99 ms", "CPU ms", "DB CPU ms", FEWER):
        table.add_column(column, justify="right")
    for question, standings in (
        (NESTED, report.nested),
        (BY_SLUG, report.by_slug),
        (f"{NESTED}, by two processes", report.nested_by_two),
        (f"{BY_SLUG}, by two processes", report.by_slug_by_two),
        *((f"{CACHED}: {each.name}", each.standings) for each in report.kept),
        *((f"{each.name}, published and ad hoc", each.standings) for each in report.persisted),
        ("20 events", report.depth.http),
    ):
        for number, row in enumerate(over_http(standings)):
            table.add_row(question if number == 0 else "", *row)
        table.add_section()
    return table


def _depth(report: Report) -> Table:
    table = Table(title=f"seed {report.seeded.events:,} events in {report.seed_seconds:.1f} s")
    for column in ("20 events, the statement alone", "ms"):
        table.add_column(column, justify="right" if column == "ms" else "left")
    for each in report.depth.alone:
        table.add_row(each.name, f"{each.milliseconds:.3f}")
    table.add_section()
    growth = report.growth
    for rows, milliseconds in zip(growth.rows, growth.milliseconds, strict=True):
        table.add_row(f"over HTTP, CPU time, {rows:,} rows", f"{milliseconds:.2f}")
    table.add_row(line_of(growth), f"r² {growth.r_squared:.4f}")
    return table


def _stages(report: Report) -> Table:
    table = Table(title="where the time of an answer goes")
    table.add_column("stage")
    for question in report.stages:
        for column in (f"{question} ms", "share"):
            table.add_column(column, justify="right")
    for stage in STAGES:
        table.add_row(stage, *(cell for shares in report.stages.values() for cell in share_cells(shares, stage)))
    return table


def line_of(growth: Growth) -> str:
    """The straight line."""
    return f"{growth.at_zero:.2f} ms + {1000 * growth.per_row:.2f} µs a row"


def share_cells(milliseconds: Mapping[str, float], stage: str) -> tuple[str, str]:
    """Milliseconds of a stage, and their share of all."""
    return f"{milliseconds[stage]:.3f}", f"{milliseconds[stage] / sum(milliseconds.values()):.0%}"


def summary_of(report: Report) -> dict[str, object]:
    """The report as programs read it."""

    def standing(each: Standing) -> dict[str, object]:
        rates = [one.result.rate for one in each.rounds]
        return {
            "name": each.name,
            "requests_per_second": each.rate,
            "slowest_round": min(rates),
            "fastest_round": max(rates),
            "spread": statistics.pstdev(rates) / each.rate,
            "p50_ms": each.p50,
            "p99_ms": each.p99,
            "cpu_ms": each.cpu,
            "database_cpu_ms": each.database_cpu,
            "requests": each.requests,
        }

    return {
        "load_average_before": report.busy,
        "seed": {"events": report.seeded.events, "seconds": report.seed_seconds},
        "bars": [{**asdict(each), "reached": each.reached} for each in report.bars],
        "nested": [standing(each) for each in report.nested],
        "by_slug": [standing(each) for each in report.by_slug],
        "nested_by_two": [standing(each) for each in report.nested_by_two],
        "by_slug_by_two": [standing(each) for each in report.by_slug_by_two],
        "kept": {each.name: [standing(it) for it in each.standings] for each in report.kept},
        "persisted": {each.name: [standing(it) for it in each.standings] for each in report.persisted},
        "depth": {
            "rows_before": report.depth.rows_before,
            "http": [standing(each) for each in report.depth.http],
            "statement_ms": [each.milliseconds for each in report.depth.alone],
        },
        "growth": asdict(report.growth),
        "rows": asdict(report.costs),
        "stages": report.stages,
        "authorised": {name: asdict(each) for name, each in report.authorised.items()},
        "sold": [asdict(each) for each in report.sold],
        "versions": report.versions,
    }
