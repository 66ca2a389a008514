"""What an answer says of being kept, and how one that a client has kept is confirmed.

RFC 9111 (HTTP Caching), RFC 9110 sections 8.8.3 (ETag), 13.1.2 (If-None-Match) and 15.4.5 (304), RFC 5861
(stale-if-error), RFC 9211 (Cache-Status). Whoever answers a GET with bytes calls `respond`: the endpoint, and every
other face of it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from starlette.types import Receive, Scope, Send

VARY: Final = "Accept, Authorization, X-API-Key"
"""What chooses among the answers that one address has: the media type, and whose operations are looked at."""

NO_STORE: Final = "no-store"

RawHeaders = list[tuple[bytes, bytes]]

_OPAQUE_TAG = re.compile(rb'"[\x21\x23-\x7e\x80-\xff]*+"')
_NOT_MODIFIED = 304


@dataclass(frozen=True, slots=True)
class Freshness:
    """For how long an answer may be used again, and by whom.

    Attributes:
        max_age: for so many seconds from when it was made; with 0 it has to be confirmed each time.
        shared: whether it may be kept for others than the one who asked.
        age: how many seconds ago it was made; None for one that was made for this request.
        stale_if_error: for so many seconds after that it may stand in for a server that cannot answer.
        status: what the response cache did, as `Cache-Status` says it; None where it played no part.
    """

    max_age: int
    shared: bool
    age: int | None = None
    stale_if_error: int = 0
    status: str | None = None

    @property
    def cache_control(self) -> str:
        """The value of `Cache-Control`."""
        return _cache_control(self.max_age, self.shared, self.stale_if_error)


@lru_cache(maxsize=256)
def _cache_control(max_age: int, shared: bool, stale_if_error: int) -> str:  # noqa: FBT001 - a cache key
    scope = "public" if shared else "private"
    if max_age == 0:
        return f"{scope}, no-cache"
    stale = f", stale-if-error={stale_if_error}" if stale_if_error and shared else ""
    return f"{scope}, max-age={max_age}{stale}"


@dataclass(slots=True, eq=False)
class Content:
    """The bytes of an answer, and what is derived from them once, however often they are sent."""

    body: bytes
    _heads: dict[tuple[str, str, str], _Head] = field(default_factory=dict)

    def head(self, content_type: str, cache_control: str, vary: str) -> _Head:
        """The header fields for these bytes as a media type."""
        key = content_type, cache_control, vary
        head = self._heads.get(key)
        if head is None:
            head = self._heads[key] = _head(self.body, content_type, cache_control, vary)
        return head


@dataclass(frozen=True, slots=True)
class _Head:
    etag: bytes
    ok: RawHeaders
    not_modified: RawHeaders


def _head(body: bytes, content_type: str, cache_control: str, vary: str) -> _Head:
    etag = etag_of(body, content_type).encode()
    common = [(b"etag", etag), (b"cache-control", cache_control.encode()), (b"vary", vary.encode())]
    content = [(b"content-type", content_type.encode()), (b"content-length", str(len(body)).encode())]
    return _Head(etag, content + common, common)


def etag_of(body: bytes, content_type: str) -> str:
    """A strong entity tag: equal for equal bytes of the same media type, and for nothing else."""
    digest = hashlib.sha256(content_type.encode())
    digest.update(b"\n")
    digest.update(body)
    return f'"{digest.hexdigest()[:32]}"'


def confirms(if_none_match: bytes, etag: bytes) -> bool:
    """Whether a client that sent this has what it would get (weak comparison: a proxy may have compressed it)."""
    return if_none_match.strip() == b"*" or etag in _OPAQUE_TAG.findall(if_none_match)


@dataclass(slots=True)
class Answer:
    """An ASGI application that sends an answer that is ready."""

    status: int
    headers: RawHeaders
    body: bytes

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        """Send it."""
        await send({"type": "http.response.start", "status": self.status, "headers": self.headers})
        await send({"type": "http.response.body", "body": self.body})


def respond(
    content: Content,
    content_type: str,
    freshness: Freshness,
    request_headers: RawHeaders,
    *,
    headers: Mapping[str, str] | None = None,
    vary: str = VARY,
) -> Answer:
    """Answer a GET or HEAD that succeeded: with the content, or with 304 to a client that has it.

    Args:
        content: the bytes.
        content_type: what they are.
        freshness: for how long they may be kept.
        request_headers: of the request, as ASGI has them.
        headers: further header fields of the answer.
        vary: which fields of the request had a say in it.
    """
    head = content.head(content_type, freshness.cache_control, vary)
    further: RawHeaders = []
    if freshness.age is not None:
        further.append((b"age", b"%d" % freshness.age))
    if freshness.status is not None:
        further.append((b"cache-status", freshness.status.encode()))
    if headers:
        further += [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    if_none_match = b",".join([value for name, value in request_headers if name == b"if-none-match"])
    if if_none_match and confirms(if_none_match, head.etag):
        return Answer(_NOT_MODIFIED, head.not_modified + further, b"")
    return Answer(200, head.ok + further, content.body)
