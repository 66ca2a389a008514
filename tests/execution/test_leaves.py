"""Values of a whole level become leaves exactly as graphql-core makes them, one by one."""

import math
from collections.abc import Sequence
from decimal import Decimal
from enum import IntEnum
from typing import Any

import orjson
import pytest
from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLFloat,
    GraphQLID,
    GraphQLInt,
    GraphQLLeafType,
    GraphQLScalarType,
    GraphQLString,
    Undefined,
)
from graphql.execution import Executor

from execution.failed import Failed
from execution.leaves import NULL, as_written, completer_of


class Level(IntEnum):
    ONE = 1


class Word(str):
    __slots__ = ()


class Shown:
    def __str__(self) -> str:
        return "shown"


def _even(value: Any) -> Any:
    if value == "stop":
        raise StopIteration
    return value if value % 2 == 0 else None


VALUES: Sequence[Any] = (
    *("text", "", Word("word"), "12", "1e3", b"bytes"),
    *(0, 1, -7, 2**31 - 1, 2**31, -(2**31), -(2**31) - 1, 10**30),
    *(0.0, -0.0, 1.0, 1.5, 1e300, math.nan, math.inf, -math.inf),
    *(True, False, Level.ONE, Decimal("1.5"), Decimal(2), Shown()),
    *([], ["text"], (), {}, {"a": 1}, {1}, object, int),
)
LEAVES: Sequence[GraphQLLeafType] = (
    GraphQLString,
    GraphQLInt,
    GraphQLFloat,
    GraphQLBoolean,
    GraphQLID,
    GraphQLScalarType("Any"),
    GraphQLScalarType("Even", coerce_output_value=_even),
    GraphQLEnumType("Colour", {"RED": "text", "GREEN": 1, "BLUE": None, "PAIR": (), "LIST": []}),
)


def by_core(leaf: GraphQLLeafType, value: Any) -> tuple[type, str]:
    """What graphql-core makes of a value: so that 1, 1.0 and True differ, and errors are compared by what they say."""
    try:
        made = Executor.complete_leaf_value(leaf, value)
    except Exception as error:  # noqa: BLE001 - the error is the result
        made = error
    return type(made), str(made)


def shown(made: Any) -> tuple[type, str]:
    made = made.error if isinstance(made, Failed) else made
    return type(made), str(made)


@pytest.mark.parametrize("leaf", LEAVES, ids=str)
def test_every_value_becomes_what_graphql_core_makes_of_it(leaf: GraphQLLeafType) -> None:
    failures: list[Failed] = []

    made = completer_of(leaf, non_null=True)(VALUES, failures)

    assert list(map(shown, made)) == [by_core(leaf, value) for value in VALUES]
    assert failures == [each for each in made if isinstance(each, Failed)]


@pytest.mark.parametrize("leaf", LEAVES, ids=str)
def test_a_level_without_fault_is_the_same_as_one_with_a_fault_beside(leaf: GraphQLLeafType) -> None:
    good = [value for value in VALUES if not issubclass(by_core(leaf, value)[0], Exception)]

    alone = completer_of(leaf, non_null=False)(good, [])
    beside = completer_of(leaf, non_null=False)([*good, KeyError("fault")], [])

    assert len(good) > 1
    assert list(map(shown, alone)) == list(map(shown, beside[:-1]))


@pytest.mark.parametrize("leaf", LEAVES, ids=str)
def test_null_is_null_and_noted_where_it_may_not_be(leaf: GraphQLLeafType) -> None:
    may, may_not = list[Failed](), list[Failed]()

    assert completer_of(leaf, non_null=False)([None, Undefined], may) == [None, None]
    assert completer_of(leaf, non_null=True)([None, Undefined], may_not) == [None, None]

    assert (may, may_not) == ([], [NULL, NULL])


@pytest.mark.parametrize("leaf", LEAVES, ids=str)
def test_an_exception_among_the_values_is_a_failure_in_its_place(leaf: GraphQLLeafType) -> None:
    fault, failures = ValueError("it"), list[Failed]()

    (failed,) = completer_of(leaf, non_null=False)([fault], failures)

    assert isinstance(failed, Failed)
    assert failed.error is fault
    assert failures == [failed]


def test_a_scalar_that_stops_an_iteration_loses_no_value() -> None:
    (even,) = (each for each in LEAVES if each.name == "Even")

    made = completer_of(even, non_null=False)([2, "stop", 4], [])

    assert [made[0], made[2]] == [2, 4]
    assert isinstance(made[1], Failed)
    assert isinstance(made[1].error, StopIteration)


def test_a_value_that_cannot_be_shown_fails_alone() -> None:
    class Shy:
        def __inspect__(self) -> str:
            raise LookupError("do not look")

        def __mod__(self, _other: int) -> int:
            return 1

    (even,) = (each for each in LEAVES if each.name == "Even")

    two, failed = completer_of(even, non_null=False)([2, Shy()], [])

    assert two == 2
    assert isinstance(failed, Failed)
    assert isinstance(failed.error, LookupError)


class Page:
    def __init__(self, json: str) -> None:
        self.json = json


def test_objects_that_were_written_stand_in_the_answer_as_they_are() -> None:
    failures: list[Failed] = []

    pages = as_written(non_null=True)([Page('{"a":1}'), Page("{}")], failures)

    assert orjson.dumps(list(pages)) == b'[{"a":1},{}]'
    assert not failures


@pytest.mark.parametrize("non_null", [True, False])
def test_what_could_not_be_written_is_null_or_a_failure(*, non_null: bool) -> None:
    failures: list[Failed] = []
    error = ValueError("no")

    page, nothing, failed = as_written(non_null=non_null)([Page("{}"), None, error], failures)

    assert orjson.dumps(page) == b"{}"
    assert nothing is None
    assert isinstance(failed, Failed)
    assert failed.error is error
    assert failures == ([NULL, failed] if non_null else [failed])


def test_a_scalar_may_coerce_all_its_values_at_once() -> None:
    calls: list[int] = []

    def coerce_all(values: Sequence[Any]) -> list[int]:
        calls.append(len(values))
        return [value * 2 for value in values]

    scalar = GraphQLScalarType("Double", coerce_output_value=lambda value: value * 2)
    complete = completer_of(scalar, non_null=False, coerce_all=coerce_all)

    assert list(complete([1, 2, 3], [])) == [2, 4, 6]
    assert list(complete([1, None], [])) == [2, None]  # one by one, where there is none of one
    assert calls == [3]


@pytest.mark.parametrize(
    "coerce_all", [lambda _: 1 / 0, lambda values: values[1:], lambda values: [None for _ in values]]
)
def test_where_that_goes_wrong_each_is_coerced_by_itself(coerce_all: Any) -> None:
    scalar = GraphQLScalarType("Double", coerce_output_value=lambda value: value * 2)

    assert list(completer_of(scalar, non_null=False, coerce_all=coerce_all)([1, 2], [])) == [2, 4]
