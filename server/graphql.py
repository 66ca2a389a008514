"""What the GraphQL endpoint executes: a request in, an outcome out."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

import structlog
from graphql import GraphQLError
from starlette.requests import Request

from db.database import Database
from db.failures import UNAVAILABLE
from domain.errors import Refusal as DomainRefusal
from execution.engine import Engine, PreparedOperation
from execution.variables import VariablesRefused
from persisted_queries.documents import DocumentCache, DocumentRefused, PreparedDocument, Refusal, is_read_only
from resolvers.context import Context
from server.admitting import Admitted, Door
from server.calling import Caller, identify
from server.http.answer import ErrorEntry, Executed, Outcome, RequestError, RequestErrorCause
from server.http.params import GraphQLParams
from server.http.refusals import Code, Refused, mutation_by_get
from server.http.request_id import request_id_of

Operations = WeakKeyDictionary[PreparedDocument, dict[str | None, PreparedOperation]]
"""The operations of each document that is remembered, by name."""

_CAUSES = {
    Refusal.SYNTAX: RequestErrorCause.SYNTAX,
    Refusal.VALIDATION: RequestErrorCause.VALIDATION,
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

    async def execute(self, params: GraphQLParams, *, read_only: bool, request: Request) -> Outcome:
        """Execute the one operation of an HTTP request.

        Raises:
            Refused: the API key is none; and what `perform` raises.
        """
        caller = identify(request.headers, self.door.registry(), request_id_of(request.scope))
        return await self.perform(params, caller, read_only=read_only)

    async def perform(self, params: GraphQLParams, caller: Caller, *, read_only: bool) -> Outcome:
        """Execute one operation for a caller, whichever way it came.

        Raises:
            Refused: the policy forbids the document, or it is not known; a mutation came by a safe method; the
                operation took too long; the database is away.
        """
        admitted = await self.door.admit(params.document, caller)
        try:
            prepared = self._prepare(admitted, params.operation_name)
        except DocumentRefused as refused:
            return _request_error(refused.errors, refused.refusal.value, _CAUSES[refused.refusal])
        if read_only and not is_read_only(prepared.operation):
            raise mutation_by_get()
        if params.query is not None and params.document_hash is not None:
            await self.door.automatic.register(caller.apq_owner, params.document_hash, params.query)
        context = Context(self.database, self.secret, self.clock(), caller.viewer)
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

    def _prepare(self, admitted: Admitted, name: str | None) -> PreparedOperation:
        """The operation of a document, ready to execute; what is made ready lives as long as the document is known."""
        document = admitted.published or self.documents.prepare(admitted.text)
        operation = document.operation(name)
        operations = self._operations.setdefault(document, {})
        key = operation.name.value if operation.name else None
        if key not in operations:
            operations[key] = self.engine.prepare(document.document, operation)
        return operations[key]


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
