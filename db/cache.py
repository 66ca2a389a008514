"""The cache: Redis or Valkey, with short waits and no hidden retries."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TypeAlias

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

Cache: TypeAlias = Redis
"""A client of the cache, for the rooms above to name."""

POOL_SIZE = 50
"""The most connections of a process; a request that finds none free waits for one, within the same limit."""


@asynccontextmanager
async def open_cache(url: str, timeout: float) -> AsyncIterator[Redis]:  # noqa: ASYNC109 - a limit on each exchange
    """A client whose every exchange ends within `timeout` seconds; closed at the end.

    Nothing is sent until something is asked, so that a server can start while the cache is away.

    Raises:
        redis.exceptions.ConnectionError: from each exchange, while the cache is away.
        redis.exceptions.TimeoutError: from each exchange that takes longer.
    """
    pool = BlockingConnectionPool.from_url(
        url,
        max_connections=POOL_SIZE,
        timeout=timeout,
        socket_timeout=timeout,
        socket_connect_timeout=timeout,
        # redis-py's own default would wait and try again ten times, while a request waits.
        retry=Retry(NoBackoff(), 0),
    )
    client = Redis(connection_pool=pool)
    try:
        yield client
    finally:
        await client.aclose()
        await pool.aclose()
