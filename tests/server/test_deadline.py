"""An operation that takes too long is cancelled, down to the statement in PostgreSQL."""

import asyncio

import asyncpg
import httpx

from server.app import open_app
from server.settings import load_settings

RUNNING = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND state = 'active'
      AND query ILIKE '%FROM functions%'
"""


async def running(watcher: asyncpg.Connection, count: int) -> None:
    """Wait until so many statements are under way."""
    async with asyncio.timeout(10):
        while await watcher.fetchval(RUNNING) != count:  # noqa: ASYNC110 - PostgreSQL tells nobody
            await asyncio.sleep(0.01)


async def test_the_statement_of_an_operation_that_took_too_long_is_cancelled(database_url: str, redis_url: str) -> None:
    settings = load_settings(
        database_url=database_url,
        redis_url=redis_url,
        secret_key="k" * 32,
        request_timeout_seconds=1.0,
        payment_timeout_seconds=1.0,
        database_timeout_seconds=1.0,
    )
    watcher = await asyncpg.connect(database_url, timeout=10)
    locker = await asyncpg.connect(database_url, timeout=10)
    try:
        async with (
            open_app(settings) as app,
            httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client,
            locker.transaction(),
        ):
            await locker.execute("LOCK TABLE functions IN ACCESS EXCLUSIVE MODE")
            asked = asyncio.ensure_future(client.post("/graphql", json={"query": "{ functions { nodes { name } } }"}))
            await running(watcher, 1)
            answer = await asked
            await running(watcher, 0)
    finally:
        await watcher.close()
        await locker.close()

    assert answer.status_code == 503
    assert answer.headers["retry-after"]
