"""The whole application behind a real uvicorn, in the test's own loop, and one who talks to its sockets."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

import asyncpg
import uvicorn
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from server.app import open_app
from server.health import Draining
from server.listening import listen
from server.serve import uvicorn_config
from server.settings import load_settings

PATIENCE_SECONDS = 20.0
"""The longest that any step of a test may take on a machine that others use too."""


@dataclass(slots=True)
class Talk:
    """A socket as its client has it."""

    socket: ClientConnection

    async def say(self, **message: object) -> None:
        await self.socket.send(json.dumps(message))

    async def hear(self) -> Any:
        async with asyncio.timeout(PATIENCE_SECONDS):
            return json.loads(await self.socket.recv())

    async def start(self, **init: object) -> None:
        await self.say(type="connection_init", **init)
        assert await self.hear() == {"type": "connection_ack"}

    async def subscribe(self, id_: str, query: str | None = None, **payload: object) -> None:
        await self.say(type="subscribe", id=id_, payload=payload if query is None else {"query": query, **payload})

    async def ask(self, query: str | None = None, **payload: object) -> list[Any]:
        """What is said of an operation, to its end."""
        await self.subscribe("asked", query, **payload)
        heard = [await self.hear()]
        while heard[-1]["type"] == "next":
            heard.append(await self.hear())
        return heard

    async def code(self) -> int | None:
        """Read to the end; with which code it was closed."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            with suppress(ConnectionClosed):
                while True:
                    await self.socket.recv()
        return self.socket.close_code


@dataclass(frozen=True, slots=True)
class Live:
    """A server that answers."""

    host: str
    draining: Draining
    server: uvicorn.Server

    @property
    def url(self) -> str:
        return f"http://{self.host}"

    @asynccontextmanager
    async def talk(self, **options: Any) -> AsyncIterator[Talk]:
        options.setdefault("subprotocols", ["graphql-transport-ws"])
        async with connect(f"ws://{self.host}/graphql", **options) as socket:
            yield Talk(socket)


@asynccontextmanager
async def live(database_url: str, redis_url: str, **given: Any) -> AsyncIterator[Live]:
    """Serve with these settings until the block ends."""
    settings = load_settings(
        database_url=database_url, redis_url=redis_url, secret_key="k" * 32, port=0, shutdown_timeout_seconds=5, **given
    )
    draining = Draining()
    async with open_app(settings, draining) as app:
        server = uvicorn.Server(uvicorn_config(app, settings))
        listener = listen("127.0.0.1", 0)
        task = asyncio.create_task(server.serve(sockets=[listener]))
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not server.started:
                assert not task.done(), "uvicorn did not start"
                await asyncio.sleep(0.01)
        host, port = listener.getsockname()
        try:
            yield Live(f"{host}:{port}", draining, server)
        finally:
            draining.close()
            server.should_exit = True
            await asyncio.wait_for(task, PATIENCE_SECONDS)


async def waiting(database_url: str, statements: int) -> None:
    """Wait until so many statements of this database wait for a lock."""
    connection = await asyncpg.connect(database_url)
    try:
        end = time.monotonic() + PATIENCE_SECONDS
        asked = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        while await connection.fetchval(asked) != statements:
            assert time.monotonic() < end, "it did not come about in time"
            await asyncio.sleep(0.02)
    finally:
        await connection.close()
