"""What a process counts and holds, for Prometheus: each metric is declared once, and the documentation derived from it.

Every process tells of itself, and whoever scrapes several adds up; but for how the whole installation stands, which all
tell alike.
"""

from __future__ import annotations

import datetime as dt
import hmac
from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Final, Literal

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector
from pydantic import SecretStr
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from db.database import Database
from execution.engine import Engine
from integrations.feature_flags import FlagCounters
from jobs.relay import Deliveries
from server.caching.counters import Counters
from server.gate import Gate
from server.ledger import Ledger
from server.places import Places
from server.standing import Standing

BOUNDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Seconds: the upper bounds of the buckets that operations are sorted into by how long they took."""


@dataclass(slots=True)
class Timings:
    """How long operations took, by what became of them."""

    _counts: dict[str, list[int]] = field(default_factory=dict)
    _sums: dict[str, float] = field(default_factory=dict)

    def add(self, seconds: float, *, failed: bool) -> None:
        """Count an operation that was answered, or refused once it was known."""
        outcome = "failed" if failed else "answered"
        counts = self._counts.get(outcome)
        if counts is None:
            counts = self._counts[outcome] = [0] * (len(BOUNDS) + 1)
            self._sums[outcome] = 0.0
        counts[bisect_left(BOUNDS, seconds)] += 1
        self._sums[outcome] += seconds

    def buckets(self) -> Iterable[tuple[str, Sequence[tuple[str, float]], float]]:
        """For each outcome how many took no longer than each bound, and how long all of them took together."""
        for outcome, counts in self._counts.items():
            total, buckets = 0, []
            for bound, count in zip([*map(str, BOUNDS), "+Inf"], counts, strict=True):
                total += count
                buckets.append((bound, float(total)))
            yield outcome, buckets, self._sums[outcome]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What is asked for its numbers."""

    engine: Engine
    timings: Timings
    gate: Gate
    places: Places
    database: Database
    ledger: Ledger
    responses: Counters | None
    flags: FlagCounters
    deliveries: Deliveries | None
    standing: Standing


Values = Mapping[tuple[str, ...], float]
"""The values of a metric, by those of its labels."""


@dataclass(frozen=True, slots=True)
class Declared:
    """A metric: a counter, which only grows, or a gauge. `read` says what it stands at."""

    name: str
    kind: Literal["counter", "gauge"]
    help: str
    labels: tuple[str, ...]
    read: Callable[[Measured], Values]


def _connections(measured: Measured) -> Values:
    database = measured.database
    pools = {"public": database.reading} | {sight.name.lower(): pool for sight, pool in database.others.items()}
    return {
        (name, state): float(number)
        for name, lending in pools.items()
        for state, number in (("idle", lending.idle), ("busy", lending.size - lending.idle))
    }


def _responses(measured: Measured) -> Values:
    counters = measured.responses
    return {} if counters is None else {(name,): float(number) for name, number in asdict(counters).items()}


def _evaluations(measured: Measured) -> Values:
    return {labels: float(number) for labels, number in measured.flags.evaluations.items()}


def _deliveries(measured: Measured) -> Values:
    deliveries = measured.deliveries
    return {} if deliveries is None else {(name,): float(number) for name, number in asdict(deliveries).items()}


def _outbox_entries(measured: Measured) -> Values:
    backlog = measured.standing.backlog
    return {} if backlog is None else {("pending",): float(backlog.pending), ("dead",): float(backlog.dead)}


def _outbox_oldest(measured: Measured) -> Values:
    backlog = measured.standing.backlog
    if backlog is None:
        return {}
    age = dt.timedelta() if backlog.oldest is None else dt.datetime.now(dt.UTC) - backlog.oldest
    return {(): max(age.total_seconds(), 0.0)}


def _holds(measured: Measured) -> Values:
    found = measured.standing.under_way
    return {} if found is None else {("running",): float(found.holds - found.over), ("over",): float(found.over)}


def _payments(measured: Measured) -> Values:
    found = measured.standing.under_way
    return {} if found is None else {(state,): float(count) for state, count in found.payments.items()}


def _refunds(measured: Measured) -> Values:
    found = measured.standing.under_way
    return {} if found is None else {(): float(found.refunds)}


SECONDS: Final = "boxoffice_operation_seconds"
SECONDS_HELP: Final = "How long operations took, from their document being known to their answer."

METRICS: Final[tuple[Declared, ...]] = (
    Declared(
        "boxoffice_executions_by_core",
        "counter",
        "Executions that the breadth-first engine could not take, and graphql-core did.",
        (),
        lambda measured: {(): float(measured.engine.fallbacks)},
    ),
    Declared(
        "boxoffice_operations_inside",
        "gauge",
        "Operations that are being executed.",
        (),
        lambda measured: {(): float(measured.gate.inside)},
    ),
    Declared(
        "boxoffice_operations_waiting",
        "gauge",
        "Operations that wait for a place.",
        (),
        lambda measured: {(): float(measured.gate.in_line)},
    ),
    Declared(
        "boxoffice_operations_shed",
        "counter",
        "Operations that were refused with 503, because too many waited or one waited too long.",
        (),
        lambda measured: {(): float(measured.gate.shed)},
    ),
    Declared(
        "boxoffice_streams_open",
        "gauge",
        "Sockets and event streams that are open.",
        (),
        lambda measured: {(): float(measured.places.taken)},
    ),
    Declared(
        "boxoffice_database_connections",
        "gauge",
        "Connections that read, by whom they read for, and whether they are in use.",
        ("pool", "state"),
        _connections,
    ),
    Declared(
        "boxoffice_rate_limits_local",
        "gauge",
        "1 while buckets of this process are charged, because Redis is away; else 0.",
        (),
        lambda measured: {(): float(measured.ledger.is_local)},
    ),
    Declared(
        "boxoffice_responses",
        "counter",
        "What the response cache did: hits, shared_hits, misses, collapsed, stale, stored, invalidated, evicted.",
        ("event",),
        _responses,
    ),
    Declared(
        "boxoffice_flag_evaluations",
        "counter",
        "Evaluations of feature flags: what they came to, and why.",
        ("flag", "value", "reason"),
        _evaluations,
    ),
    Declared(
        "boxoffice_hierarchy_fallbacks",
        "counter",
        "Events whose hierarchy was read from the one that the flag does not say, since the other had nothing.",
        (),
        lambda measured: {(): float(measured.flags.fallbacks)},
    ),
    Declared(
        "boxoffice_outbox_deliveries",
        "counter",
        "What the worker of this process did with facts: delivered, failed (and tried again), dead, overtaken.",
        ("outcome",),
        _deliveries,
    ),
    Declared(
        "boxoffice_outbox_entries",
        "gauge",
        "Facts of the whole installation that wait to be delivered (pending), or were given up (dead).",
        ("state",),
        _outbox_entries,
    ),
    Declared(
        "boxoffice_outbox_oldest_seconds",
        "gauge",
        "For how long the oldest fact of the whole installation has waited; 0 where none waits.",
        (),
        _outbox_oldest,
    ),
    Declared(
        "boxoffice_holds",
        "gauge",
        "Orders of the whole installation that hold places: running, or over and not swept yet.",
        ("state",),
        _holds,
    ),
    Declared(
        "boxoffice_payments_open",
        "gauge",
        "Payments of the whole installation of which the provider has not said its last word, by their state.",
        ("state",),
        _payments,
    ),
    Declared(
        "boxoffice_refunds_pending",
        "gauge",
        "Refunds of the whole installation that are not made yet.",
        (),
        _refunds,
    ),
)
"""All but the histogram `SECONDS`; counters are shown with `_total` at the end of their name."""


@dataclass(frozen=True, slots=True, eq=False)  # a registry tells collectors apart by themselves
class _Reading(Collector):
    measured: Measured

    def collect(self) -> Iterable[Metric]:
        for each in METRICS:
            family: CounterMetricFamily | GaugeMetricFamily = (
                CounterMetricFamily(each.name, each.help, labels=each.labels)
                if each.kind == "counter"
                else GaugeMetricFamily(each.name, each.help, labels=each.labels)
            )
            for labels, value in each.read(self.measured).items():
                family.add_metric(labels, value)
            yield family
        histogram = HistogramMetricFamily(SECONDS, SECONDS_HELP, labels=("outcome",))
        for outcome, buckets, total in self.measured.timings.buckets():
            histogram.add_metric((outcome,), buckets, total)
        yield histogram


def metrics_route(measured: Measured, token: SecretStr) -> Route:
    """`GET /metrics`, for whoever has the token."""
    registry = CollectorRegistry()
    registry.register(_Reading(measured))
    expected = f"Bearer {token.get_secret_value()}".encode()

    async def show(request: Request) -> Response:
        given = request.headers.get("authorization", "").encode()
        if not hmac.compare_digest(given, expected):
            return Response("This needs the token of METRICS_TOKEN.\n", 401, {"WWW-Authenticate": "Bearer"})
        await measured.standing.look()
        return Response(
            generate_latest(registry), headers={"Content-Type": CONTENT_TYPE_LATEST, "Cache-Control": "no-store"}
        )

    return Route("/metrics", show)
