"""Named routes: addresses under `/api/` that releases gave their operations, looked up in the registry as it is now.

A client's own routes go before those of public clients, which anyone may call; what a caller has no route for does not
exist. The answer is the value of the operation's one root field: whole, or not at all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, Protocol
from urllib.parse import unquote_to_bytes

import orjson
from graphql import GraphQLSchema
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope

from auth.viewer import ANONYMOUS
from persisted_queries.identifiers import DocumentId
from persisted_queries.json_schema.variables import is_required, variable_types
from persisted_queries.registry import Entry, RegisteredOperation, Registry
from persisted_queries.routing import ParametersRefused, address_of, read_parameters
from server.admitting import refusal_of
from server.calling import Caller, Callers
from server.http.answer import ErrorEntry, Executed, Kept, Outcome, RequestError, answer_kept, encode
from server.http.caching import NO_STORE, Answer, Content, RawHeaders, respond
from server.http.decode import decode_query_string
from server.http.params import GraphQLParams
from server.http.problems import Problem
from server.http.recalling import Again, Recalled
from server.http.refusals import Code, Refused, invalid_parameter
from server.operations.asking import who_asks
from server.operations.ready import VARY

_STATUSES: Final[Mapping[str, int]] = {
    "BAD_USER_INPUT": 400,
    "VARIABLE_TOO_LARGE": 400,
    "INVALID_CURSOR": 400,
    "UNAUTHENTICATED": 401,
    "FORBIDDEN": 403,
    "SERVICE_UNAVAILABLE": 503,
}
"""The status of an answer in which something failed, by the code of its first error; any other failure is a 500."""

_CONTENT_TYPE: Final = "application/json"

_RETRY_AFTER: Final = {"Retry-After": "2"}


class Perform(Protocol):
    """Executes one operation for a caller (`GraphQLServer.perform`)."""

    async def __call__(self, params: GraphQLParams, caller: Caller, *, read_only: bool) -> Outcome:
        """Execute it."""


@dataclass(frozen=True, slots=True)
class NamedRoutes:
    """Answers at named routes.

    Attributes:
        registry: the newest snapshot.
        callers: knows who calls.
        schema: what operations were validated against.
        perform: executes an operation.
        recalled: how requests that are the same as one before are answered without all this.
    """

    registry: Callable[[], Registry]
    callers: Callers
    schema: GraphQLSchema
    perform: Perform
    recalled: Recalled = field(default_factory=Recalled)

    async def get(self, request: Request) -> Response | Answer:
        """Answer at an address.

        Raises:
            Refused: there is nothing at it, or nothing to be seen; its parameters are wrong; and what `perform` raises.
        """
        caller = await who_asks(self.callers, request)
        client_id = None if caller.client is None else caller.client.client_id
        found = self.registry().find_route(client_id, _segments(request))
        if found is None:
            raise Refused(404, Code.NOT_FOUND, "There is nothing at this address.")
        entry, path = found
        not_served = refusal_of(entry)
        if not_served is not None:
            raise not_served
        if entry.operation is None:  # the schema breaks it
            raise Refused(404, Code.NOT_FOUND, "There is nothing at this address.")
        variables = self._variables(entry.operation, path, request.scope["query_string"])
        params = GraphQLParams(document_id=DocumentId(entry.public_id), variables=variables)
        # Whoever calls a public route does so through the client that published it.
        outcome = await self.perform(params, replace(caller, client=entry.release.client), read_only=True)
        outcome = replace(outcome, headers=self._headers(outcome.headers, entry, variables))
        shared = caller.client is None and caller.viewer == ANONYMOUS
        if isinstance(outcome, Kept):
            return self._at_hand(outcome, request.scope, shared=shared)
        return _answer(outcome, request.scope["headers"], shared=shared)

    def _headers(self, given: Mapping[str, str], entry: Entry, variables: Mapping[str, object]) -> dict[str, str]:
        """The header fields of an answer; `Link` leads to the successor's route, if it has one for these values."""
        headers = {name: value for name, value in given.items() if name != "Link"}
        client_id, successor_id = entry.release.client.client_id, entry.successor_id
        after = None if successor_id is None else self.registry().find(client_id, successor_id)
        if after is not None and after.route is not None and variables.keys() >= set(after.route.parameters):
            headers["Link"] = f'<{address_of(after.route, variables)}>; rel="successor-version"'
        return headers

    def _at_hand(self, kept: Kept, scope: Scope, *, shared: bool) -> Answer:
        shown = _shown(kept, _value(orjson.loads(kept.content.body)["data"]), kept.headers, shared=shared)
        if kept.again is not None:
            self.recalled.remember(scope, _Again(kept.again, shared, kept, shown), _CONTENT_TYPE)
        return answer_kept(shown, _CONTENT_TYPE, scope["headers"])

    def _variables(
        self, operation: RegisteredOperation, path: Mapping[str, str], query_string: bytes
    ) -> dict[str, object]:
        node = operation.document.operation(operation.name)
        types = variable_types(self.schema, node)
        try:
            variables = read_parameters(types, path, decode_query_string(query_string))
        except ParametersRefused as refused:
            faults = [{"detail": each.message, "parameter": each.name, "in": each.place} for each in refused.faults]
            raise Problem(400, Code.INVALID_PARAMETER, "The parameters are wrong.", faults) from refused
        missing = [
            each.variable.name.value
            for each in node.variable_definitions or ()
            if is_required(each, types[each.variable.name.value]) and each.variable.name.value not in variables
        ]
        if missing:
            faults = [{"detail": "It is required.", "parameter": name, "in": "query"} for name in missing]
            raise Problem(400, Code.INVALID_PARAMETER, "The parameters are wrong.", faults)
        return variables


def _segments(request: Request) -> list[str]:
    """The segments of the path as they were sent, each decoded by itself: `%2F` is a character, not a slash."""
    raw: bytes = request.scope.get("raw_path") or request.scope["path"].encode()
    try:
        return [unquote_to_bytes(each).decode() for each in raw.partition(b"?")[0][1:].split(b"/")]
    except UnicodeDecodeError:
        raise invalid_parameter("The path is not percent-encoded UTF-8.") from None


def _answer(outcome: Executed | RequestError, request_headers: RawHeaders, *, shared: bool) -> Response | Answer:
    if outcome.errors:
        raise _failed(outcome.errors, whole=isinstance(outcome, Executed))
    assert not isinstance(outcome, RequestError), "it has errors"
    content = _value(outcome.data)
    if outcome.freshness is None:
        fields = {"Content-Type": _CONTENT_TYPE, "Vary": VARY, "Cache-Control": NO_STORE}
        return Response(content.body, headers=fields | dict(outcome.headers))
    # It was performed for the client that published the route, and may be kept for whoever calls without a credential.
    freshness = replace(outcome.freshness, shared=shared)
    return respond(content, _CONTENT_TYPE, freshness, request_headers, headers=outcome.headers, vary=VARY)


def _value(data: Any) -> Content:  # noqa: ANN401 - what orjson writes
    (value,) = data.values()
    if value is None:
        raise Refused(404, Code.NOT_FOUND, "There is no such thing, or none that you may see.")
    return Content(encode(value))


def _shown(kept: Kept, content: Content, headers: Mapping[str, str], *, shared: bool) -> Kept:
    return Kept(content, replace(kept.freshness, shared=shared), headers)


@dataclass(slots=True)
class _Again:
    """Shows what GraphQL has at hand as the route does; the bytes are made once, and not for each request.

    Attributes:
        again: gives what is at hand.
        shared: whether the answer may be kept for others than the one who asked.
        kept: what was at hand the last time.
        shown: how that was shown.
    """

    again: Again
    shared: bool
    kept: Kept
    shown: Kept

    def __call__(self) -> Kept | None:
        """The answer; None where it has to be asked for in full.

        Raises:
            Refused: there is no such thing any more.
        """
        kept = self.again()
        if kept is None:
            return None
        if kept is not self.kept:
            same = kept.content is self.kept.content
            content = self.shown.content if same else _value(orjson.loads(kept.content.body)["data"])
            self.kept, self.shown = kept, _shown(kept, content, self.shown.headers, shared=self.shared)
        return self.shown


def _failed(errors: Sequence[ErrorEntry], *, whole: bool) -> Refused:
    """A problem for errors of GraphQL: callers of plain HTTP do not look for them beside data."""
    faults: list[dict[str, object]] = []
    codes: list[str] = []
    for error in errors:
        extensions = error.get("extensions")
        code = extensions.get("code") if isinstance(extensions, Mapping) else None
        codes.append(str(code))
        where = {"path": error["path"]} if "path" in error else {}
        faults.append({"detail": error["message"], "code": code, **where})
    status = _STATUSES.get(codes[0], 500 if whole else 400)
    message = "The operation failed." if status >= 500 else "The operation cannot be answered."  # noqa: PLR2004 - the server's fault
    refused = Problem(status, codes[0], message, faults)
    if status == 503:  # noqa: PLR2004 - Service Unavailable
        refused.headers |= _RETRY_AFTER
    return refused
