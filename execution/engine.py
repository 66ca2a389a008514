"""The engine: prepares operations once, and executes them breadth-first as often as they are asked for."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncGenerator, AsyncIterable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    execute,
)
from graphql.execution import create_source_event_stream
from graphql.execution.executor import Executor
from graphql.execution.values import VariableValues

from execution.breadth import BreadthFirst
from execution.plan import Describe, Uses
from execution.planner import Planner, Unplannable
from execution.variables import Variables


@dataclass(frozen=True, slots=True)
class PreparedOperation:
    """An operation that was validated against a schema, and its plans as far as they were needed."""

    document: DocumentNode
    operation: OperationDefinitionNode
    variables: Variables
    planner: Planner


class Engine:
    """Executes operations over one schema.

    Attributes:
        schema: what documents are validated against.
        fallbacks: how many executions went to graphql-core, because only it could take them.
    """

    def __init__(
        self, schema: GraphQLSchema, describe: Describe, tell: Callable[[Any, Uses], None] | None = None
    ) -> None:
        """Take a schema, and how its fields are resolved.

        Args:
            schema: what documents are validated against.
            describe: how each of its fields is resolved.
            tell: hands a context what the plan takes from rows, before it is executed.
        """
        self.schema = schema
        self._describe = describe
        self._tell = tell
        self.fallbacks = 0

    def prepare(self, document: DocumentNode, operation: OperationDefinitionNode) -> PreparedOperation:
        """Get ready to execute an operation of a valid document."""
        variables = Variables(self.schema, operation)
        return PreparedOperation(
            document, operation, variables, Planner(self.schema, document, operation, self._describe)
        )

    async def run(
        self, prepared: PreparedOperation, variables: Mapping[str, Any], context: object, root_value: object = None
    ) -> ExecutionResult:
        """Execute a prepared operation.

        Args:
            prepared: what `prepare` made.
            variables: raw values, as they came.
            context: handed to every resolver.
            root_value: the parent of the root fields.

        Returns:
            Data, and the errors of fields that failed; `data` is None when a failure reached the root.

        Raises:
            VariablesRefused: the variables do not fit; nothing was executed.
        """
        return await self.execute(prepared, prepared.variables.coerce(variables), variables, context, root_value)

    async def execute(
        self,
        prepared: PreparedOperation,
        coerced: VariableValues,
        variables: Mapping[str, Any],
        context: object,
        root_value: object = None,
    ) -> ExecutionResult:
        """Execute a prepared operation with variables that were coerced, which are handed over raw as well."""
        try:
            plan = prepared.planner.plan(coerced)
        except GraphQLError as error:
            return ExecutionResult(None, [error])
        except (Unplannable, RecursionError):  # the planner goes deeper into the stack than graphql-core does
            self.fallbacks += 1
            return await run_by_core(self.schema, prepared.document, prepared.operation, variables, context, root_value)
        if self._tell is not None:
            self._tell(context, plan.uses)
        return await BreadthFirst(plan, coerced, context, root_value).execute()

    async def subscribe(
        self,
        prepared: PreparedOperation,
        variables: Mapping[str, Any],
        context: object,
        around: Callable[[], AbstractAsyncContextManager[object]],
        seconds: float | None = None,
    ) -> AsyncGenerator[ExecutionResult] | ExecutionResult:
        """Subscribe (GraphQL specification, section 6.2.3): a result for every event of the source.

        Args:
            prepared: a subscription.
            variables: raw values, as they came.
            context: for opening the source.
            around: stands around the execution of every event, and gives it its context.
            seconds: the longest that the result of one event may take, with what stands around it.

        Returns:
            The results, to be closed when nobody wants them any more; or the errors for which there is no source.
            Where a result takes too long, they end with a `TimeoutError`.

        Raises:
            VariablesRefused: the variables do not fit; nothing was subscribed to.
        """
        prepared.variables.coerce(variables)
        name = prepared.operation.name
        executor = Executor.build(
            self.schema,
            prepared.document,
            context_value=context,
            raw_variable_values=dict(variables),
            operation_name=name.value if name else None,
        )
        if isinstance(executor, list):
            return ExecutionResult(None, executor)
        source = create_source_event_stream(executor)
        events = await source if inspect.isawaitable(source) else source
        if isinstance(events, ExecutionResult):
            return events
        return self._results(prepared, variables, around, events, seconds)

    async def _results(
        self,
        prepared: PreparedOperation,
        variables: Mapping[str, Any],
        around: Callable[[], AbstractAsyncContextManager[object]],
        events: AsyncIterable[Any],
        seconds: float | None,
    ) -> AsyncGenerator[ExecutionResult]:
        try:
            async for event in events:
                async with asyncio.timeout(seconds), around() as context:
                    result = await self.run(prepared, variables, context, event)
                yield result
        finally:
            close = getattr(events, "aclose", None)
            if close is not None:
                await close()


async def run_by_core(
    schema: GraphQLSchema,
    document: DocumentNode,
    operation: OperationDefinitionNode,
    variables: Mapping[str, Any],
    context: object,
    root_value: object = None,
) -> ExecutionResult:
    """Execute an operation by graphql-core, object by object."""
    result = execute(
        schema,
        document,
        root_value,
        context,
        dict(variables),
        operation.name.value if operation.name else None,
    )
    return await result if inspect.isawaitable(result) else result
