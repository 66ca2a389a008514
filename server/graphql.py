"""What the GraphQL endpoint executes: a request in, an outcome out."""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import partial

import structlog
from graphql import ExecutionResult, OperationType
from starlette.requests import Request

from auth.check_in_codes import NO_KEYS, CheckInKeys
from auth.explaining import ExplainTo
from auth.viewer import ANONYMOUS
from db.database import Database
from db.deployment import Within
from db.failures import UNAVAILABLE
from db.once import Once
from domain.sales import Terms
from execution.variables import VariablesRefused
from integrations.feature_flags import Evaluations, Flags
from integrations.payments.port import NO_PAYMENTS, Payments
from persisted_queries.caching import CacheHint
from persisted_queries.documents import DocumentRefused, Refusal, is_read_only
from resolvers.context import Context, Touched
from resolvers.watching import Watch
from server.admitting import Admitted, Door
from server.caching.recollection import Recollection
from server.caching.responses import ResponseCache
from server.caching.store import Key
from server.calling import Caller, Callers, actor_of, uncertain
from server.charging import Charging, Receipt, address_of
from server.errors import ContractBroken, contract_error, field_error, request_error, timed_out, unavailable
from server.explain import Explaining
from server.flagging import subject_of
from server.gate import Gate
from server.http.answer import Executed, Kept, Outcome, RequestErrorCause, Stream
from server.http.caching import Freshness
from server.http.negotiate import accepts_events, parse_accept
from server.http.params import GraphQLParams
from server.http.refusals import (
    Refused,
    explanation_refused,
    mutation_by_get,
    only_queries_are_explained,
    subscription_needs_stream,
)
from server.http.request_id import request_id_of
from server.idempotency import answer_once, once_of
from server.metrics import Timings
from server.preparing import Operation, Preparation, Variables
from server.subscribing import Subscribing, Who

_CAUSES = {
    Refusal.SYNTAX: RequestErrorCause.SYNTAX,
    Refusal.VALIDATION: RequestErrorCause.VALIDATION,
    Refusal.LIMIT: RequestErrorCause.VALIDATION,
    Refusal.INTROSPECTION: RequestErrorCause.VALIDATION,
    Refusal.OPERATION: RequestErrorCause.OPERATION,
}

_SERVERS_FAULT = 500
"""What is refused with a lower status is refused before anything runs."""

_log = structlog.get_logger(__name__)


def _utcnow() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


@dataclass(frozen=True, slots=True)
class Call:
    """An operation that may be executed for a caller, as it was admitted, and what that costs at most."""

    operation: Operation
    variables: Variables
    params: GraphQLParams
    caller: Caller
    admitted: Admitted
    cost: int
    flags: Evaluations

    @property
    def key(self) -> Key:
        """What its answer is kept under: the same for all who are answered the same."""
        said = bytes(self.flags.is_on(flag) for flag in self.operation.flags)
        return self.operation.identity, self.variables.canonical + said

    @property
    def wants_cost(self) -> bool:
        """Whether the answer is to say what it has cost."""
        return self.params.extensions.get("cost") is True

    @property
    def wants_explanation(self) -> bool:
        """Whether the answer is to say how it was come by."""
        return self.params.extensions.get("explain") is True

    @property
    def wants_more(self) -> bool:
        """Whether the answer is to say what no other answer to the same operation says."""
        return self.wants_cost or self.wants_explanation


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
        responses: Keeps what may be kept; None to execute every operation.
        charging: Charges callers for operations; None where nothing is charged.
        gate: Lets so many operations through at once.
        clock: Says what time it is, once an operation.
        watch: What subscriptions listen to.
        payments: Whom to pay by.
        flags: Which features are on for whom.
        within: What the deployment shows; None for everything.
        timings: Counts how long operations take.
        check_in_keys: Sign codes for the door.
        terms: On which is sold.
        explains_to: Who may ask how an answer is come by.
    """

    preparation: Preparation
    database: Database
    secret: bytes
    timeout: float
    door: Door
    callers: Callers = field(default_factory=Callers)
    responses: ResponseCache | None = None
    charging: Charging | None = None
    gate: Gate = field(default_factory=Gate)
    clock: Callable[[], dt.datetime] = _utcnow
    watch: Watch | None = None
    payments: Payments = NO_PAYMENTS
    flags: Flags = field(default_factory=Flags)
    within: Within | None = None
    timings: Timings = field(default_factory=Timings)
    check_in_keys: CheckInKeys = NO_KEYS
    terms: Terms = field(default_factory=Terms)
    explains_to: ExplainTo = ExplainTo.ADMINISTRATORS

    async def execute(self, params: GraphQLParams, *, read_only: bool, request: Request) -> Outcome | Stream:
        """Execute the one operation of an HTTP request.

        Raises:
            Refused: a credential is not valid; and what `open` raises.
        """
        who = partial(self.callers.of_headers, request.headers, request_id_of(request.scope), address_of(request.scope))
        streams = request.method != "HEAD" and accepts_events(parse_accept(request.headers.getlist("accept")))
        caller = await who()
        keys = request.headers.getlist("idempotency-key")
        if keys:
            caller = replace(caller, idempotency_key=", ".join(keys))
        return await self.open(params, caller, read_only=read_only, again=who if streams else None)

    async def perform(self, params: GraphQLParams, caller: Caller, *, read_only: bool) -> Outcome:
        """Execute one query or mutation for a caller, whichever way it came.

        Raises:
            Refused: as `open` does; and for a subscription.
        """
        outcome = await self.open(params, caller, read_only=read_only)
        assert not isinstance(outcome, Stream), "nobody is asked again"
        return outcome

    async def open(
        self, params: GraphQLParams, caller: Caller, *, read_only: bool, again: Who | None = None
    ) -> Outcome | Stream:
        """Execute one operation, or begin to, if it is a subscription.

        Args:
            params: they name a document.
            caller: who calls.
            read_only: whether a mutation is refused.
            again: says who calls, or refuses them, whenever an event is to be shown; None where there can be no more
                than one result.

        Raises:
            Refused: the policy forbids the document, or it is not known; a mutation came by a safe method; the
                operation took too long; the database is away.
        """
        async with self.gate:
            return await self._open(params, caller, read_only=read_only, again=again)

    async def _open(
        self, params: GraphQLParams, caller: Caller, *, read_only: bool, again: Who | None
    ) -> Outcome | Stream:
        started, usage = time.perf_counter(), self.door.usage
        admitted = await self.door.admit(params.document, caller)
        ran, failed, cost = True, True, 0
        try:
            await self._charge_reading(admitted, caller)
            call = self._checked(admitted, params, caller, read_only=read_only)
            cost = call.cost
            outcome = await self._perform(call, read_only=read_only, again=again)
            failed = not isinstance(outcome, Stream) and bool(outcome.errors)
        except DocumentRefused as refused:
            outcome = request_error(refused.errors, refused.refusal.value, _CAUSES[refused.refusal])
        except VariablesRefused as refused:
            outcome = request_error(refused.errors, "BAD_USER_INPUT", RequestErrorCause.VARIABLES)
        except ContractBroken as contract:
            outcome = contract_error(contract.broken)
        except Refused as refused:
            ran = refused.status >= _SERVERS_FAULT
            raise
        finally:
            if ran:
                taken = time.perf_counter() - started
                usage.answered(admitted.called, taken, failed=failed, cost=cost)
                self.timings.add(taken, failed=failed)
            else:
                usage.refused(admitted.called)
        return outcome

    async def _perform(self, call: Call, *, read_only: bool, again: Who | None) -> Outcome | Stream:
        operation, params, caller = call.operation, call.params, call.caller
        if params.query is not None and params.document_hash is not None:
            await self.door.register(params.query, params.document_hash, caller)
        if operation.prepared.operation.operation is OperationType.SUBSCRIPTION:
            if again is None:
                raise subscription_needs_stream()
            return await self._subscribing(call, again).open(caller, call.admitted.headers)
        freshness = _freshness(operation.hint, caller)
        if freshness is None or freshness.max_age == 0 or call.wants_more or not read_only or self.responses is None:
            return await self._execute_now(call, freshness)
        return await self._recall(self.responses, call, freshness)

    def _subscribing(self, call: Call, again: Who) -> Subscribing:
        async def who() -> Caller:
            caller = await again()
            self.door.admit_still(call.admitted, call.params.document, caller)
            return caller

        @asynccontextmanager
        async def charged(caller: Caller) -> AsyncGenerator[Context]:
            context = self.context_for(caller)
            receipt = await self._charge(replace(call, caller=caller), context)
            try:
                yield context
            finally:
                context.batches.cancel()
            if receipt is not None and self.charging is not None:
                self.charging.settle(receipt, context.spent)

        prepared, variables = call.operation.prepared, call.params.variables
        return Subscribing(self.preparation.engine, prepared, variables, who, charged, self.gate, self.timeout)

    def _checked(self, admitted: Admitted, params: GraphQLParams, caller: Caller, *, read_only: bool) -> Call:
        """What is to be executed: all that can be refused without asking anyone is not."""
        curious = self.door.may_introspect(caller)
        operation = self.preparation.operation(admitted, params.operation_name, introspection=curious)
        node = operation.prepared.operation
        if read_only and not is_read_only(node):
            raise mutation_by_get()
        if not caller.is_certain and node.operation is OperationType.MUTATION:
            raise uncertain()
        variables = self.preparation.variables(operation, params.variables, suggestions=curious)
        if admitted.operation is None:
            self.preparation.check_cost(operation, variables.values.coerced)
        elif broken := admitted.operation.analysis.broken_limits(variables.values.coerced):
            raise ContractBroken(broken)
        if operation.notice is not None:
            self.door.usage.deprecated(admitted.called)
            admitted = admitted.noticed(operation.notice)
        cost = operation.cost.of(variables.values.coerced)
        call = Call(operation, variables, params, caller, admitted, cost, self.flags.of(subject_of(caller)))
        if call.wants_explanation and not self.explains_to.allows(caller.viewer):
            raise explanation_refused()
        if call.wants_explanation and node.operation is not OperationType.QUERY:
            raise only_queries_are_explained()
        return call

    async def _execute_now(self, call: Call, freshness: Freshness | None) -> Executed | Kept:
        node, request = call.operation.prepared.operation, (call.operation.identity, call.variables.canonical)
        once = once_of(call.caller, node, call.variables.values, request, self.clock())
        executed = await self._execute(call, once=once)
        headers = {**call.admitted.headers, **executed.headers}
        if once is not None:
            return await answer_once(self.database, once, replace(executed, headers=headers))
        return replace(executed, headers=headers, freshness=None if call.wants_more else freshness)

    async def _recall(self, responses: ResponseCache, call: Call, freshness: Freshness) -> Executed | Kept:
        """Answer with what is at hand, which costs nothing; or execute once for all who ask meanwhile."""
        key = call.key
        found, headers = responses.find(key), call.admitted.headers
        if found is None:
            paid: dict[str, str] = {}

            async def make(touched: Touched | None) -> Executed:
                executed = await self._execute(call, touched)
                paid.update(executed.headers)
                return replace(executed, headers={})

            made = await responses.answer(key, freshness.max_age, make)
            headers = {**headers, **paid}
            if isinstance(made, Executed):
                return replace(made, headers=headers)
            found = made
        again = self._again(responses, call, freshness)
        return Kept(found.entry.content, found.freshness(freshness, responses.stale_seconds), headers, again)

    def _again(self, responses: ResponseCache, call: Call, freshness: Freshness) -> Callable[[], Kept | None] | None:
        """The short way to the same answer, unless something has to be told of each request for it."""
        client = call.caller.client
        if (self.door.policy if client is None else client.policy).log_only:
            return None
        if call.operation.flags:  # they may change, and with them which answer it is
            return None
        if call.caller.token is not None:  # it is good until it expires or is revoked: it is read each time
            return None
        return Recollection(
            responses=responses,
            key=call.key,
            freshness=freshness,
            headers=call.admitted.headers,
            door=self.door,
            version=None if client is None else self.door.registry().version,
            called=call.admitted.called,
            cost=call.cost,
            deprecated=call.operation.notice is not None,
        ).again

    async def _execute(self, call: Call, touched: Touched | None = None, once: Once | None = None) -> Executed:
        """Charge and execute; the header fields say what that has cost."""
        context = self.context_for(call.caller, call.flags)
        context.touched, context.once = touched, once
        receipt = await self._charge(call, context)
        extensions: dict[str, object] = {}
        result = await self._result(call, context, extensions)
        errors = [field_error(error, call.caller.request_id) for error in result.errors or ()]
        if receipt is None or self.charging is None:
            return Executed(result.data, errors, extensions=extensions)
        receipt, actual = self.charging.settle(receipt, context.spent)
        if call.wants_cost:
            extensions["cost"] = receipt.extension(actual)
        return Executed(result.data, errors, extensions=extensions, headers=receipt.headers())

    async def _charge_reading(self, admitted: Admitted, caller: Caller) -> None:
        """Charge for a text that nobody has sent before, ahead of reading it: most of what is refused costs just that.

        Raises:
            Refused: 429, 400: it cannot be paid for.
        """
        points = 0 if self.charging is None else self.preparation.cost_of_reading(admitted)
        if points and self.charging is not None:
            await self.charging.charge(caller, points, "Reading a text of this length")

    async def _charge(self, call: Call, context: Context) -> Receipt | None:
        if self.charging is None:
            return None
        coerced = call.variables.values.coerced
        receipt = await self.charging.charge(call.caller, call.cost)
        if call.operation.nodes is not None:
            context.rate_limit = receipt.status(context.now, call.operation.nodes.of(coerced))
        return receipt

    async def _result(self, call: Call, context: Context, extensions: dict[str, object]) -> ExecutionResult:
        """What executing comes to, within its time; if it is to be explained, how goes into `extensions`."""
        prepared, coerced, raw = call.operation.prepared, call.variables.values, call.params.variables
        try:
            async with asyncio.timeout(self.timeout) as deadline:
                if call.wants_explanation:
                    explaining = Explaining()
                    result, told = await explaining.execute(prepared.document, prepared.operation, raw, context)
                    extensions["explain"] = told.as_json()
                else:
                    result = await self.preparation.engine.execute(prepared, coerced, raw, context)
        except TimeoutError:
            if not deadline.expired():
                raise
            raise timed_out(self.timeout) from None
        finally:
            context.batches.cancel()
        errors = result.errors or []
        if result.data is None and any(isinstance(each.original_error, UNAVAILABLE) for each in errors):
            _log.warning("database unavailable", reason=repr(errors[0].original_error))
            raise unavailable()
        return result

    def context_for(self, caller: Caller, flags: Evaluations | None = None) -> Context:
        """What resolvers are handed on behalf of a caller.

        Args:
            caller: who asks.
            flags: what flags come to for them, where that is known already.
        """
        return Context(
            self.database,
            self.secret,
            self.clock(),
            caller.viewer,
            watch=self.watch,
            actor=actor_of(caller),
            payments=self.payments,
            keys=self.check_in_keys,
            terms=self.terms,
            flags=flags or self.flags.of(subject_of(caller)),
            within=self.within,
            revokes=self.callers.revokes,
        )


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
