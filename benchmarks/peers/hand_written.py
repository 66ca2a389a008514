"""The hand-written endpoint: what one would write for these two questions alone.

One statement that returns JSON, asyncpg, plain ASGI, uvicorn with uvloop and httptools. It gets every advantage that
the project gives itself: the settings of a session that reads, connections that need no reset. Started by
`contestants.py`.
"""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, cast

import asyncpg
import uvicorn
from questions import BY_SLUG_SQL, NESTED_SQL

from db.database import READING_SETTINGS

Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


class _Connection(asyncpg.Connection):
    def get_reset_query(self) -> str:
        return ""


class Peer:
    """`GET /nested` and `GET /function?<slug>`."""

    def __init__(self, database_url: str) -> None:
        self._url = database_url
        self._pool: asyncpg.Pool[Any] | None = None

    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        """Answer a request; open and close the pool with the server."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        pool = cast("asyncpg.Pool[Any]", self._pool)
        if scope["path"] == "/nested":
            text = await pool.fetchval(NESTED_SQL)
        else:
            text = await pool.fetchval(BY_SLUG_SQL, scope["query_string"].decode())
        body = text.encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        self._pool = await asyncpg.create_pool(
            self._url,
            min_size=10,
            max_size=10,
            timeout=10,
            command_timeout=10,
            connection_class=_Connection,
            server_settings=READING_SETTINGS,
        )
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._pool.close()
        await send({"type": "lifespan.shutdown.complete"})


def main() -> None:
    """Serve the database that DATABASE_URL names on a free port of the loopback, which is printed first."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        sys.stdout.write(f"http://127.0.0.1:{listener.getsockname()[1]}/\n")
        sys.stdout.flush()
        config = uvicorn.Config(
            cast("Any", Peer(os.environ["DATABASE_URL"])),
            loop="uvloop",
            http="httptools",
            lifespan="on",
            log_level="warning",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=5,
        )
        uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main()
