"""Leaves: values of a whole level to what JSON can hold, in one tight loop a type.

A value that is exactly what its built-in scalar answers is passed through; every other goes the way that graphql-core
goes, so that the answer is the same, only sooner.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from graphql import (
    GraphQLBoolean,
    GraphQLFloat,
    GraphQLID,
    GraphQLInt,
    GraphQLLeafType,
    GraphQLString,
    Undefined,
)
from graphql.pyutils import inspect

from execution.failed import Failed, all_plain

Complete = Callable[[Sequence[Any], list[Failed]], list[Any]]
"""Values, of which any may be None or an exception, to leaves, None, and `Failed`.

What is not as it should be, a null that may not be among it, is noted in the second argument.
"""

One = Callable[[Any, list[Failed]], Any]

_INT_LIMIT = 2**31

NULL = Failed(TypeError("null where null may not be"))
"""Notes that a null stands where none may; the walk that puts things in order finds out where."""


def completer_of(leaf: GraphQLLeafType, *, non_null: bool) -> Complete:
    """How the values of a scalar or an enum become leaves."""
    coerce = leaf.coerce_output_value

    def one(value: Any, failures: list[Failed]) -> Any:  # noqa: ANN401 - any value
        if value is None or value is Undefined:
            if non_null:
                failures.append(NULL)
            return None
        leaf_value = Failed(value) if isinstance(value, Exception) else _coerced(leaf, value)
        if isinstance(leaf_value, Failed):
            failures.append(leaf_value)
        return leaf_value

    if leaf in _PASSING:
        return _PASSING[leaf](one)

    def many(values: Sequence[Any], failures: list[Failed]) -> list[Any]:
        if all_plain(values):
            try:
                coerced = list(map(coerce, values))
            except Exception:  # noqa: BLE001 - which value it was is found out one by one
                coerced = [None]
            if len(coerced) == len(values) and all_plain(coerced):  # a StopIteration would have ended the mapping
                return coerced
        return [one(value, failures) for value in values]

    return many


def _coerced(leaf: GraphQLLeafType, value: object) -> Any:  # noqa: ANN401 - whatever JSON can hold
    try:
        coerced = leaf.coerce_output_value(value)
        if coerced is not None and coerced is not Undefined:
            return coerced
        # That a value cannot even be shown is an error of its field too.
        message = f"Expected `{inspect(leaf)}.coerce_output_value({inspect(value)})` to return non-nullable value, "
        return Failed(TypeError(f"{message}returned: {inspect(coerced)}"))
    except Exception as error:  # noqa: BLE001 - whatever a scalar raises is its field's error
        return Failed(error)


def _passing(kind: type) -> Callable[[One], Complete]:
    return lambda one: (
        lambda values, failures: [value if value.__class__ is kind else one(value, failures) for value in values]
    )


def _passing_int(one: One) -> Complete:
    return lambda values, failures: [
        value if value.__class__ is int and -_INT_LIMIT <= value < _INT_LIMIT else one(value, failures)
        for value in values
    ]


def _passing_float(one: One) -> Complete:
    return lambda values, failures: [
        value if value.__class__ is float and math.isfinite(value) else one(value, failures) for value in values
    ]


_PASSING: dict[GraphQLLeafType, Callable[[One], Complete]] = {
    GraphQLString: _passing(str),
    GraphQLID: _passing(str),
    GraphQLBoolean: _passing(bool),
    GraphQLInt: _passing_int,
    GraphQLFloat: _passing_float,
}
"""Built-in scalars, and which values they answer as they are."""
