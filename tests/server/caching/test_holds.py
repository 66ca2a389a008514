"""Places that are taken are in the availability within a second: answers at hand are dropped for them.

Nothing but the triggers on `capacity_pools` tells of them: whoever takes places, and under whichever role, has no cache
to think of.
"""

import asyncio
import time
from collections.abc import AsyncIterator

import httpx
import pytest
from sqlalchemy import text

from db.database import Database, DatabaseOptions, open_database
from server.app import open_app
from server.settings import load_settings
from tests.plugins.graph import Graph

QUERY = """{ functions(first: 1) { nodes { events(first: 1) { nodes { tickets(first: 1) { nodes {
    availability { state }
} } } } } } }"""
TAKE = text("UPDATE capacity_pools SET held = held + :places WHERE held + sold + :places <= capacity")


@pytest.fixture
async def client(database_url: str, redis_url: str) -> AsyncIterator[httpx.AsyncClient]:
    settings = load_settings(database_url=database_url, redis_url=redis_url, secret_key="k" * 32)
    async with (
        open_app(settings) as app,
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://testserver") as client,
    ):
        yield client


async def asked(client: httpx.AsyncClient) -> tuple[str, str]:
    """The ticket's state, and whether the answer was at hand."""
    answer = await client.get("/graphql", params={"query": QUERY})
    (function,) = answer.json()["data"]["functions"]["nodes"]
    state: str = function["events"]["nodes"][0]["tickets"]["nodes"][0]["availability"]["state"]
    return state, answer.headers["cache-status"]


async def at_hand(client: httpx.AsyncClient) -> None:
    """Ask until the answer is kept: while a change may still come to be known, none is."""
    async with asyncio.timeout(10):
        while not (await asked(client))[1].startswith("boxoffice; hit"):  # noqa: ASYNC110 - it comes about in the server
            await asyncio.sleep(0.05)


async def take(database: Database, places: int) -> None:
    async with database.write(sells=True) as transaction:
        assert (await transaction.execute(TAKE, {"places": places})).rowcount == 1


async def test_a_hold_is_in_the_availability_within_a_second(
    graph: Graph, database_url: str, client: httpx.AsyncClient
) -> None:
    graph.ticket(graph.event(graph.function()), [graph.pool(100)])
    await graph.flush()
    seen = []
    async with open_database(DatabaseOptions(database_url, pool_size=1, under_roles=True)) as seller:
        for places, expected in ((85, "AVAILABLE"), (10, "LOW"), (5, "HELD"), (-5, "LOW")):
            await at_hand(client)
            await take(seller, places)
            taken = time.monotonic()
            await asyncio.sleep(0.9)
            state, status = await asked(client)
            assert time.monotonic() - taken < 1.5, "this machine is too busy to say"
            seen.append(status)
            assert state == expected

    assert not any("hit" in status for status in seen), "what was at hand was dropped"
