"""Variables: raw values, as a client sent them, to what the operation's types make of them.

Values that are already what a built-in scalar would make of them are taken as they are; whatever else comes goes the
way of graphql-core, so that the values and the errors are the same, only sooner.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from graphql import (
    GraphQLBoolean,
    GraphQLError,
    GraphQLFloat,
    GraphQLID,
    GraphQLInt,
    GraphQLSchema,
    GraphQLString,
    OperationDefinitionNode,
    get_nullable_type,
)
from graphql.execution.get_variable_signature import GraphQLVariableSignature, get_variable_signature
from graphql.execution.values import VariableValues, VariableValueSource, get_variable_values

MAX_ERRORS = 20
"""How many faults of the variables are reported."""

_INT_LIMIT = 2**31

_TAKEN: dict[Any, Callable[[Any], bool]] = {
    GraphQLString: lambda value: value.__class__ is str,
    GraphQLID: lambda value: value.__class__ is str,
    GraphQLBoolean: lambda value: value.__class__ is bool,
    GraphQLInt: lambda value: value.__class__ is int and -_INT_LIMIT <= value < _INT_LIMIT,
    GraphQLFloat: lambda value: value.__class__ is float and math.isfinite(value),
}
"""Built-in scalars, and which values they take as they are."""


class VariablesRefused(Exception):
    """Variables that do not fit the operation, with each fault."""

    def __init__(self, errors: list[GraphQLError]) -> None:
        super().__init__(errors)
        self.errors = errors


class Variables:
    """The variables of one operation."""

    __slots__ = ("_operation", "_schema", "_simple")

    def __init__(self, schema: GraphQLSchema, operation: OperationDefinitionNode) -> None:
        self._schema = schema
        self._operation = operation
        self._simple = _simple(schema, operation)

    def coerce(self, given: Mapping[str, Any], *, suggestions: bool = True) -> VariableValues:
        """The values of the variables (GraphQL specification, section 6.1.2).

        Args:
            given: raw values by name; others than the operation's are passed over.
            suggestions: whether what is wrong with them may name parts of the schema that they do not name.

        Raises:
            VariablesRefused: they do not fit.
        """
        if self._simple is not None:
            sources: dict[str, VariableValueSource] = {}
            coerced: dict[str, Any] = {}
            for name, taken, signature in self._simple:
                if name not in given or not taken(given[name]):
                    break
                coerced[name] = given[name]
                sources[name] = VariableValueSource(signature, given[name])
            else:
                return VariableValues(sources, coerced)
        definitions = self._operation.variable_definitions or ()
        values = get_variable_values(
            self._schema, definitions, dict(given), max_errors=MAX_ERRORS, hide_suggestions=not suggestions
        )
        if isinstance(values, list):
            raise VariablesRefused(values)
        return values


_Simple = list[tuple[str, Callable[[Any], bool], GraphQLVariableSignature]]


def _simple(schema: GraphQLSchema, operation: OperationDefinitionNode) -> _Simple | None:
    """The variables, if all of them are of built-in scalars."""
    simple: _Simple = []
    for definition in operation.variable_definitions or ():
        signature = get_variable_signature(schema, definition)
        if isinstance(signature, GraphQLError):
            return None
        taken = _TAKEN.get(get_nullable_type(signature.type))
        if taken is None:
            return None
        simple.append((signature.name, taken, signature))
    return simple
