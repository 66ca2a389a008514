"""Where sockets are let in: `/graphql`, as a WebSocket."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import Receive, Scope, Send

from server.calling import Caller, Callers
from server.charging import address_of
from server.http.answer import StatusProfile, refusal
from server.http.cross_origin import ANY
from server.http.negotiate import MediaType
from server.http.refusals import Code, Refused
from server.http.request_id import request_id_of
from server.places import Places
from server.sockets.limits import SocketLimits
from server.sockets.messages import SUBPROTOCOL
from server.sockets.session import GraphQL, Session

CREDENTIALS: Final = frozenset({"authorization", "x-api-key"})
"""What `connection_init` may carry in its payload, instead of a header field: a browser can set none on a socket."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SocketEndpoint:
    """An ASGI application for sockets.

    Attributes:
        graphql: executes operations.
        callers: knows callers by their credentials.
        limits: what one socket may take.
        places: where sockets stay.
        origins: of foreign pages that may open one, as browsers spell them (RFC 6454); `*` for all.
    """

    graphql: GraphQL
    callers: Callers
    limits: SocketLimits
    places: Places
    origins: frozenset[str] = frozenset()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Talk to one client; refuse by an ordinary answer to its handshake."""
        headers = Headers(scope=scope)
        await receive()  # `websocket.connect`
        address = address_of(scope)
        who = partial(self._who, headers, request_id_of(scope), address)
        session = Session(receive, send, self.graphql, who, self.limits)
        try:
            _check_subprotocol(scope["subprotocols"])
            _check_origin(headers, self.origins)
            with self.places.take(session.leave, address):
                await send({"type": "websocket.accept", "subprotocol": SUBPROTOCOL, "headers": []})
                await session.run()
        except Refused as refused:
            await refusal(refused, MediaType.JSON, StatusProfile.AUDITED)(scope, receive, send)

    async def _who(
        self, headers: Headers, request_id: str | None, address: str | None, payload: Mapping[str, object]
    ) -> Caller:
        """Who calls, by the fields of the handshake's head; what the payload names goes before them."""
        told = {name.lower(): value for name, value in payload.items() if isinstance(value, str)}
        raw = [(name, value) for name, value in headers.raw if name.decode("latin-1") not in CREDENTIALS & told.keys()]
        raw += [(name.encode(), told[name].encode("latin-1", "replace")) for name in CREDENTIALS & told.keys()]
        return await self.callers.of_headers(Headers(raw=raw), request_id, address)


def _check_subprotocol(offered: list[str]) -> None:
    if SUBPROTOCOL not in offered:
        message = f"This socket speaks {SUBPROTOCOL}: name it in Sec-WebSocket-Protocol."
        raise Refused(400, Code.BAD_REQUEST, message, headers={"Sec-WebSocket-Protocol": SUBPROTOCOL})


def _check_origin(headers: Headers, allowed: frozenset[str]) -> None:
    """A browser comes from within a network, and asks first for no socket: a page must be allowed to (RFC 6455, 10.2).

    What is no browser sends no Origin. The scheme is not compared: a proxy may have ended TLS.
    """
    origins = headers.getlist("origin")
    if not origins or (len(origins) == 1 and (ANY in allowed or origins[0] in allowed)):
        return
    if len(origins) == 1 and _host_of(origins[0]) == headers.get("host", "").lower():
        return
    raise Refused(403, Code.ORIGIN_NOT_ALLOWED, "Pages of this origin may not open a socket here.")


def _host_of(origin: str) -> str | None:
    try:
        return urlsplit(origin.lower()).netloc or None
    except ValueError:
        return None
