"""The whole application, in process, on real servers."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from server.app import open_app
from server.health import Draining
from server.settings import Settings, load_settings

KEY = "k" * 32
DEAD_DATABASE = "postgresql://nobody@127.0.0.1:1/nothing"
DEAD_CACHE = "redis://127.0.0.1:1/0"


@pytest.fixture
def settings(database_url: str, redis_url: str) -> Settings:
    return load_settings(database_url=database_url, redis_url=redis_url, secret_key=KEY, redis_timeout_seconds=1)


@asynccontextmanager
async def client_of(settings: Settings, draining: Draining | None = None) -> AsyncIterator[httpx.AsyncClient]:
    async with (
        open_app(settings, draining) as app,
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://testserver") as client,
    ):
        yield client


async def test_it_answers_a_query(settings: Settings) -> None:
    async with client_of(settings) as client:
        answer = await client.post("/graphql", json={"query": "{ functions { totalCount nodes { id } } }"})

    assert answer.status_code == 200
    assert answer.json() == {"data": {"functions": {"totalCount": 0, "nodes": []}}}
    assert answer.headers["x-request-id"]


async def test_the_root_leads_to_the_endpoint(settings: Settings) -> None:
    async with client_of(settings) as client:
        answer = await client.get("/")

    assert answer.status_code == 307
    assert answer.headers["location"] == "/graphql"


async def test_a_browser_gets_graphiql_unless_it_is_turned_off(settings: Settings) -> None:
    accept = {"accept": "text/html,application/xhtml+xml"}
    async with client_of(settings) as client:
        shown = await client.get("/graphql", headers=accept)
    async with client_of(settings.model_copy(update={"graphiql": False})) as client:
        hidden = await client.get("/graphql", headers=accept)
        assets = await client.get("/graphiql/assets/x.js")

    assert shown.headers["content-type"].startswith("text/")
    assert "x-content-type-options" in shown.headers
    assert hidden.status_code in {400, 406}
    assert assets.status_code == 404


async def test_an_unknown_path_is_refused_in_the_same_shape_as_everything_else(settings: Settings) -> None:
    async with client_of(settings) as client:
        answer = await client.get("/nowhere")

    assert answer.status_code == 404
    assert answer.json()["errors"][0]["extensions"]["code"] == "NOT_FOUND"


class TestHealth:
    async def test_everything_is_well(self, settings: Settings) -> None:
        async with client_of(settings) as client:
            answers = {
                path: await client.get(f"/health/{path}") for path in ("live", "ready", "database", "cache", "config")
            }

        assert {path: answer.status_code for path, answer in answers.items()} == dict.fromkeys(answers, 200)
        assert {answer.headers["cache-control"] for answer in answers.values()} == {"no-store"}
        database = answers["database"].json()
        assert database["revision"] == database["expected"]
        assert int(database["version"].split(".")[0]) >= 15

    async def test_what_is_stopping_is_alive_but_not_ready(self, settings: Settings) -> None:
        draining = Draining()
        async with client_of(settings, draining) as client:
            before = await client.get("/health/ready")
            draining.started = True
            after = await client.get("/health/ready")
            live = await client.get("/health/live")

        assert (before.status_code, after.status_code, live.status_code) == (200, 503, 200)
        assert after.json() == {"status": "stopping"}

    async def test_without_its_database_it_is_alive_but_not_ready_and_says_so_soon(self, settings: Settings) -> None:
        dead = load_settings(**{**settings.model_dump(), "database_url": DEAD_DATABASE})
        async with client_of(dead) as client, asyncio.timeout(10):
            live, ready, database = [await client.get(f"/health/{each}") for each in ("live", "ready", "database")]

        assert (live.status_code, ready.status_code, database.status_code) == (200, 503, 503)
        assert database.json()["status"] == "unavailable"
        assert "127.0.0.1" not in database.text

    async def test_without_its_cache_it_goes_on_reading(self, settings: Settings) -> None:
        dead = load_settings(**{**settings.model_dump(), "redis_url": DEAD_CACHE})
        async with client_of(dead) as client, asyncio.timeout(10):
            ready = await client.get("/health/ready")
            cache = await client.get("/health/cache")
            answer = await client.post("/graphql", json={"query": "{ functions { totalCount } }"})

        assert (ready.status_code, cache.status_code, answer.status_code) == (200, 503, 200)

    async def test_a_database_that_was_not_migrated_is_not_ready(self, settings: Settings, database_url: str) -> None:
        from db.migrate import downgrade  # noqa: PLC0415 - only here

        await asyncio.to_thread(downgrade, database_url, "base")
        async with client_of(settings) as client:
            ready = await client.get("/health/ready")

        assert ready.status_code == 503
        assert ready.json()["status"] == "not migrated"

    async def test_the_settings_are_shown_without_secrets(self, settings: Settings) -> None:
        async with client_of(settings) as client:
            shown = await client.get("/health/config")

        values = shown.json()["settings"]
        assert values["database_url"] is True
        assert values["secret_key"] is True
        assert KEY not in shown.text
        assert "postgresql://" not in shown.text
        assert "data_folder" not in values


async def test_the_application_opens_only_with_complete_settings() -> None:
    with pytest.raises(ValueError, match="must be set"):
        async with open_app(load_settings()):
            pass
