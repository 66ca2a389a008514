"""The cache never keeps anyone waiting."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest
from redis.exceptions import ConnectionError as CacheConnectionError
from redis.exceptions import TimeoutError as CacheTimeoutError

from db import cache
from db.cache import open_cache

SHORT = 0.3
"""Seconds: a limit that a test waits for."""
PATIENCE = 3.0
"""Seconds: far below redis-py's own 5 seconds and ten attempts, and enough for a busy machine."""


async def test_what_is_stored_is_found(redis_url: str) -> None:
    async with open_cache(redis_url, SHORT) as client:
        await client.set("key", "value", ex=60)

        assert await client.get("key") == b"value"


async def test_more_requests_than_connections_take_turns(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "POOL_SIZE", 2)
    async with open_cache(redis_url, PATIENCE) as client:
        await asyncio.gather(*(client.incr("number") for _ in range(100)))

        assert await client.get("number") == b"100"
        own_database = redis_url.rpartition("/")[2]
        assert len([each for each in await client.client_list() if each["db"] == own_database]) <= 2


async def test_who_finds_no_free_connection_is_told_so(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "POOL_SIZE", 1)
    async with open_cache(redis_url, SHORT) as client, client.pubsub() as listener:
        await listener.subscribe("a-channel-of-this-test")  # keeps the connection
        started = time.monotonic()

        with pytest.raises(CacheConnectionError):
            await client.ping()

        assert time.monotonic() - started < PATIENCE


@pytest.fixture
def dead_url() -> str:
    """A port that nobody listens on."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return f"redis://127.0.0.1:{taken.getsockname()[1]}/0"


async def test_a_dead_server_is_found_out_at_once(dead_url: str) -> None:
    async with open_cache(dead_url, 60) as client:
        started = time.monotonic()

        with pytest.raises(CacheConnectionError):
            await client.ping()

        assert time.monotonic() - started < PATIENCE


@pytest.fixture
def silent_url() -> Iterator[str]:
    """A server that lets clients connect, and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"redis://127.0.0.1:{server.getsockname()[1]}/0"


async def test_a_silent_server_is_waited_for_no_longer_than_the_limit(silent_url: str) -> None:
    async with open_cache(silent_url, SHORT) as client:
        started = time.monotonic()

        with pytest.raises((CacheTimeoutError, CacheConnectionError)):
            await client.ping()

        assert time.monotonic() - started < PATIENCE


@asynccontextmanager
async def between(url: str) -> AsyncIterator[tuple[str, asyncio.Event]]:
    """Another way to a server, on which answers stop while the event is set."""
    host, _, port = url.rpartition("/")[0].rpartition("@")[2].partition(":")
    stopped = asyncio.Event()
    connections: set[asyncio.Task[None]] = set()

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, answers: bool) -> None:
        while data := await reader.read(65536):
            if not (answers and stopped.is_set()):
                writer.write(data)
        raise ConnectionResetError

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        connections.add(task)
        there, back = await asyncio.open_connection(host, int(port))
        try:
            await asyncio.gather(carry(reader, back, answers=False), carry(there, writer, answers=True))
        except (ConnectionResetError, asyncio.CancelledError):
            pass
        finally:
            for end in (writer, back):
                end.close()
                await end.wait_closed()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield url.replace(f"{host}:{port}", f"127.0.0.1:{server.sockets[0].getsockname()[1]}"), stopped
    finally:
        server.close()
        for task in connections:
            task.cancel()
        await asyncio.gather(*connections, return_exceptions=True)


async def test_a_server_that_stops_answering_is_left_and_found_again(redis_url: str) -> None:
    async with between(redis_url) as (way, stopped), open_cache(way, SHORT) as client:
        await client.set("key", "value")
        stopped.set()
        started = time.monotonic()
        with pytest.raises((CacheTimeoutError, CacheConnectionError)):
            await client.get("key")

        assert time.monotonic() - started < PATIENCE

        stopped.clear()
        # Not the late answer to somebody else's question.
        assert await client.get("other") is None
        assert await client.get("key") == b"value"
