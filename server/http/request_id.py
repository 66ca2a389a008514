"""A name for every request, and one line in the log for what became of it."""

import re
import secrets
import time
from dataclasses import dataclass, field

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.typing import FilteringBoundLogger

from domain.secrets import redacted

_HEADER = b"x-request-id"
_WELL_FORMED = re.compile(rb"[A-Za-z0-9._-]{8,128}")
_CLIENT_LEFT = 499
"""No status was sent because nobody was left to read it; the number is nginx's, for logs only."""

_log = structlog.get_logger(__name__)


def _bound() -> FilteringBoundLogger:
    """A logger as it is configured now: to make one for every line takes longer than a line that is not written."""
    bound: FilteringBoundLogger = _log.bind()
    return bound


@dataclass(frozen=True, slots=True)
class RequestId:
    """ASGI middleware, the first of the list: names a request in the log's context, in its state and in its answer.

    A well-formed `X-Request-ID` is taken over, so that one name leads through a chain of services; otherwise the
    request gets a name of its own. The access line names no query string, no variables and no address: what it holds
    may be kept.
    """

    app: ASGIApp
    _log: FilteringBoundLogger = field(default_factory=_bound, repr=False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Name, pass on, log."""
        if scope["type"] not in {"http", "websocket"}:
            await self.app(scope, receive, send)
            return
        request_id = _given_id(scope) or secrets.token_hex(16)
        scope.setdefault("state", {})["request_id"] = request_id
        if scope["type"] == "websocket":
            await self._socket(scope, receive, send, request_id)
            return
        status = 0
        sent_bytes = 0

        async def send_named(message: Message) -> None:
            nonlocal status, sent_bytes
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), (_HEADER, request_id.encode())]
            else:
                sent_bytes += len(message.get("body", b""))
            await send(message)

        # A request's task may start as a copy of the one before it on the same connection; it ends with the request.
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        started = time.perf_counter()
        try:
            await self.app(scope, receive, send_named)
        finally:
            self._log.info(
                "request",
                method=scope["method"],
                path=redacted(scope["path"]),
                status=status or _CLIENT_LEFT,
                duration_ms=round((time.perf_counter() - started) * 1000, 1),
                bytes=sent_bytes,
                request_id=request_id,
            )

    async def _socket(self, scope: Scope, receive: Receive, send: Send, request_id: str) -> None:
        code: int | None = None

        async def receive_noting() -> Message:
            nonlocal code
            message = await receive()
            if message["type"] == "websocket.disconnect" and code is None:
                code = message.get("code")
            return message

        async def send_named(message: Message) -> None:
            nonlocal code
            if message["type"] in {"websocket.accept", "websocket.http.response.start"}:
                message["headers"] = [*message.get("headers", ()), (_HEADER, request_id.encode())]
            elif message["type"] == "websocket.close":
                code = message.get("code")
            await send(message)

        structlog.contextvars.clear_contextvars()
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            started = time.perf_counter()
            try:
                await self.app(scope, receive_noting, send_named)
            finally:
                seconds = round(time.perf_counter() - started, 3)
                self._log.info("socket", path=scope["path"], code=code, seconds=seconds, request_id=request_id)


def request_id_of(scope: Scope) -> str | None:
    """The name that `RequestId` gave a request; None outside of it."""
    request_id = scope.get("state", {}).get("request_id")
    return request_id if isinstance(request_id, str) else None


def _given_id(scope: Scope) -> str | None:
    given = [value for name, value in scope["headers"] if name == _HEADER]
    return given[0].decode() if len(given) == 1 and _WELL_FORMED.fullmatch(given[0]) else None
