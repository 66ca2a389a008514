"""Who gets to the administrators' pages: the holder of a session, by requests of these pages themselves.

The one thing in this server that a browser sends along unasked is the session's cookie. So a request that changes
anything has to come from these pages: the browser says so (`Sec-Fetch-Site`, else `Origin`), and the form, or the
script, holds what only a page of this session was told (`auth.sessions.session_proof`).
"""

from __future__ import annotations

import hmac
import time
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote

import structlog
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette_admin.auth import AdminUser

from auth.claims import customer_id_of
from auth.revocation import Revocations
from auth.sessions import Session, read_session, session_proof
from auth.tokens import KeysUnavailable, TokenRefused
from auth.viewer import Role, Viewer
from server.calling import Caller, uncertain
from server.http.answer import StatusProfile, refusal
from server.http.decode import read_body
from server.http.disconnect import ClientDisconnected
from server.http.limits import HttpLimits
from server.http.negotiate import MediaType
from server.http.refusals import Refused
from server.http.request_id import request_id_of

COOKIE: Final = "boxoffice_admin"
"""The session's cookie."""

PROOF_FIELD: Final = "csrftoken"
PROOF_HEADER: Final = "x-csrftoken"
"""Where starlette-admin's forms and scripts send the proof."""

LOGIN: Final = "/login"
_STATIC: Final = "/static/"
_SAFE: Final = frozenset({"GET", "HEAD"})
_CHANGING: Final = frozenset({"POST"})
_MOST_FIELDS: Final = 200

_PAGE_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; "  # Tabler's stylesheet draws its arrows and ticks from data: addresses
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_PAGE: Final = {
    b"content-security-policy": _PAGE_POLICY.encode(),
    b"cache-control": b"no-store",
    b"referrer-policy": b"same-origin",
    b"cross-origin-opener-policy": b"same-origin",
}
_ASSET: Final = {
    b"content-security-policy": b"default-src 'none'; frame-ancestors 'none'",
    b"cache-control": b"public, max-age=3600",
}

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Sessions:
    """What sessions are told by.

    Attributes:
        key: signs them.
        revocations: which tokens and sessions were revoked; None where none can be.
    """

    key: bytes = field(repr=False)
    revocations: Revocations | None

    async def read(self, cookie: str) -> Session:
        """The session of a cookie, which nobody has revoked, nor the token that it was made of.

        Raises:
            TokenRefused: it is none, or no longer.
            Refused: 503, where that cannot be known.
        """
        session = read_session(self.key, cookie, now=time.time())
        if self.revocations is not None:
            try:
                certain = [await self.revocations.check(token) for token in (session.token, session.own)]
            except KeysUnavailable:
                raise uncertain() from None
            if not all(certain):
                raise uncertain()
        return session


@dataclass(frozen=True, slots=True)
class Gate:
    """ASGI middleware: refuses whoever holds no session and whatever comes from elsewhere, and adds the headers.

    Attributes:
        app: The pages.
        sessions: What sessions are told by.
        limits: Bounds on a request.
    """

    app: ASGIApp
    sessions: Sessions
    limits: HttpLimits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Look at who asks, and whether these pages do; pass on."""
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        is_static = path.startswith(_STATIC) and scope["method"] in _SAFE
        send = _headed(send, _ASSET if is_static else _PAGE)
        if is_static:
            await self.app(scope, receive, send)
            return
        try:
            answer = await self._let_in(scope, receive, path)
        except Refused as refused:
            answer = refusal(refused, MediaType.JSON, StatusProfile.AUDITED)
        except ClientDisconnected:
            return
        if isinstance(answer, bytes):
            await self.app(scope, _replay(answer), send)
        else:
            await answer(scope, receive, send)

    async def _let_in(self, scope: Scope, receive: Receive, path: str) -> bytes | ASGIApp:
        """The body of a request that may go on; else the answer to it."""
        headers, method = Headers(scope=scope), scope["method"]
        if method not in _SAFE | _CHANGING:
            raise Refused(405, "METHOD_NOT_ALLOWED", "These pages take GET and POST.", headers={"Allow": "GET, POST"})
        if not (is_own(headers) if method in _CHANGING else may_read(headers)):
            raise Refused(403, "CROSS_SITE_REQUEST", "This request does not come from the administrators' pages.")
        session = await self._session(scope)
        if session is None:
            if path == LOGIN:
                return b"" if method in _SAFE else await read_body(headers, receive, self.limits)
            if method in _CHANGING:
                raise Refused(401, "NO_SESSION", "There is no session, or it is over: log in again.")
            return _to_login(scope)
        self._introduce(scope, session)
        if method in _SAFE:
            return b""
        body = await read_body(headers, receive, self.limits)
        sent = headers.get(PROOF_HEADER) or await _field_of(scope, body)
        if path != LOGIN and not hmac.compare_digest(sent.encode(), scope["state"]["csrf_token"].encode()):
            raise Refused(403, "NOT_OF_THIS_SESSION", "This form is not of your session: load the page again.")
        return body

    async def _session(self, scope: Scope) -> Session | None:
        cookie = Request(scope).cookies.get(COOKIE)
        if cookie is None:
            return None
        try:
            return await self.sessions.read(cookie)
        except TokenRefused as refused:
            _log.info("session refused", reason=str(refused), request_id=request_id_of(scope))
            return None

    def _introduce(self, scope: Scope, session: Session) -> None:
        """Tell the pages who asks."""
        subject = session.token.subject
        client = scope.get("client")
        caller = Caller(
            viewer=Viewer(Role.ADMIN, subject, customer_id_of(subject)),
            request_id=request_id_of(scope),
            token=session.token,
            address=None if client is None else client[0],
        )
        told: dict[str, Any] = {
            "caller": caller,
            "session": session,
            "csrf_token": session_proof(self.sessions.key, session),
            "admin_user": AdminUser(username=subject),
            "is_anonymous": False,
        }
        scope.setdefault("state", {}).update(told)


def is_own(headers: Headers) -> bool:
    """Whether a browser says that a page of this very origin asks. One that does not say so is not believed."""
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    origin = headers.get("origin", "")
    return origin.partition("://")[2].lower() == headers.get("host", "").lower() != ""


def may_read(headers: Headers) -> bool:
    """Whether it is a page of this origin that reads, or somebody who opens an address; no script of another origin.

    What CORS allows others of the API is not meant for these pages.
    """
    if "sec-fetch-site" not in headers:
        return "origin" not in headers or is_own(headers)
    return headers["sec-fetch-site"] in {"same-origin", "none"} or headers.get("sec-fetch-mode") == "navigate"


async def _field_of(scope: Scope, body: bytes) -> str:
    try:
        async with Request(scope, _replay(body)).form(max_files=0, max_fields=_MOST_FIELDS) as form:
            return str(form.get(PROOF_FIELD) or "")
    except HTTPException as error:
        raise Refused(400, "BAD_REQUEST", "The form cannot be read.") from error


def _to_login(scope: Scope) -> RedirectResponse:
    query = scope["query_string"].decode("latin-1")
    wanted = scope["path"] + (f"?{query}" if query else "")
    return RedirectResponse(f"{scope.get('root_path', '')}{LOGIN}?next={quote(wanted, safe='')}", 303)


def _replay(body: bytes) -> Receive:
    messages = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Message:
        return messages.pop() if messages else {"type": "http.disconnect"}

    return receive


def _headed(send: Send, fields: dict[bytes, bytes]) -> Send:
    async def send_headed(message: Message) -> None:
        if message["type"] == "http.response.start":
            others = [each for each in message.get("headers", ()) if each[0].lower() not in fields]
            message = {**message, "headers": [*others, *fields.items()]}
        await send(message)

    return send_headed
