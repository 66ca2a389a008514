"""Operations answered as server-sent events, as `graphql-sse` has it in its "distinct connections mode"."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import httpx
import pytest

from persisted_queries.identifiers import sha256_of
from tests.plugins.live import PATIENCE_SECONDS, Live, live, waiting

EVENTS = "text/event-stream"
COUNT = "{ functions { totalCount } }"
COUNTED = {"data": {"functions": {"totalCount": 0}}}
CLOCK = "subscription { serverTime }"
URQL = "application/graphql-response+json, application/json, text/event-stream, multipart/mixed"


@pytest.fixture
async def server(database_url: str, redis_url: str) -> AsyncIterator[Live]:
    async with live(database_url, redis_url, max_streams=1) as server:
        yield server


@pytest.fixture
async def client(server: Live) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=server.url, timeout=PATIENCE_SECONDS) as client:
        yield client


@asynccontextmanager
async def asked(
    client: httpx.AsyncClient, query: str = CLOCK, accept: str = EVENTS, **body: object
) -> AsyncIterator[httpx.Response]:
    headers = {"accept": accept}
    async with client.stream("POST", "/graphql", json={"query": query, **body}, headers=headers) as answer:
        yield answer


async def events_of(answer: httpx.Response, most: int | None = None) -> list[tuple[str, Any]]:
    """So many events of a stream, or all."""
    assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
    events: list[tuple[str, Any]] = []
    name = ""
    async for line in answer.aiter_lines():
        field, _, value = line.partition(":")
        if field == "event":
            name = value.strip()
        elif field == "data":
            events.append((name, json.loads(value) if value else None))
            if len(events) == most:
                break
    return events


@pytest.mark.parametrize("accept", [EVENTS, f"{EVENTS}, application/json;q=0.5"])
async def test_a_query_has_one_result_and_is_complete(client: httpx.AsyncClient, accept: str) -> None:
    async with asked(client, COUNT, accept) as answer:
        assert await events_of(answer) == [("next", COUNTED), ("complete", None)]
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-request-id"]


@pytest.mark.parametrize("accept", [EVENTS, URQL, "*/*"])
async def test_a_subscription_ticks(client: httpx.AsyncClient, accept: str) -> None:
    async with asked(client, accept=accept) as answer:
        first, second = await events_of(answer, 2)

    assert first[0] == second[0] == "next"
    assert first[1]["data"]["serverTime"] < second[1]["data"]["serverTime"]


async def test_a_query_is_json_for_a_client_that_reads_both(client: httpx.AsyncClient) -> None:
    async with asked(client, COUNT, URQL) as answer:
        assert answer.headers["content-type"].startswith("application/graphql-response+json")


async def test_a_browsers_event_source_asks_by_get(client: httpx.AsyncClient) -> None:
    headers = {"accept": EVENTS}
    async with client.stream("GET", "/graphql", params={"query": CLOCK}, headers=headers) as answer:
        ((name, result),) = await events_of(answer, 1)
    mutation = await client.get("/graphql", params={"query": "mutation { nothing }"}, headers=headers)

    assert (name, list(result["data"])) == ("next", ["serverTime"])
    assert mutation.status_code in {400, 405}


@pytest.mark.parametrize("accept", ["application/json", "application/graphql-response+json"])
async def test_a_subscription_cannot_be_answered_at_once(client: httpx.AsyncClient, accept: str) -> None:
    answer = await client.post("/graphql", json={"query": CLOCK}, headers={"accept": accept})

    assert answer.status_code == 406
    assert answer.json()["errors"][0]["extensions"]["code"] == "NOT_ACCEPTABLE"


@pytest.mark.parametrize(
    ("query", "status"), [("{", 400), ("{ nothing }", 400), ("subscription { serverTime(every: 61) }", 400)]
)
async def test_what_is_refused_before_it_begins_is_an_ordinary_answer(
    client: httpx.AsyncClient, query: str, status: int
) -> None:
    async with asked(client, query) as answer:
        await answer.aread()

    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("application/graphql-response+json")


async def test_a_hash_that_is_not_known_yet_is_a_result(client: httpx.AsyncClient) -> None:
    """Clients of automatic persisted queries look for it among GraphQL's answers."""
    extensions = {"persistedQuery": {"version": 1, "sha256Hash": sha256_of(COUNT)}}
    headers = {"accept": EVENTS}
    async with client.stream("POST", "/graphql", json={"extensions": extensions}, headers=headers) as answer:
        (following, complete) = await events_of(answer)

    assert following[1]["errors"][0]["message"] == "PersistedQueryNotFound"
    assert complete == ("complete", None)


async def test_a_process_has_so_many_places_and_who_leaves_gives_one_back(client: httpx.AsyncClient) -> None:
    async with asked(client) as answer:
        await events_of(answer, 1)
        async with asked(client) as refused:
            pass
    assert refused.status_code == 503
    assert refused.headers["retry-after"]

    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            async with asked(client) as answer:
                if answer.status_code == 200:
                    return


async def test_a_process_that_stops_ends_streams_without_completing_them(
    server: Live, client: httpx.AsyncClient
) -> None:
    async with asked(client) as answer:
        reading = asyncio.create_task(events_of(answer))
        await asyncio.sleep(0.2)
        server.draining.close()
        events = await reading

    assert {name for name, _ in events} == {"next"}


async def test_who_leaves_has_nobody_wait_for_the_database(client: httpx.AsyncClient, database_url: str) -> None:
    keeper = await asyncpg.connect(database_url)
    try:
        async with keeper.transaction():
            await keeper.execute("LOCK TABLE functions")
            asking = asyncio.create_task(_read(client))
            await waiting(database_url, 1)
            asking.cancel()
            await waiting(database_url, 0)
    finally:
        await keeper.close()


async def _read(client: httpx.AsyncClient) -> None:
    async with asked(client, COUNT) as answer:
        await answer.aread()
