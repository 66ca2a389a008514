"""`docs/performance.md` and its chart, from the figures of a run."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from pathlib import Path
from string import Template

from authorisation import COLUMNS, rows_of
from bars import BY_SLUG, NESTED, times
from by_hand import CLIENTS
from chart import Group, Line, chart
from contest import CONNECTIONS, Standing
from contestants import HAND_WRITTEN, KEPT, OURS, POSTGRAPHILE, YOGA
from figures import FEWER, Report, line_of, machine, over_http, share_cells
from selling import BUYERS, PROCESSES
from selling import COLUMNS as SOLD_COLUMNS
from selling import rows_of as sold_rows
from stages import STAGES

_BENCHMARKS = Path(__file__).resolve().parent
_DOCS = _BENCHMARKS.parent / "docs"
_TEMPLATE = _BENCHMARKS / "performance.md.template"


def write(report: Report) -> None:
    """Write both files."""
    (_DOCS / "performance.md").write_text(text_of(report), encoding="utf-8")
    (_DOCS / "performance.svg").write_text(chart_of(report), encoding="utf-8")


def chart_of(report: Report) -> str:
    """Requests a second, of both questions."""
    return chart(
        f"Requests a second, one process each, {CONNECTIONS} connections",
        [_group(NESTED, report.nested), _group(BY_SLUG, report.by_slug)],
    )


def _group(title: str, standings: Sequence[Standing]) -> Group:
    return Group(title, [Line(each.name, each.rate, ours=each.name in {OURS, KEPT}) for each in standings])


def text_of(report: Report) -> str:
    """The document."""
    depth, growth, costs = report.depth, report.growth, report.costs
    return Template(_TEMPLATE.read_text(encoding="utf-8")).substitute(
        date=f"{dt.datetime.now(dt.UTC):%d %B %Y}",
        machine=machine(),
        postgres=report.versions["PostgreSQL"],
        busy=f"{report.busy:.1f}",
        connections=CONNECTIONS,
        fewer=FEWER,
        reached=f"{sum(each.reached for each in report.bars)} of {len(report.bars)}",
        bars=_table(
            ("what", "against", "wanted", "found", ""),
            "llrrl",
            (
                (each.what, each.against, each.wanted, each.found, "reached" if each.reached else "**missed**")
                for each in report.bars
            ),
        ),
        nested_title=NESTED,
        nested=_standings(report.nested),
        by_slug_title=BY_SLUG,
        by_slug=_standings(report.by_slug),
        nested_by_two=_standings(report.nested_by_two),
        by_slug_by_two=_standings(report.by_slug_by_two),
        kept="\n\n".join(
            f"{each.name[0].upper()}{each.name[1:]}, {each.size:,} bytes:\n\n{_standings(each.standings)}"
            for each in report.kept
        ),
        persisted="\n\n".join(
            f"{each.name[0].upper()}{each.name[1:]}:\n\n{_standings(each.standings, first='asked for')}"
            for each in report.persisted
        ),
        rows_before=f"{depth.rows_before:,}",
        depth=_standings(depth.http, first="page"),
        alone=_table(
            ("the statement alone", "ms"), "lr", ((each.name, f"{each.milliseconds:.3f}") for each in depth.alone)
        ),
        line=f"{line_of(growth)}, r² {growth.r_squared:.4f}",
        growth=_table(
            ("rows", "CPU ms", "on the line", "p50 ms"),
            "rrrr",
            (
                (f"{rows:,}", f"{found:.2f}", f"{growth.at_zero + growth.per_row * rows:.2f}", f"{latency:.2f}")
                for rows, found, latency in zip(growth.rows, growth.milliseconds, growth.latencies, strict=True)
            ),
        ),
        by_hand_beside_yoga=f"{times(report.nested, HAND_WRITTEN, YOGA):.1f}",
        by_hand_beside_postgraphile=f"{times(report.nested, HAND_WRITTEN, POSTGRAPHILE):.1f}",
        answer_megabytes=f"{costs.answer_megabytes:.1f}",
        awaited_memory=f"{costs.awaited.ours.peak_megabytes / costs.awaited.core.peak_megabytes:.2f}",
        executors=_table(
            ("columns are", "executed by", "CPU ms", "peak MB"),
            "llrr",
            (
                (how, name, f"{each.milliseconds:.1f}", f"{each.peak_megabytes:.1f}")
                for how, pair in (("read", costs.read), ("waited for", costs.awaited))
                for name, each in (("`execution/`", pair.ours), ("graphql-core", pair.core))
            ),
        ),
        stages=_table(
            ("stage", "nested list, ms", "share", "by slug, ms", "share"),
            "lrrrr",
            (
                (stage, *share_cells(report.stages["nested"], stage), *share_cells(report.stages["by_slug"], stage))
                for stage in STAGES
            ),
        ),
        authorised=_table(COLUMNS, "lrrrrr", rows_of(report.authorised)),
        sold=_table(SOLD_COLUMNS, "lrrrrrrr", sold_rows(report.sold)),
        buyers=BUYERS,
        sellers=PROCESSES,
        clients=CLIENTS,
        contestants=_table(
            ("contestant", "made of"),
            "ll",
            ((each.name, report.versions[each.name]) for each in report.nested),
        ),
        events=f"{report.seeded.events:,}",
        seed_seconds=f"{report.seed_seconds:.0f}",
    )


def _standings(standings: Sequence[Standing], first: str = "answered by") -> str:
    columns = (first, "requests/s", "p50 ms", "p99 ms", "CPU ms", "DB CPU ms", FEWER)
    return _table(columns, "lrrrrrr", over_http(standings))


def _table(columns: Sequence[str], alignment: str, rows: Iterable[Sequence[str]]) -> str:
    rules = ["---:" if each == "r" else "---" for each in alignment]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (columns, rules, *rows))
