"""`docs/metrics.md`: every metric, from its declaration in `server.metrics`."""

from __future__ import annotations

from collections.abc import Iterator

from schema.document.markdown import code, page, table
from server.metrics import METRICS, SECONDS, SECONDS_HELP

_INTRODUCTION = """With `METRICS_TOKEN` set, `GET /metrics` answers in Prometheus' text format to whoever sends that
token as `Authorization: Bearer …`; without it there is no such page. Numbers are those of the one process that answers,
since it began: let Prometheus scrape each process, and add up there. What is said of the whole installation, every
process says alike, from the database, which it asks once in ten seconds at most: take the highest. Where the database
does not answer, it is left out."""


def metrics_page() -> str:
    """The page on this project's metrics."""
    return page(_blocks())


def _blocks() -> Iterator[str]:
    yield "# Metrics"
    yield "<!-- Generated from the metrics by `make docs`: change server/metrics.py, not this file. -->"
    yield _INTRODUCTION
    rows = [
        [
            code(f"{each.name}_total" if each.kind == "counter" else each.name),
            each.kind,
            ", ".join(map(code, each.labels)),
            each.help,
        ]
        for each in METRICS
    ]
    yield table(
        ["Metric", "Kind", "Labels", "What it says"],
        [*rows, [code(SECONDS), "histogram", code("outcome"), SECONDS_HELP + " `answered` or `failed`."]],
    )
