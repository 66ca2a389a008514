"""Coming in, and leaving: an administrator's access token is exchanged for a session, which the browser keeps.

There are no passwords here: whoever issues tokens knows who administers. The token itself is not kept anywhere.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
import re
import time
from dataclasses import dataclass, field
from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.templating import Jinja2Templates

from auth.sessions import Session, issue_session, read_session
from auth.tokens import TokenRefused
from auth.viewer import Role
from commands.sessions import begin_session, end_session
from db.database import Database
from server.admin.gate import COOKIE, LOGIN
from server.calling import Caller, Callers, actor_of, invalid_token
from server.http.refusals import Refused
from server.http.request_id import request_id_of
from server.route_limits import Check

PATH: Final = "/admin"
"""Where the pages are."""

_WITHIN: Final = re.compile(r"/admin(/[!-~]*)?")
_NOT_ADMIN: Final = "This token is not an administrator's."
_NOT_SAFE: Final = (
    "The session would travel unprotected: come by https, or from this machine. Behind a proxy that speaks TLS, name "
    "the proxy in TRUSTED_PROXIES."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """The page on which sessions begin, and the button with which they end.

    Attributes:
        callers: knows administrators by their tokens, and what was revoked.
        database: has the audit log.
        key: signs sessions.
        lifetime: the longest that one may last, in seconds.
        templates: starlette-admin's.
        check: refuses who tries too often; None for nobody.
    """

    callers: Callers
    database: Database
    key: bytes = field(repr=False)
    lifetime: float
    templates: Jinja2Templates
    check: Check | None

    async def show(self, request: Request) -> Response:
        """The page; whoever has a session goes on."""
        if getattr(request.state, "session", None) is not None:
            return _on(request)
        return self._page(request)

    async def log_in(self, request: Request) -> Response:
        """Exchange a token for a session."""
        refused = None if self.check is None else await self.check(request)
        if refused is not None:
            return self._page(request, str(refused), refused.status, dict(refused.headers or {}))
        async with request.form(max_files=0, max_fields=10) as form:
            token = str(form.get("token") or "").strip()
        try:
            caller, cookie, session = await self._begin(request, token)
        except Refused as why:
            return self._page(request, str(why), why.status)
        await begin_session(self.database, session.session_id, actor_of(caller))
        response = _on(request)
        response.set_cookie(
            COOKIE,
            cookie,
            max_age=int(session.own.expires_at - time.time()),
            path=PATH,
            secure=request.url.scheme == "https",
            httponly=True,
            samesite="strict",
        )
        return response

    async def _begin(self, request: Request, token: str) -> tuple[Caller, str, Session]:
        if request.url.scheme != "https" and not _is_loopback(request.url.hostname or ""):
            raise Refused(403, "NOT_SAFE", _NOT_SAFE)
        address = None if request.client is None else request.client.host
        caller = await self.callers.of_credentials(f"Bearer {token}", None, request_id_of(request.scope), address)
        if caller.viewer.role is not Role.ADMIN or caller.token is None:
            raise Refused(403, "FORBIDDEN", _NOT_ADMIN)
        try:
            cookie = issue_session(self.key, caller.token, now=time.time(), lifetime=self.lifetime)
        except TokenRefused:
            raise invalid_token() from None
        return caller, cookie, read_session(self.key, cookie, now=time.time())

    async def log_out(self, request: Request) -> Response:
        """End the session, in every process; the cookie is worth nothing from then on, whoever has a copy."""
        session: Session = request.state.session
        if self.callers.revocations is not None:
            await end_session(
                self.database,
                self.callers.revocations.mirror,
                session.session_id,
                expires_at=dt.datetime.fromtimestamp(session.own.expires_at, dt.UTC),
                actor=actor_of(request.state.caller),
            )
        response = RedirectResponse(f"{PATH}{LOGIN}", 303)
        response.delete_cookie(COOKIE, path=PATH, httponly=True, samesite="strict")
        return response

    def _page(
        self, request: Request, error: str | None = None, status: int = 200, headers: dict[str, str] | None = None
    ) -> Response:
        return self.templates.TemplateResponse(
            request, "login.html", {"error": error}, status_code=status, headers=headers
        )


def _on(request: Request) -> Response:
    """To where somebody wanted to go: a page of these, and nowhere else."""
    wanted = request.query_params.get("next", "")
    return RedirectResponse(wanted if _WITHIN.fullmatch(wanted) else f"{PATH}/", 303)


def _is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
