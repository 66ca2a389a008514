"""Run a valid operation over a schema."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    execute,
)
from graphql.execution.values import get_variable_values

MAX_COERCION_ERRORS = 20
"""How many faults of the variables are reported."""


class VariablesRefused(Exception):
    """Variables that do not fit the operation, with each fault."""

    def __init__(self, errors: list[GraphQLError]) -> None:
        super().__init__(errors)
        self.errors = errors


async def run(
    schema: GraphQLSchema,
    document: DocumentNode,
    operation: OperationDefinitionNode,
    variables: Mapping[str, Any],
    context: object,
) -> ExecutionResult:
    """Execute one operation of a document that was validated against this schema.

    Args:
        schema: what the document was validated against.
        document: holds the operation and its fragments.
        operation: the one to execute.
        variables: raw values, as they came.
        context: handed to every resolver.

    Returns:
        Data, and the errors of fields that failed; `data` is None when a failure reached the root.

    Raises:
        VariablesRefused: the variables do not fit; nothing was executed.
    """
    coerced = get_variable_values(
        schema, operation.variable_definitions or (), dict(variables), max_errors=MAX_COERCION_ERRORS
    )
    if isinstance(coerced, list):
        raise VariablesRefused(coerced)
    result = execute(
        schema,
        document,
        context_value=context,
        variable_values=dict(variables),
        operation_name=operation.name.value if operation.name else None,
    )
    return await result if inspect.isawaitable(result) else result
