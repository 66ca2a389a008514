"""The registry while the database or the cache is away: servers that are really stopped."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from commands import clients, registry
from commands.announcing import CacheAway, announced
from commands.registering import Author
from db.cache import open_cache
from db.database import Database, DatabaseOptions, open_database
from db.migrate import upgrade
from domain.registry import POLICIES
from persisted_queries.compiling import Candidate
from schema.target import target
from server.app import open_app
from server.embedded.postgres import postgres
from server.embedded.valkey import valkey
from server.settings import load_settings

PERSON = Author("someone")
NAME = Candidate("name", "query Name { __typename }")
COUNT = Candidate("count", "query Count { functions { totalCount } }")
LEASE = 2.0


@dataclass(slots=True)
class Installation:
    """A server with a database and a cache of its own."""

    database: Database
    cache_url: str
    http: httpx.AsyncClient
    stop_database: AsyncExitStack
    stop_cache: AsyncExitStack

    async def publish(self, release: str, *candidates: Candidate) -> None:
        async with open_cache(self.cache_url, 1.0) as cache, announced(self.database, cache):
            await registry.publish(self.database, target(), "web", release, candidates, PERSON)

    async def ask(self, public_id: str) -> tuple[int, str | None]:
        answer = await self.http.get(f"/graphql/{public_id}")
        body = answer.json()
        assert (answer.status_code == 503) == ("retry-after" in answer.headers)
        return answer.status_code, body["errors"][0]["extensions"]["code"] if "errors" in body else None

    async def ask_for_longer_than_a_lease(self, *public_ids: str) -> list[Counter[tuple[int, str | None]]]:
        """What each was answered, the last half a second of two leases."""
        end = asyncio.get_running_loop().time() + 1.5 * LEASE
        counted: list[Counter[tuple[int, str | None]]] = []
        while asyncio.get_running_loop().time() < end + 0.5:
            answers = [await self.ask(each) for each in public_ids]
            assert all(status < 500 or status == 503 for status, _ in answers)
            if asyncio.get_running_loop().time() > end:
                counted = counted or [Counter() for _ in public_ids]
                for counter, answer in zip(counted, answers, strict=True):
                    counter[answer] += 1
            await asyncio.sleep(0.05)
        return counted


@pytest.fixture
async def installation(home: Path) -> AsyncIterator[Installation]:
    async with AsyncExitStack() as stop_database, AsyncExitStack() as stop_cache, AsyncExitStack() as stack:
        database_url = await stop_database.enter_async_context(postgres(home, durable=False))
        cache_url = await stop_cache.enter_async_context(valkey(home, durable=False))
        await asyncio.to_thread(upgrade, database_url)
        database = await stack.enter_async_context(open_database(DatabaseOptions(database_url, timeout=2)))
        key = await clients.create_client(database, "web", POLICIES["ids-only"], PERSON)
        given = load_settings(
            database_url=database_url,
            redis_url=cache_url,
            secret_key="k" * 32,
            database_timeout_seconds=2,
            redis_timeout_seconds=0.5,
            registry_lease_seconds=LEASE,
            rate_limits=False,
        )
        app = await stack.enter_async_context(open_app(given))
        client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test")
        client.headers = httpx.Headers({"X-API-Key": key, "Accept": "application/graphql-response+json"})
        await stack.enter_async_context(client)
        yield Installation(database, cache_url, client, stop_database, stop_cache)


async def test_without_the_cache_serving_goes_on_and_publishing_fails_before_anything_is_done(
    installation: Installation,
) -> None:
    await installation.publish("1.0", NAME, COUNT)
    assert await installation.ask("count") == (200, None)
    await installation.stop_cache.aclose()

    with pytest.raises(CacheAway, match="Nothing was changed"):
        await installation.publish("2.0", Candidate("more", "query More { __typename }"))
    name, count, more = await installation.ask_for_longer_than_a_lease("name", "count", "more")

    assert set(name) == set(count) == {(200, None)}
    assert set(more) == {(404, "PERSISTED_DOCUMENT_NOT_FOUND")}


async def test_without_the_database_what_is_loaded_is_known_and_nothing_is_a_fault_of_the_server(
    installation: Installation,
) -> None:
    await installation.publish("1.0", NAME, COUNT)
    assert await installation.ask("name") == (200, None)
    await installation.stop_database.aclose()

    name, count, unknown = await installation.ask_for_longer_than_a_lease("name", "count", "unknown")
    await installation.stop_cache.aclose()
    stale, as_stale = await installation.ask_for_longer_than_a_lease("name", "unknown")

    assert set(name) == {(200, None)}
    assert set(count) == {(503, "SERVICE_UNAVAILABLE")}
    assert set(unknown) == {(404, "PERSISTED_DOCUMENT_NOT_FOUND")}
    assert set(stale) == set(as_stale) == {(503, "REGISTRY_STALE")}
