"""The last resort: what was not foreseen is masked for the client, and told to the log in full."""

from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

import structlog
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from domain.secrets import redacted
from server.http.answer import StatusProfile, refusal
from server.http.negotiate import answer_type_or_json, parse_accept
from server.http.refusals import Code, Refused
from server.http.request_id import request_id_of

_CODES = {404: Code.NOT_FOUND, 405: Code.METHOD_NOT_ALLOWED}
MASKED: Final = "Something went wrong on the server's side. Name the request id when you report it."
"""What a client is told of a failure that was not foreseen."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Failures:
    """ASGI middleware: an exception becomes a 500 that says nothing but the request's id.

    Its place is the list `Starlette(middleware=[Middleware(RequestId), Middleware(Failures), …])`. Around the whole
    application it would come too late: Starlette's own outermost middleware would have answered in plain text.

    If the answer has begun, nothing sensible can follow it: the exception goes on, and the server closes the
    connection, so that the client cannot take half an answer for a whole one.
    """

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on; answer if that fails."""
        if scope["type"] == "websocket":
            await self._socket(scope, receive, send)
            return
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begun = False

        async def send_noting(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self.app(scope, receive, send_noting)
        except Exception:
            request_id = request_id_of(scope)
            _log.exception(
                "request failed", method=scope["method"], path=redacted(scope["path"]), request_id=request_id
            )
            if begun:
                raise
            masked = Refused(500, Code.INTERNAL_SERVER_ERROR, MASKED, details={"requestId": request_id})
            await _write(masked, scope)(scope, receive, send)

    async def _socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self.app(scope, receive, send)
        except Exception:  # noqa: BLE001 - the last resort
            _log.exception("socket failed", path=scope["path"], request_id=request_id_of(scope))
            # Before the handshake is answered this refuses it; afterwards it closes the socket (RFC 6455, 7.4.1).
            with suppress(OSError, RuntimeError):
                await send({"type": "websocket.close", "code": 1011})


def answer_http_exception(request: Request, error: Exception) -> Response:
    """Starlette's exception handler for `HTTPException`: what its router refuses looks as every other refusal does."""
    assert isinstance(error, HTTPException)
    code = _CODES.get(error.status_code, HTTPStatus(error.status_code).name)
    return _write(Refused(error.status_code, code, error.detail, headers=error.headers), request.scope)


def _write(refused: Refused, scope: Scope) -> Response:
    accept = parse_accept(Headers(scope=scope).getlist("accept"))
    return refusal(refused, answer_type_or_json(accept), StatusProfile.AUDITED)
