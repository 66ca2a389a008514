"""Resources of plain HTTP beside `/graphql`: a function for each method, and problem details for what is refused."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from server.http.disconnect import ClientDisconnected, while_connected
from server.http.endpoint import Page, url_length, without_body
from server.http.limits import HttpLimits
from server.http.negotiate import parse_accept, prefers_html
from server.http.problems import problem
from server.http.recalling import Recalled
from server.http.refusals import Code, Refused, url_too_long

Handler = Callable[[Request], Awaitable[ASGIApp]]
"""Makes the response to a request, or raises `Refused`."""


@dataclass(frozen=True, slots=True)
class Resource:
    """An ASGI application for a route of any method.

    Attributes:
        limits: bounds on what is read.
        methods: what answers each; HEAD is answered as GET is, without the content, and OPTIONS names them all.
        page: what a browser gets instead that opens the address; None if there is nothing to see.
        recalled: how to answer a GET again that was answered before; None where each is answered anew.
    """

    limits: HttpLimits
    methods: Mapping[str, Handler]
    page: Page | None = None
    recalled: Recalled | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; say nothing to a client that has left."""
        request = Request(scope, receive)
        try:
            again = self.recalled.answer(scope) if self.recalled is not None and scope["method"] == "GET" else None
            response: ASGIApp = await self._respond(request, receive) if again is None else again
        except Refused as refused:
            response = problem(refused)
        except ClientDisconnected:
            return
        await response(scope, receive, without_body(send) if request.method == "HEAD" else send)

    async def _respond(self, request: Request, receive: Receive) -> ASGIApp:
        if url_length(request.scope) > self.limits.max_url_bytes:
            raise url_too_long(self.limits.max_url_bytes)
        if request.method == "OPTIONS":
            return Response(status_code=204, headers={"Allow": self._allowed()})
        if self.page is not None and request.method in {"GET", "HEAD"}:
            accept = parse_accept(request.headers.getlist("accept"))
            if prefers_html(accept):
                return self.page(request)
        handler = self.methods.get("GET" if request.method == "HEAD" else request.method)
        if handler is None:
            message = f"There is no method {request.method[:32]} here: {self._allowed()}."
            raise Refused(405, Code.METHOD_NOT_ALLOWED, message, headers={"Allow": self._allowed()})
        if request.method == "POST":  # it reads its body itself, and is carried to its end
            return await handler(request)
        return await while_connected(receive, handler(request))

    def _allowed(self) -> str:
        return ", ".join([*self.methods, *(["HEAD"] if "GET" in self.methods else []), "OPTIONS"])
