"""What the GraphQL endpoint executes: a request in, an outcome out."""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import structlog
from graphql import GraphQLError, OperationType
from starlette.requests import Request

from auth.viewer import ANONYMOUS
from db.database import Database
from db.failures import UNAVAILABLE
from domain.errors import Refusal as DomainRefusal
from execution.engine import VariablesRefused
from persisted_queries.caching import CacheHint
from persisted_queries.documents import DocumentRefused, Refusal, is_read_only
from resolvers.context import Context
from server.admitting import Admitted, Door
from server.calling import Caller, Callers, uncertain
from server.http.answer import ErrorEntry, Executed, Outcome, RequestError, RequestErrorCause
from server.http.caching import Freshness
from server.http.params import GraphQLParams
from server.http.refusals import Code, Refused, mutation_by_get
from server.http.request_id import request_id_of
from server.preparing import Preparation

_CAUSES = {
    Refusal.SYNTAX: RequestErrorCause.SYNTAX,
    Refusal.VALIDATION: RequestErrorCause.VALIDATION,
    Refusal.LIMIT: RequestErrorCause.VALIDATION,
    Refusal.INTROSPECTION: RequestErrorCause.VALIDATION,
    Refusal.OPERATION: RequestErrorCause.OPERATION,
}
_MASKED = "Something went wrong on the server's side. Name the request id when you report it."
_RETRY_AFTER = {"Retry-After": "2"}

_log = structlog.get_logger(__name__)


def _utcnow() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphQLServer:
    """Executes documents on the schema, over a database.

    Attributes:
        preparation: Prepares operations.
        database: Where rows are read from.
        secret: Signs cursors.
        timeout: The longest that one operation may take, in seconds.
        door: Admits requests for documents.
        callers: Knows callers by their credentials.
        clock: Says what time it is, once an operation.
    """

    preparation: Preparation
    database: Database
    secret: bytes
    timeout: float
    door: Door
    callers: Callers = field(default_factory=Callers)
    clock: Callable[[], dt.datetime] = _utcnow

    async def execute(self, params: GraphQLParams, *, read_only: bool, request: Request) -> Outcome:
        """Execute the one operation of an HTTP request.

        Raises:
            Refused: a credential is not valid; and what `perform` raises.
        """
        caller = await self.callers.of_headers(request.headers, request_id_of(request.scope))
        return await self.perform(params, caller, read_only=read_only)

    async def perform(self, params: GraphQLParams, caller: Caller, *, read_only: bool) -> Outcome:
        """Execute one operation for a caller, whichever way it came.

        Raises:
            Refused: the policy forbids the document, or it is not known; a mutation came by a safe method; the
                operation took too long; the database is away.
        """
        started = time.perf_counter()
        admitted = await self.door.admit(params.document, caller)
        failed = True
        try:
            outcome = await self._run(params, admitted, caller, read_only=read_only)
            failed = bool(outcome.errors)
        finally:
            operation, taken = admitted.operation, time.perf_counter() - started
            cost = 0 if operation is None else operation.analysis.cost.of(params.variables)
            self.door.usage.answered(admitted.called, taken, failed=failed, cost=cost)
        return outcome

    async def _run(self, params: GraphQLParams, admitted: Admitted, caller: Caller, *, read_only: bool) -> Outcome:
        try:
            return await self._perform(admitted, params, caller, read_only=read_only)
        except DocumentRefused as refused:
            return _request_error(refused.errors, refused.refusal.value, _CAUSES[refused.refusal])
        except VariablesRefused as refused:
            return _request_error(refused.errors, "BAD_USER_INPUT", RequestErrorCause.VARIABLES)

    async def _perform(self, admitted: Admitted, params: GraphQLParams, caller: Caller, *, read_only: bool) -> Executed:
        curious = self.door.may_introspect(caller)
        operation = self.preparation.operation(admitted, params.operation_name, introspection=curious)
        prepared, engine = operation.prepared, self.preparation.engine
        if read_only and not is_read_only(prepared.operation):
            raise mutation_by_get()
        if not caller.is_certain and prepared.operation.operation is OperationType.MUTATION:
            raise uncertain()
        if params.query is not None and params.document_hash is not None:
            await self.door.automatic.register(caller.apq_owner, params.document_hash, params.query)
        coerced = engine.coerce(prepared.operation, params.variables, suggestions=curious)
        if admitted.published is None:
            self.preparation.check_cost(operation, operation.cost.of(coerced.coerced), coerced.coerced)
        context = Context(self.database, self.secret, self.clock(), caller.viewer)
        try:
            async with asyncio.timeout(self.timeout) as deadline:
                result = await engine.execute(prepared, coerced, params.variables, context)
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
        return Executed(result.data, told, headers=admitted.headers, freshness=_freshness(operation.hint, caller))


def _freshness(hint: CacheHint, caller: Caller) -> Freshness | None:
    """For how long an answer may be kept.

    Which rows there are depends on the viewer, so what others than the public see has to be confirmed each time. What a
    client asks for by its key is kept for itself alone: caches on the way do not all heed `Vary`.
    """
    if hint.private:
        return None
    if caller.viewer != ANONYMOUS:
        return Freshness(0, shared=False)
    return Freshness(hint.max_age, shared=caller.client is None)


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
    entry = _entry(error, _MASKED, Code.INTERNAL_SERVER_ERROR)
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
