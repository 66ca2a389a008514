"""The endpoint `/graphql`: one request in, one answer out, and never a 500 because of what a client sent."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server.http.answer import (
    Executed,
    Kept,
    Outcome,
    RequestError,
    RequestErrorCause,
    StatusProfile,
    Stream,
    answer,
    answer_get,
    refusal,
    refusal_entry,
    write,
)
from server.http.answer import members as members_of_answer
from server.http.decode import read_body
from server.http.disconnect import ClientDisconnected, while_connected
from server.http.events import EventStream, one
from server.http.limits import HttpLimits
from server.http.negotiate import (
    Accept,
    answer_type,
    answer_type_or_json,
    check_content_encoding,
    check_content_type,
    parse_accept,
    prefers_events,
    prefers_html,
)
from server.http.params import GraphQLParams, Members, address_of, members_of_body, members_of_query_string, read_params
from server.http.recalling import Recalled
from server.http.refusals import ENDPOINT_METHODS, Refused, method_not_allowed, missing_query, url_too_long
from server.places import Places

_GRAPHQL_ANSWER = 200
"""The status of a refusal that clients read as GraphQL's own answer."""

Page = Callable[[Request], Response]
"""Makes the page that a browser gets which opens the endpoint's address."""


class Execute(Protocol):
    """Turns a well-formed request into an outcome."""

    async def __call__(self, params: GraphQLParams, *, read_only: bool, request: Request) -> Outcome | Stream:
        """Execute one operation; a subscription gives a stream, if the request accepts one.

        It is cancelled when the client leaves; `server.http.disconnect.to_completion` keeps from that what must end.

        Args:
            params: They name a document: by its text, an id or a hash.
            read_only: The request came by a safe method: only a query may run.
            request: The head of the request, for credentials and the client's address. Its body has been read.

        Raises:
            Refused: For an answer with a status of its own; `refusals.mutation_by_get()` if `read_only` forbids it.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphQLEndpoint:
    """An ASGI application for two routes, of any method: `/graphql` and `/graphql/{document:path}`.

    Attributes:
        execute: Runs an operation.
        limits: Bounds on what is read.
        page: What a browser sees that opens the address; None if there is nothing to see.
        profile: Which text decides the statuses.
        places: Where event streams stay.
        max_batch: How many requests one body may hold as a list; 0 for no list at all.
    """

    execute: Execute
    limits: HttpLimits
    places: Places
    page: Page | None = None
    profile: StatusProfile = StatusProfile.AUDITED
    max_batch: int = 0
    _recalled: Recalled = field(default_factory=Recalled)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; say nothing to a client that has left."""
        request = Request(scope)
        send = without_body(send) if scope["method"] == "HEAD" else send
        try:
            recalled = self._recalled.answer(scope) if scope["method"] == "GET" else None
            response = await self._respond(request, receive) if recalled is None else recalled
            await response(scope, receive, send)
        except Refused as refused:
            if refused.status == _GRAPHQL_ANSWER and prefers_events(_accept(request)):
                outcome = RequestError([refusal_entry(refused)], RequestErrorCause.OPERATION)
                await EventStream(Stream(one(outcome), refused.headers), self.places)(scope, receive, send)
                return
            await refusal(refused, answer_type_or_json(_accept(request)), self.profile)(scope, receive, send)
        except ClientDisconnected:
            return

    async def _respond(self, request: Request, receive: Receive) -> ASGIApp:
        if url_length(request.scope) > self.limits.max_url_bytes:
            raise url_too_long(self.limits.max_url_bytes)
        match request.method:
            case "POST":
                return await self._post(request, receive)
            case "GET" | "HEAD":
                return await self._get(request, receive)
            case "OPTIONS":
                return Response(status_code=204, headers={"Allow": ENDPOINT_METHODS})
            case other:
                raise method_not_allowed(other)

    async def _post(self, request: Request, receive: Receive) -> ASGIApp:
        # Whatever the head alone decides is decided before the body is read.
        accept = _accept(request)
        _check(accept)
        address = address_of(request.path_params.get("document", ""))
        check_content_type(request.headers.getlist("content-type"))
        check_content_encoding(request.headers.getlist("content-encoding"))
        body = await read_body(request.headers, receive, self.limits)
        members = members_of_body(body, self.limits, self.max_batch)
        if isinstance(members, list):
            return await while_connected(receive, self._batch(members, request))
        outcome = await self._execute(read_params(members, address), request, receive, accept, read_only=False)
        if isinstance(outcome, Stream):
            return EventStream(outcome, self.places)
        return answer(outcome, answer_type_or_json(accept), self.profile)

    async def _get(self, request: Request, receive: Receive) -> ASGIApp:
        query_string: bytes = request.scope["query_string"]
        address = address_of(request.path_params.get("document", ""))
        params = read_params(members_of_query_string(query_string, self.limits), address)
        accept = _accept(request)
        if self.page is not None and params.document.is_empty and prefers_html(accept):
            page = self.page(request)
            page.headers.add_vary_header("Accept")
            return page
        _check(accept)
        outcome = await self._execute(params, request, receive, accept, read_only=True)
        if isinstance(outcome, Stream):
            return EventStream(outcome, self.places)
        media_type = answer_type_or_json(accept)
        if isinstance(outcome, Kept) and outcome.again is not None:
            self._recalled.remember(request.scope, outcome.again, media_type.content_type)
        return answer_get(outcome, media_type, self.profile, request.scope["headers"])

    async def _batch(self, batch: Sequence[Members], request: Request) -> Response:
        """Execute requests one after the other, each for itself; their answers in the same order."""
        answers = [await self._one_of_batch(each, request) for each in batch]
        return write(answers, 200, answer_type_or_json(_accept(request)), {})

    async def _one_of_batch(self, members: Members, request: Request) -> Mapping[str, object]:
        # No list holds a stream, whatever else the client reads.
        headers = [each for each in request.scope["headers"] if each[0] != b"accept"]
        request = Request({**request.scope, "headers": [*headers, (b"accept", b"application/json")]})
        try:
            params = read_params(members)
            if params.document.is_empty:
                raise missing_query()
            outcome = await self.execute(params, read_only=False, request=request)
        except Refused as refused:
            return {"errors": [refusal_entry(refused)]}
        assert not isinstance(outcome, Stream), "the request accepts none"
        return members_of_answer(outcome)

    async def _execute(
        self, params: GraphQLParams, request: Request, receive: Receive, accept: Accept, *, read_only: bool
    ) -> Outcome | Stream:
        if params.document.is_empty:
            raise missing_query()
        outcome = await while_connected(receive, self.execute(params, read_only=read_only, request=request))
        if isinstance(outcome, Executed | Kept) and request.method != "HEAD" and prefers_events(accept):
            return Stream(one(outcome), outcome.headers)
        return outcome


def _check(accept: Accept) -> None:
    if not prefers_events(accept):
        answer_type(accept)


def _accept(request: Request) -> Accept:
    return parse_accept(request.headers.getlist("accept"))


def url_length(scope: Scope) -> int:
    """How many bytes path and query string have together, as they were sent."""
    raw_path: bytes = scope.get("raw_path") or scope["path"].encode()
    query_string: bytes = scope["query_string"]
    return len(raw_path) + len(query_string)


def without_body(send: Send) -> Send:
    """Send what a GET would, but for its content (RFC 9110, section 9.3.2)."""

    async def send_head(message: Message) -> None:
        if message["type"] == "http.response.body":
            message = {**message, "body": b""}
        await send(message)

    return send_head
