"""What the GraphQL endpoint executes: a request in, an outcome out."""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

import structlog
from graphql import ExecutionResult, GraphQLError, OperationType
from starlette.datastructures import Headers
from starlette.requests import Request

from db.database import Database
from db.failures import UNAVAILABLE
from domain.errors import Refusal as DomainRefusal
from execution.engine import Engine, PreparedOperation, VariablesRefused
from persisted_queries.documents import DocumentCache, DocumentRefused, PreparedDocument, Refusal, is_read_only
from resolvers.context import Context
from server.admitting import Admitted, Door
from server.calling import Caller, identify
from server.http.answer import ErrorEntry, Executed, Outcome, RequestError, RequestErrorCause, Stream
from server.http.failures import MASKED
from server.http.negotiate import accepts_events, parse_accept
from server.http.params import GraphQLParams
from server.http.refusals import Code, Refused, mutation_by_get, subscription_needs_stream
from server.http.request_id import request_id_of

Operations = WeakKeyDictionary[PreparedDocument, dict[str | None, PreparedOperation]]
"""The operations of each document that is remembered, by name."""

_CAUSES = {
    Refusal.SYNTAX: RequestErrorCause.SYNTAX,
    Refusal.VALIDATION: RequestErrorCause.VALIDATION,
    Refusal.OPERATION: RequestErrorCause.OPERATION,
}
_RETRY_AFTER = {"Retry-After": "2"}

_log = structlog.get_logger(__name__)


def _utcnow() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphQLServer:
    """Executes documents on the schema, over a database.

    Attributes:
        engine: Executes operations.
        documents: Remembers what was parsed and validated.
        database: Where rows are read from.
        secret: Signs cursors.
        timeout: The longest that one operation may take, in seconds.
        door: Admits requests for documents.
        clock: Says what time it is, once an operation.
    """

    engine: Engine
    documents: DocumentCache
    database: Database
    secret: bytes
    timeout: float
    door: Door
    clock: Callable[[], dt.datetime] = _utcnow
    _operations: Operations = field(default_factory=WeakKeyDictionary)

    async def execute(self, params: GraphQLParams, *, read_only: bool, request: Request) -> Outcome | Stream:
        """Execute the one operation of an HTTP request.

        Raises:
            Refused: the API key is none; and what `open` raises.
        """

        def who() -> Caller:
            return self.identify(request.headers, request_id_of(request.scope))

        streams = request.method != "HEAD" and accepts_events(parse_accept(request.headers.getlist("accept")))
        return await self.open(params, who, read_only=read_only, streams=streams)

    def identify(self, headers: Headers, request_id: str | None) -> Caller:
        """Who sends these header fields.

        Raises:
            Refused: 401, for a credential that is none.
        """
        return identify(headers, self.door.registry(), request_id)

    async def perform(self, params: GraphQLParams, caller: Caller, *, read_only: bool) -> Outcome:
        """Execute one query or mutation for a caller, whichever way it came.

        Raises:
            Refused: as `open` does; and for a subscription.
        """
        outcome = await self.open(params, lambda: caller, read_only=read_only, streams=False)
        assert not isinstance(outcome, Stream), "they were not asked for"
        return outcome

    async def open(
        self, params: GraphQLParams, who: Callable[[], Caller], *, read_only: bool, streams: bool
    ) -> Outcome | Stream:
        """Execute one operation, or begin to, if it is a subscription.

        Args:
            params: they name a document.
            who: says who calls, and refuses those that may not (any longer). For a subscription it is asked again
                before an event is shown.
            read_only: whether a mutation is refused.
            streams: whether the caller can be given more than one result.

        Raises:
            Refused: the policy forbids the document, or it is not known; a mutation came by a safe method; the
                operation took too long; the database is away.
        """
        caller = who()
        admitted = await self.door.admit(params.document, caller)
        try:
            prepared = self._prepare(admitted, params.operation_name)
        except DocumentRefused as refused:
            return _request_error(refused.errors, refused.refusal.value, _CAUSES[refused.refusal])
        if read_only and not is_read_only(prepared.operation):
            raise mutation_by_get()
        if params.query is not None and params.document_hash is not None:
            await self.door.automatic.register(caller.apq_owner, params.document_hash, params.query)
        if prepared.operation.operation is OperationType.SUBSCRIPTION:
            if not streams:
                raise subscription_needs_stream()
            return await self._subscribe(prepared, params.variables, _Again(who, caller), admitted.headers)
        context = self._context(caller)
        try:
            async with asyncio.timeout(self.timeout) as deadline:
                result = await self.engine.run(prepared, params.variables, context)
        except VariablesRefused as refused:
            return _request_error(refused.errors, "BAD_USER_INPUT", RequestErrorCause.VARIABLES)
        except TimeoutError:
            if not deadline.expired():
                raise
            raise _timed_out(self.timeout) from None
        finally:
            context.batches.cancel()
        errors = result.errors or []
        if result.data is None and any(isinstance(each.original_error, UNAVAILABLE) for each in errors):
            _log.warning("database unavailable", reason=repr(errors[0].original_error))
            raise _unavailable()
        told = [_field_error(error, caller.request_id) for error in errors]
        return Executed(result.data, told, headers=admitted.headers)

    async def _subscribe(
        self,
        prepared: PreparedOperation,
        variables: Mapping[str, object],
        caller: Callable[[], Caller],
        headers: Mapping[str, str],
    ) -> RequestError | Stream:
        contexts: list[Context] = []

        def context() -> Context:
            contexts[:] = [self._context(caller())]
            return contexts[0]

        try:
            async with asyncio.timeout(self.timeout) as deadline:
                results = await self.engine.subscribe(prepared, variables, context, self.timeout)
        except VariablesRefused as refused:
            return _request_error(refused.errors, "BAD_USER_INPUT", RequestErrorCause.VARIABLES)
        except TimeoutError:
            if not deadline.expired():
                raise
            raise _timed_out(self.timeout) from None
        if isinstance(results, ExecutionResult):
            return _no_source(results.errors or [], caller().request_id)
        return Stream(self._outcomes(results, contexts, caller), headers)

    async def _outcomes(
        self, results: AsyncGenerator[ExecutionResult], contexts: list[Context], caller: Callable[[], Caller]
    ) -> AsyncGenerator[Outcome]:
        try:
            async for result in results:
                yield Executed(result.data, [_field_error(error, caller().request_id) for error in result.errors or ()])
        except TimeoutError:
            raise _timed_out(self.timeout) from None
        finally:
            await results.aclose()
            for each in contexts:
                each.batches.cancel()

    def _context(self, caller: Caller) -> Context:
        return Context(self.database, self.secret, self.clock(), caller.viewer)

    def _prepare(self, admitted: Admitted, name: str | None) -> PreparedOperation:
        """The operation of a document, ready to execute; what is made ready lives as long as the document is known."""
        document = admitted.published or self.documents.prepare(admitted.text)
        operation = document.operation(name)
        operations = self._operations.setdefault(document, {})
        key = operation.name.value if operation.name else None
        if key not in operations:
            operations[key] = self.engine.prepare(document.document, operation)
        return operations[key]


@dataclass(slots=True)
class _Again:
    """Who calls; asked again where the answer is older than a second, for that is how long a revocation may take."""

    who: Callable[[], Caller]
    known: Caller
    until: float = field(default_factory=lambda: time.monotonic() + 1)

    def __call__(self) -> Caller:
        now = time.monotonic()
        if now >= self.until:
            self.known, self.until = self.who(), now + 1
        return self.known


def _no_source(errors: Sequence[GraphQLError], request_id: str | None) -> RequestError:
    """Why there is nothing to listen to (GraphQL specification, section 6.2.3.1: a request error)."""
    if any(isinstance(error.original_error, UNAVAILABLE) for error in errors):
        raise _unavailable()
    return RequestError([_field_error(error, request_id) for error in errors], RequestErrorCause.SOURCE)


def _request_error(errors: Sequence[GraphQLError], code: str, cause: RequestErrorCause) -> RequestError:
    return RequestError([_entry(error, error.message, code) for error in errors], cause)


def _field_error(error: GraphQLError, request_id: str | None) -> ErrorEntry:
    """One field's error as its client may see it; what is not meant for clients goes to the log."""
    original = error.original_error
    if isinstance(original, DomainRefusal):
        return _entry(error, str(original), original.code)
    if isinstance(original, UNAVAILABLE):
        _log.warning("database unavailable", path=error.path, reason=repr(original))
        return _entry(error, "This part of the answer is not available right now; try again.", "SERVICE_UNAVAILABLE")
    if original is None or isinstance(original, GraphQLError):
        return _entry(error, error.message, "BAD_USER_INPUT")
    _log.error("field failed", path=error.path, request_id=request_id, exc_info=original)
    entry = _entry(error, MASKED, Code.INTERNAL_SERVER_ERROR)
    return {**entry, "extensions": {"code": Code.INTERNAL_SERVER_ERROR, "requestId": request_id}}


def _entry(error: GraphQLError, message: str, code: str) -> dict[str, object]:
    entry: dict[str, object] = {"message": message}
    if error.locations:
        entry["locations"] = [{"line": each.line, "column": each.column} for each in error.locations]
    if error.path is not None:
        entry["path"] = error.path
    return {**entry, "extensions": {**(error.extensions or {}), "code": code}}


def _timed_out(seconds: float) -> Refused:
    message = f"The operation took longer than {seconds:g} seconds and was cancelled; ask for less at once."
    return Refused(503, "DEADLINE_EXCEEDED", message, headers=_RETRY_AFTER)


def _unavailable() -> Refused:
    return Refused(503, "SERVICE_UNAVAILABLE", "The database is not available; try again.", headers=_RETRY_AFTER)
