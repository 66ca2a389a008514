"""Server-sent events: the "distinct connections mode" of the protocol of the npm package `graphql-sse`.

One response carries one operation: `event: next` with a result, as often as there is one, then `event: complete`. What
is refused before the first result is an ordinary answer. A stream that ends without `complete` was cut off: because the
process stops, or because the caller may not read on; clients then connect again.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

import structlog
from starlette.types import Receive, Scope, Send

from server.charging import address_of
from server.http.answer import Outcome, Stream, encode, members, refusal_entry
from server.http.disconnect import ClientDisconnected, while_connected
from server.http.negotiate import EVENT_STREAM
from server.http.refusals import Refused
from server.places import Places

KEEP_ALIVE_SECONDS: Final = 12.0
"""Between results a comment is sent this often, for proxies that close what is silent."""

_COMPLETE: Final = b"event: complete\ndata:\n\n"  # without a line of data, a browser's EventSource would pass it over
_HEADERS: Final = {
    "Content-Type": f"{EVENT_STREAM}; charset=utf-8",
    "Cache-Control": "no-store",
    "Vary": "Accept",
    "X-Accel-Buffering": "no",  # nginx would collect events before it passes them on
}

_log = structlog.get_logger(__name__)


async def one(outcome: Outcome) -> AsyncGenerator[Outcome]:
    """The only result of a query or a mutation."""
    yield outcome


@dataclass(frozen=True, slots=True)
class EventStream:
    """An ASGI response: what a stream gives, until it ends or the client leaves."""

    stream: Stream
    places: Places
    keep_alive: float = KEEP_ALIVE_SECONDS

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer.

        Raises:
            Refused: before anything is sent, when too many are connected.
        """
        try:
            with suppress(ClientDisconnected):
                await while_connected(receive, self._write(send, address_of(scope)))
        finally:
            await self.stream.results.aclose()

    async def _write(self, send: Send, address: str | None) -> None:
        loop, expires_at = asyncio.get_running_loop(), self.stream.expires_at
        try:
            async with asyncio.timeout(None if expires_at is None else expires_at - time.time()) as until:
                with self.places.take(lambda: until.reschedule(loop.time()), address):
                    await send({"type": "http.response.start", "status": 200, "headers": self._headers()})
                    await self._write_results(send)
        except TimeoutError:
            if not until.expired():
                raise
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    def _headers(self) -> list[tuple[bytes, bytes]]:
        fields = {**self.stream.headers, **_HEADERS}
        return [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in fields.items()]

    async def _write_results(self, send: Send) -> None:
        await _send(send, b":\n\n")  # the head goes out with it: clients wait for that
        try:
            while (result := await self._next(send)) is not None:
                await _send(send, _event(members(result)))
        except Refused as refused:
            _log.info("stream cut off", code=refused.code)
            await _send(send, _event({"errors": [refusal_entry(refused)]}))
        else:
            await _send(send, _COMPLETE)

    async def _next(self, send: Send) -> Outcome | None:
        coming = asyncio.ensure_future(anext(self.stream.results, None))
        try:
            while not (await asyncio.wait({coming}, timeout=self.keep_alive))[0]:
                await _send(send, b":\n\n")
            return coming.result()
        finally:
            if coming.cancel():
                await asyncio.wait({coming})


async def _send(send: Send, body: bytes) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": True})


def _event(body: dict[str, object]) -> bytes:
    return b"event: next\ndata: " + encode(body) + b"\n\n"
