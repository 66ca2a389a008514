"""PostgreSQL goes away and comes back, under a server that answers."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import httpx
import pytest

from server.app import open_app
from server.settings import load_settings
from tests.plugins.graph import Graph

KEPT = '{ function(slug: "camp") { name } }'
OTHER = "{ functions(first: 1) { nodes { name } } }"


@dataclass(slots=True)
class Way:
    """A way to a server that can be cut, and opened again."""

    host: str
    port: int
    listener: asyncio.Server | None = None
    local_port: int = 0
    open: set[asyncio.StreamWriter] = field(default_factory=set)

    async def restore(self) -> None:
        self.listener = await asyncio.start_server(self._pass, "127.0.0.1", self.local_port)
        self.local_port = self.listener.sockets[0].getsockname()[1]

    async def cut(self) -> None:
        assert self.listener is not None
        self.listener.close()
        for each in list(self.open):
            each.transport.abort()
        await self.listener.wait_closed()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        to_reader, to_writer = await asyncio.open_connection(self.host, self.port)
        self.open |= {writer, to_writer}
        with contextlib.suppress(ConnectionError):
            await asyncio.gather(self._copy(reader, to_writer), self._copy(to_reader, writer))
        self.open -= {writer, to_writer}

    async def _copy(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while chunk := await reader.read(65536):
            writer.write(chunk)
            await writer.drain()
        writer.close()


@asynccontextmanager
async def way_to(url: str) -> AsyncIterator[tuple[Way, str]]:
    parts = urlsplit(url)
    assert parts.hostname is not None
    way = Way(parts.hostname, parts.port or 5432)
    await way.restore()
    netloc = f"{parts.netloc.rpartition('@')[0]}@127.0.0.1:{way.local_port}"
    yield way, parts._replace(netloc=netloc, query="sslmode=disable").geturl()
    await way.cut()


@pytest.fixture
async def client_and_way(
    graph: Graph, database_url: str, redis_url: str
) -> AsyncIterator[tuple[httpx.AsyncClient, Way]]:
    graph.function(slug="camp", name="Camp")
    await graph.flush()
    async with way_to(database_url) as (way, url):
        settings = load_settings(database_url=url, redis_url=redis_url, secret_key="k" * 32, redis_timeout_seconds=5)
        async with (
            open_app(settings) as app,
            httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client,
        ):
            yield client, way


async def until(client: httpx.AsyncClient, status: str, query: str = KEPT) -> httpx.Response:
    """Ask until an answer comes about in this way."""
    async with asyncio.timeout(20):
        while True:
            answer = await client.get("/graphql", params={"query": query})
            if status in answer.headers.get("cache-status", ""):
                return answer
            await asyncio.sleep(0.05)


async def test_what_was_answered_is_answered_on_and_the_rest_is_503(
    graph: Graph, client_and_way: tuple[httpx.AsyncClient, Way]
) -> None:
    client, way = client_and_way
    await until(client, "hit")

    await way.cut()
    stale = await until(client, "stale-if-error")
    refused = await client.get("/graphql", params={"query": OTHER})
    await graph.sql("UPDATE functions SET name = 'Camping'")
    await way.restore()
    again = await until(client, "stored")

    assert stale.json() == {"data": {"function": {"name": "Camp"}}}
    assert int(stale.headers["age"]) >= 0
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "2")
    assert again.json() == {"data": {"function": {"name": "Camping"}}}
