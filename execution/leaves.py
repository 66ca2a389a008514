"""Leaves: values of a whole level to what JSON can hold, in one tight loop a type.

A value that is exactly what its built-in scalar answers is passed through; every other goes the way that graphql-core
goes, so that the answer is the same, only sooner.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Protocol

import orjson
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

Complete = Callable[[Sequence[Any], list[Failed]], Sequence[Any]]
"""Values, of which any may be None or an exception, to leaves, None, and `Failed`.

What is not as it should be, a null that may not be among it, is noted in the second argument.
"""

One = Callable[[Any, list[Failed]], Any]

_INT_LIMIT = 2**31

NULL = Failed(TypeError("null where null may not be"))
"""Notes that a null stands where none may; the walk that puts things in order finds out where."""


class Written(Protocol):
    """An object that its resolver has written."""

    @property
    def json(self) -> str:
        """The object."""


def as_written(*, non_null: bool) -> Complete:
    """How objects that were written become parts of the answer: as they are."""

    def one(value: Written | Exception | None, failures: list[Failed]) -> Any:  # noqa: ANN401 - what JSON can hold
        if isinstance(value, Exception):
            failures.append(Failed(value))
            return failures[-1]
        if value is None:
            if non_null:
                failures.append(NULL)
            return None
        return orjson.Fragment(value.json)

    def many(values: Sequence[Any], failures: list[Failed]) -> Sequence[Any]:
        if all_plain(values):
            return [orjson.Fragment(value.json) for value in values]
        return [one(value, failures) for value in values]

    return many


CoerceAll = Callable[[Sequence[Any]], Sequence[Any]]
"""Does at once what a scalar's `coerce_output_value` does for each value, of which none is null or an exception.

It may raise; then each value is coerced by itself.
"""


def completer_of(leaf: GraphQLLeafType, *, non_null: bool, coerce_all: CoerceAll | None = None) -> Complete:
    """How the values of a scalar or an enum become leaves."""
    coerce = leaf.coerce_output_value
    coerce_each = coerce_all or partial(map, coerce)

    def one(value: Any, failures: list[Failed]) -> Any:  # noqa: ANN401 - any value
        if value is None or value is Undefined:
            if non_null:
                failures.append(NULL)
            return None
        leaf_value = Failed(value) if isinstance(value, Exception) else _coerced(leaf, value)
        if isinstance(leaf_value, Failed):
            failures.append(leaf_value)
        return leaf_value

    passing = _STRINGS if coerce is str else _PASSING.get(leaf)
    if passing is not None:
        return passing(one)

    def many(values: Sequence[Any], failures: list[Failed]) -> Sequence[Any]:
        if all_plain(values):
            try:
                coerced = list(coerce_each(values))
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


def _passing(kind: type, fit: Callable[[Sequence[Any]], bool] = lambda _: True) -> Callable[[One], Complete]:
    """Passes on values of exactly this kind: all as they are, where there is no other among them."""
    only = {kind}

    def passing(one: One) -> Complete:
        def many(values: Sequence[Any], failures: list[Failed]) -> Sequence[Any]:
            if set(map(type, values)) == only and fit(values):
                return values
            return [value if value.__class__ is kind and fit((value,)) else one(value, failures) for value in values]

        return many

    return passing


def _are_small(values: Sequence[int]) -> bool:
    return min(values) >= -_INT_LIMIT and max(values) < _INT_LIMIT


def _are_finite(values: Sequence[float]) -> bool:
    return all(map(math.isfinite, values))


_STRINGS = _passing(str)

_PASSING: dict[GraphQLLeafType, Callable[[One], Complete]] = {
    GraphQLString: _STRINGS,
    GraphQLID: _STRINGS,
    GraphQLBoolean: _passing(bool),
    GraphQLInt: _passing(int, _are_small),
    GraphQLFloat: _passing(float, _are_finite),
}
"""Built-in scalars, and which values they answer as they are."""
