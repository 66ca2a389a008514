"""Requests that a browser sends on behalf of a page from elsewhere: which are answered, and which pages may read.

CORS (WHATWG Fetch, section 3.2) says which pages may read answers and send what needs asking first. It does not stop
requests that need no asking: a page may have a browser GET any address. This API has no cookies, and what comes by GET
changes nothing; but it costs, and whoever pays is the visitor. So a GET of the API that a browser sends for a foreign
page is refused, unless the page may read the answer, or the request has a header field that no page can add unasked.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server.http.answer import StatusProfile, refusal
from server.http.negotiate import MediaType
from server.http.refusals import Code, Refused

ANY: Final = "*"
"""All origins, none of which may send credentials of the browser."""

REQUEST_FIELDS: Final = (
    "Accept, Apollo-Require-Preflight, Authorization, Content-Type, GraphQL-Require-Preflight, Idempotency-Key, "
    "If-None-Match, Last-Event-ID, X-API-Key, X-Apollo-Operation-Name, X-Request-ID"
)
"""What pages may send."""

ANSWER_FIELDS: Final = (
    "Age, Cache-Status, Deprecation, ETag, Link, RateLimit, RateLimit-Policy, Retry-After, Sunset, X-RateLimit-Limit, "
    "X-RateLimit-Remaining, X-RateLimit-Reset, X-Request-ID"
)
"""What pages may read of an answer's head."""

_ASKED_FIRST: Final = frozenset(
    (
        b"apollo-require-preflight",
        b"x-apollo-operation-name",
        b"graphql-require-preflight",
        b"authorization",
        b"x-api-key",
    )
)
"""Fields that a browser lets a foreign page add only after asking."""

_API: Final = ("/graphql", "/api/", "/operations")
_FOREIGN: Final = frozenset((b"cross-site", b"same-site"))
_MAX_AGE: Final = b"7200"

RawHeaders = list[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class CrossOrigin:
    """ASGI middleware.

    Attributes:
        app: What comes next.
        origins: Pages that may read answers, as browsers spell their origins (RFC 6454); `*` for all.
        credentials: Whether they may send what the browser keeps for this server.
    """

    app: ASGIApp
    origins: frozenset[str] = frozenset()
    credentials: bool = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer what asks first, refuse what did not ask, and tell browsers who may read."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        said = {name: value for name, value in scope["headers"] if name in _LOOKED_AT}
        origin = said.get(b"origin")
        if origin is None:
            if said.get(b"sec-fetch-site") not in _FOREIGN or not _is_unasked_get(scope, said):
                await self.app(scope, receive, self._varying(send))
                return
            await _refuse(scope, receive, send)
            return
        allowed = self._allows(origin)
        if scope["method"] == "OPTIONS" and b"access-control-request-method" in said:
            await self._preflight(origin, allowed=allowed)(scope, receive, self._varying(send))
        elif not allowed and _is_unasked_get(scope, said) and not _is_own(origin, said):
            await _refuse(scope, receive, self._varying(send))
        else:
            await self.app(scope, receive, self._readable(origin, send) if allowed else self._varying(send))

    def _allows(self, origin: bytes) -> bool:
        return ANY in self.origins or origin.decode("latin-1") in self.origins

    def _fields(self, origin: bytes) -> RawHeaders:
        if ANY in self.origins:
            return [(b"access-control-allow-origin", b"*")]
        fields = [(b"access-control-allow-origin", origin), (b"vary", b"Origin")]
        if self.credentials:
            fields.append((b"access-control-allow-credentials", b"true"))
        return fields

    def _preflight(self, origin: bytes, *, allowed: bool) -> Response:
        if not allowed:
            return refusal(_not_allowed(), MediaType.JSON, StatusProfile.AUDITED)
        response = Response(status_code=204)
        response.raw_headers += [
            *(each for each in self._fields(origin) if each[0] != b"vary"),
            (b"access-control-allow-methods", b"GET, HEAD, POST"),
            (b"access-control-allow-headers", REQUEST_FIELDS.encode()),
            (b"access-control-max-age", _MAX_AGE),
        ]
        return response

    def _readable(self, origin: bytes, send: Send) -> Send:
        fields = [*self._fields(origin), (b"access-control-expose-headers", ANSWER_FIELDS.encode())]
        return _adding(fields, send)

    def _varying(self, send: Send) -> Send:
        """Tell caches that other pages would get another answer, wherever some would."""
        return _adding([(b"vary", b"Origin")], send) if self.origins and ANY not in self.origins else send


_LOOKED_AT: Final = _ASKED_FIRST | {
    b"origin",
    b"host",
    b"access-control-request-method",
    b"sec-fetch-site",
    b"sec-fetch-mode",
}


def _adding(fields: RawHeaders, send: Send) -> Send:
    async def send_with(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message.get("headers", ()), *fields]}
        await send(message)

    return send_with


def _is_unasked_get(scope: Scope, said: dict[bytes, bytes]) -> bool:
    """Whether a browser sends this for a page without having asked; to open an address is something else."""
    return (
        scope["method"] in {"GET", "HEAD"}
        and scope["path"].startswith(_API)
        and said.get(b"sec-fetch-mode") != b"navigate"
        and _ASKED_FIRST.isdisjoint(said)
    )


def _is_own(origin: bytes, said: dict[bytes, bytes]) -> bool:
    if b"sec-fetch-site" in said:
        return said[b"sec-fetch-site"] not in _FOREIGN
    return origin.partition(b"://")[2].lower() == said.get(b"host", b"").lower()


async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
    message = (
        "A page from elsewhere may not have a browser send this request without asking first: "
        "send it with the header field GraphQL-Require-Preflight, or by POST."
    )
    refused = Refused(403, Code.PREFLIGHT_REQUIRED, message)
    await refusal(refused, MediaType.JSON, StatusProfile.AUDITED)(scope, receive, send)


def _not_allowed() -> Refused:
    return Refused(403, Code.ORIGIN_NOT_ALLOWED, "Pages of this origin may not use this API from a browser.")
