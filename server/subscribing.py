"""A subscription: its source, and a result for each of its events."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from graphql import ExecutionResult, GraphQLError

from db.failures import UNAVAILABLE
from execution.engine import Engine, PreparedOperation
from resolvers.context import Context
from server.calling import Caller
from server.errors import field_error, timed_out, unavailable
from server.http.answer import Executed, Outcome, RequestError, RequestErrorCause, Stream

CHECK_SECONDS: Final = 1.0
"""For how long it is taken as known who calls: no longer may a revocation take to be heeded."""

Who = Callable[[], Awaitable[Caller]]
"""Says who calls, by the credentials that were sent; refuses those that are valid no longer."""


@dataclass(slots=True)
class Subscribing:
    """A subscription that is to be opened.

    Attributes:
        engine: executes operations.
        prepared: a subscription.
        variables: raw values, as they came.
        context_of: makes a context for a caller.
        who: says who calls.
        timeout: the longest that the source may take to open, and the result of one event, in seconds.
    """

    engine: Engine
    prepared: PreparedOperation
    variables: Mapping[str, Any]
    context_of: Callable[[Caller], Context]
    who: Who
    timeout: float
    _context: Context | None = None

    async def open(self, caller: Caller, headers: Mapping[str, str]) -> RequestError | Stream:
        """Open the source.

        Args:
            caller: as `who` has just said.
            headers: of the answer.

        Raises:
            VariablesRefused: the variables do not fit.
            Refused: it took too long; the database is away.
        """
        known, until = caller, time.monotonic() + CHECK_SECONDS

        async def context() -> Context:
            nonlocal known, until
            if time.monotonic() >= until:
                known, until = await self.who(), time.monotonic() + CHECK_SECONDS
            self._context = self.context_of(known)
            return self._context

        try:
            async with asyncio.timeout(self.timeout) as deadline:
                results = await self.engine.subscribe(self.prepared, self.variables, context, self.timeout)
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
            async for result in results:
                yield Executed(result.data, [field_error(error, request_id) for error in result.errors or ()])
        except TimeoutError:
            raise timed_out(self.timeout) from None
        finally:
            await results.aclose()
            if self._context is not None:
                self._context.batches.cancel()


def _no_source(errors: Sequence[GraphQLError], request_id: str | None) -> RequestError:
    """Why there is nothing to listen to (GraphQL specification, section 6.2.3.1: a request error)."""
    if any(isinstance(error.original_error, UNAVAILABLE) for error in errors):
        raise unavailable()
    return RequestError([field_error(error, request_id) for error in errors], RequestErrorCause.SOURCE)
