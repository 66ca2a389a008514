"""Metrics: what Prometheus is told, and who may ask."""

import datetime as dt
import re
from collections.abc import AsyncIterator

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from server.app import open_app
from server.metrics import BOUNDS, METRICS, SECONDS, Timings
from server.settings import Settings, load_settings
from tests.plugins.graph import NOW, Graph

TOKEN = "m" * 32
ASKS = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture
def settings(database_url: str, redis_url: str) -> Settings:
    return load_settings(database_url=database_url, redis_url=redis_url, secret_key="k" * 32, metrics_token=TOKEN)


@pytest.fixture
async def client(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    async with (
        open_app(settings) as app,
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://testserver") as client,
    ):
        yield client


async def shown(client: httpx.AsyncClient) -> dict[tuple[str, ...], float]:
    answer = await client.get("/metrics", headers=ASKS)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=")
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer other"}, {"Authorization": f"bearer  {TOKEN}"}])
async def test_only_whoever_has_the_token_is_told(client: httpx.AsyncClient, headers: dict[str, str]) -> None:
    answer = await client.get("/metrics", headers=headers)

    assert answer.status_code == 401
    assert "boxoffice_" not in answer.text


async def test_without_a_token_there_is_no_page(settings: Settings) -> None:
    async with (
        open_app(settings.model_copy(update={"metrics_token": None})) as app,
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://testserver") as client,
    ):
        assert (await client.get("/metrics", headers=ASKS)).status_code == 404


async def test_everything_that_is_declared_is_told(client: httpx.AsyncClient) -> None:
    answer = await client.get("/metrics", headers=ASKS)

    told = set(re.findall(r"^# HELP (\S+) ", answer.text, re.MULTILINE))
    assert told == {
        *(f"{each.name}_total" if each.kind == "counter" else each.name for each in METRICS),
        SECONDS,
    }


async def test_operations_count_by_what_became_of_them(client: httpx.AsyncClient) -> None:
    for query in ("{ __typename }", "{ functions { totalCount } }", "{ nothing }"):
        await client.post("/graphql", json={"query": query})

    told = await shown(client)
    assert told[f"{SECONDS}_count", "answered"] == 2
    assert told[f"{SECONDS}_count", "failed"] == 1
    assert told["boxoffice_operations_inside",] == 0
    assert told["boxoffice_database_connections", "public", "idle"] >= 1
    assert told["boxoffice_executions_by_core_total",] == 0


async def test_the_response_cache_tells_what_it_did(client: httpx.AsyncClient) -> None:
    for _ in range(2):
        await client.get("/graphql", params={"query": "{ functions { totalCount } }"})

    told = await shown(client)
    assert told["boxoffice_responses_total", "misses"] == 1
    assert told["boxoffice_responses_total", "hits"] == 1


def test_what_took_as_long_as_a_bound_is_within_it() -> None:
    timings = Timings()
    for seconds in (0.0, BOUNDS[0], BOUNDS[0] * 1.01, BOUNDS[-1] * 2):
        timings.add(seconds, failed=False)

    ((outcome, buckets, total),) = timings.buckets()
    assert outcome == "answered"
    assert [count for _, count in buckets][:2] == [2, 3]
    assert buckets[-1] == ("+Inf", 4)
    assert total == pytest.approx(BOUNDS[0] * 2.01 + BOUNDS[-1] * 2)


async def test_what_waits_is_told_of_the_whole_installation(graph: Graph, client: httpx.AsyncClient) -> None:
    soon = dt.timedelta(minutes=5)
    held = graph.registration(hold_expires_at=dt.datetime.now(dt.UTC) + soon)
    graph.registration(hold_expires_at=dt.datetime.now(dt.UTC) - soon)
    payment = graph.payment(held)
    graph.payment(held, state="FAILED", closed_at=NOW)
    graph.refund(payment)
    await graph.sql(
        "INSERT INTO outbox (topic, created_at, delivered_at, dead_at) VALUES "
        "('a', now() - interval '1 hour', NULL, NULL), ('b', now(), NULL, NULL), "
        "('c', now() - interval '1 day', now(), NULL), ('d', now() - interval '1 day', NULL, now())"
    )

    told = await shown(client)
    await graph.sql("DELETE FROM outbox")
    again = await shown(client)

    assert told["boxoffice_outbox_entries", "pending"] == 2
    assert told["boxoffice_outbox_entries", "dead"] == 1
    assert 3600 <= told["boxoffice_outbox_oldest_seconds",] < 3700
    assert (told["boxoffice_holds", "running"], told["boxoffice_holds", "over"]) == (1, 1)
    assert told["boxoffice_payments_open", "PENDING"] == 1
    assert ("boxoffice_payments_open", "FAILED") not in told
    assert told["boxoffice_refunds_pending",] == 1
    # The database is not asked for each scrape.
    assert again["boxoffice_outbox_entries", "pending"] == 2


async def test_a_database_that_is_away_leaves_it_out(settings: Settings, graph: Graph) -> None:
    await graph.sql("ALTER TABLE refunds RENAME TO others")
    async with (
        open_app(settings) as app,
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://testserver") as client,
    ):
        told = await shown(client)

    assert "boxoffice_operations_inside" in {name for name, *_ in told}
    assert not {name for name, *_ in told} & {"boxoffice_outbox_entries", "boxoffice_holds"}
