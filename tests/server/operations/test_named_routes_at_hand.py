"""Named routes over the whole application, which keeps what they answered: by the short way, and never for too long."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from dataclasses import dataclass

import httpx
import orjson
import pytest
from redis.asyncio import Redis

from commands import clients, registry, retiring
from commands.announcing import announced
from commands.registering import Author
from db.cache import open_cache
from db.database import Database, DatabaseOptions, open_database
from domain.registry import POLICIES
from persisted_queries.publications import read_publication
from schema.target import target
from server.app import open_app
from server.http.recalling import Recalled
from server.settings import load_settings
from tests.plugins.graph import Graph

PERSON = Author("someone")
ROUTE = "/api/functions/camp"


@dataclass(frozen=True, slots=True)
class Desk:
    graph: Graph
    database: Database
    cache: Redis
    client: httpx.AsyncClient
    web: str

    async def get(self, path: str = ROUTE, **headers: str) -> httpx.Response:
        return await self.client.get(path, headers={name.replace("_", "-"): each for name, each in headers.items()})

    async def publish(self, release: str, text: str, route: str = "/api/functions/{slug}") -> None:
        manifest, routes = orjson.dumps({release: text}), orjson.dumps({f"GET {route}": release})
        candidates = read_publication("m.json", manifest, routes).candidates("rest")
        await self.done(registry.publish(self.database, target(), "rest", release, candidates, PERSON))

    async def done(self, change: Awaitable[object]) -> None:
        """Change the registry; every process serves it then."""
        async with announced(self.database, self.cache):
            await change

    async def until(self, status: int, value: object) -> None:
        """Wait for another answer, for as long as an answer may be old."""
        async with asyncio.timeout(10):
            while ((answer := await self.get()).status_code, answer.json()) != (status, value):  # noqa: ASYNC110 - the server follows the database
                await asyncio.sleep(0.05)


@pytest.fixture
async def desk(graph: Graph, database_url: str, redis_url: str) -> AsyncIterator[Desk]:
    graph.function(slug="camp", name="Camp")
    await graph.flush()
    settings = load_settings(database_url=database_url, redis_url=redis_url, secret_key="k" * 32)
    async with (
        open_database(DatabaseOptions(database_url)) as database,
        open_cache(redis_url, 1.0) as cache,
        open_app(settings) as app,
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client,
    ):
        await clients.ensure_public_client(database, "rest", PERSON)
        web = await clients.create_client(database, "web", POLICIES["ids-only"], PERSON)
        desk = Desk(graph, database, cache, client, web)
        await desk.publish("1.0", "query Page($slug: String!) { function(slug: $slug) { name } }")
        yield desk


async def test_an_answer_at_hand_is_the_same_by_the_short_way(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    answers: list[object] = []
    recall = Recalled.answer

    def recalled(self: Recalled, scope: object) -> object:
        answers.append(recall(self, scope))  # type: ignore[arg-type]
        return answers[-1]

    monkeypatch.setattr(Recalled, "answer", recalled)
    first, second, third = [await desk.get() for _ in range(3)]
    confirmed = await desk.get(if_none_match=first.headers["etag"])
    keyed = [await desk.get(authorization=f"Bearer {desk.web}") for _ in range(2)]

    assert [each is None for each in answers] == [True, False, False, False, True, False]
    assert [each.json() for each in (first, second, third, *keyed)] == [{"name": "Camp"}] * 5
    assert [each.headers.get("cache-status", "").split(";")[1] for each in (first, third)] == [" fwd=miss", " hit"]
    assert {each.headers["content-type"] for each in (first, second, third)} == {"application/json"}
    assert {each.headers["etag"] for each in (first, second, third, confirmed, *keyed)} == {first.headers["etag"]}
    assert confirmed.status_code == 304
    assert third.headers["cache-control"].startswith("public, max-age=60")
    assert {each.headers["cache-control"] for each in keyed} == {"private, max-age=60"}


async def test_an_answer_at_hand_ends_with_its_row_its_release_and_its_client(desk: Desk) -> None:
    for _ in range(3):
        await desk.get()
    async with desk.database.writing.begin() as connection:
        await connection.exec_driver_sql("UPDATE functions SET name = 'Fair'")
    await desk.until(200, {"name": "Fair"})
    for _ in range(3):
        await desk.get()
    await desk.publish("2.0", "query Page($slug: String!) { function(slug: $slug) { slug } }")
    newer = [(await desk.get()).json() for _ in range(3)]
    await desk.done(retiring.retire(desk.database, "rest", "2.0", PERSON, force=True))
    older = [(await desk.get()).json() for _ in range(3)]
    await desk.done(retiring.retire(desk.database, "rest", "1.0", PERSON, force=True))
    retired = [(await desk.get()).status_code for _ in range(2)]

    assert newer == [{"slug": "camp"}] * 3
    assert older == [{"name": "Fair"}] * 3
    assert retired == [410] * 2


async def test_what_is_gone_is_not_found_by_the_short_way_either(desk: Desk) -> None:
    for _ in range(3):
        await desk.get()
    async with desk.database.writing.begin() as connection:
        await connection.exec_driver_sql("UPDATE functions SET deleted_at = now()")

    async with asyncio.timeout(10):
        while (await desk.get()).status_code == 200:  # noqa: ASYNC110 - the same
            await asyncio.sleep(0.05)
    assert [(await desk.get()).status_code for _ in range(3)] == [404] * 3


async def test_an_encoded_slash_is_not_answered_as_a_slash(desk: Desk) -> None:
    await desk.publish("2.0", "query One($slug: String!) { function(slug: $slug) { slug } }", "/api/{slug}")

    for _ in range(3):
        assert (await desk.get("/api/functions/camp")).json() == {"name": "Camp"}
        assert (await desk.get("/api/functions%2Fcamp")).status_code == 404
