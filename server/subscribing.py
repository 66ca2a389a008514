"""A subscription: its source, and a result for each of its events.

It lasts, and what it was opened with may not: a token is revoked, a release retired, a policy changed. So who listens,
and whether they may, is asked again before an event is shown, and while there is none. Each event is charged like an
operation, and goes through the gate like one, since it is executed like one; but it is not turned away there, or all
who listen would come again at once.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

from graphql import ExecutionResult, GraphQLError

from db.failures import UNAVAILABLE
from execution.engine import Engine, PreparedOperation
from resolvers.context import Context
from server.calling import Caller
from server.errors import field_error, timed_out, unavailable
from server.gate import Gate
from server.http.answer import Executed, Outcome, RequestError, RequestErrorCause, Stream
from server.http.refusals import Refused

CHECK_SECONDS: Final = 1.0
"""For how long it is taken as known who calls: no longer may a revocation take to be heeded."""

IDLE_SECONDS: Final = 2.0
"""How often it is asked who calls while nothing happens: within so long a subscription ends that may not go on."""

_NOT_KNOWN: Final = 503
"""The status of a refusal for which nothing is wrong with the caller: nothing is shown, and nothing ends."""

Who = Callable[[], Awaitable[Caller]]
"""Says who calls, by the credentials that were sent; refuses those that are valid no longer."""

Charged = Callable[[Caller], AbstractAsyncContextManager[Context]]
"""Charges a caller for what is then done with the context, and gives back what was charged too much."""


@dataclass(frozen=True, slots=True)
class Subscribing:
    """A subscription that is to be opened.

    Attributes:
        engine: executes operations.
        prepared: a subscription.
        variables: raw values, as they came.
        who: says who calls, and refuses those who may not go on.
        charged: charges for opening the source, and for each event.
        gate: lets events through with all other operations.
        timeout: the longest that the source may take to open, and the result of one event, in seconds.
    """

    engine: Engine
    prepared: PreparedOperation
    variables: Mapping[str, Any]
    who: Who
    charged: Charged
    gate: Gate
    timeout: float

    async def open(self, caller: Caller, headers: Mapping[str, str]) -> RequestError | Stream:
        """Open the source.

        Args:
            caller: as `who` has just said; it is inside the gate.
            headers: of the answer.

        Raises:
            VariablesRefused: the variables do not fit.
            Refused: it cannot be paid for; it took too long; the database is away.
        """
        known, until = caller, time.monotonic() + CHECK_SECONDS

        @asynccontextmanager
        async def around() -> AsyncGenerator[Context]:
            nonlocal known, until
            if time.monotonic() >= until:
                known, until = await self.who(), time.monotonic() + CHECK_SECONDS
            async with self.gate.patiently(), self.charged(known) as context:
                yield context

        try:
            async with asyncio.timeout(self.timeout) as deadline, self.charged(caller) as context:
                results = await self.engine.subscribe(self.prepared, self.variables, context, around, self.timeout)
        except TimeoutError:
            if not deadline.expired():
                raise
            raise timed_out(self.timeout) from None
        if isinstance(results, ExecutionResult):
            return _no_source(results.errors or (), caller.request_id)
        return Stream(self._outcomes(results, caller.request_id), headers, caller.expires_at)

    async def _outcomes(
        self, results: AsyncGenerator[ExecutionResult], request_id: str | None
    ) -> AsyncGenerator[Outcome]:
        try:
            while (result := await self._next(results)) is not None:
                yield Executed(result.data, [field_error(error, request_id) for error in result.errors or ()])
        except TimeoutError:
            raise timed_out(self.timeout) from None
        finally:
            await results.aclose()

    async def _next(self, results: AsyncGenerator[ExecutionResult]) -> ExecutionResult | None:
        """The next result; None where there are no more.

        Raises:
            Refused: the caller may not go on.
        """
        coming = asyncio.ensure_future(anext(results, None))
        try:
            while not (await asyncio.wait({coming}, timeout=IDLE_SECONDS))[0]:
                await self._look()
            return coming.result()
        finally:
            if coming.cancel():
                await asyncio.wait({coming})

    async def _look(self) -> None:
        try:
            await self.who()
        except Refused as refused:
            if refused.status != _NOT_KNOWN:
                raise


def _no_source(errors: Sequence[GraphQLError], request_id: str | None) -> RequestError:
    """Why there is nothing to listen to (GraphQL specification, section 6.2.3.1: a request error)."""
    if any(isinstance(error.original_error, UNAVAILABLE) for error in errors):
        raise unavailable()
    return RequestError([field_error(error, request_id) for error in errors], RequestErrorCause.SOURCE)
