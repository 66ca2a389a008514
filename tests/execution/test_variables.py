"""Variables come to what graphql-core makes of them, whichever way they are read."""

from typing import Any

import pytest
from graphql import OperationDefinitionNode, build_schema, parse
from graphql.execution.values import VariableValues, get_variable_values
from hypothesis import given
from hypothesis import strategies as st

from execution.variables import MAX_ERRORS, Variables, VariablesRefused

SCHEMA = build_schema(
    """
    enum Colour { RED GREEN }
    input Shape { sides: Int! colour: Colour = RED }
    type Query { f(i: Int, s: String, b: Boolean, d: Float, k: ID, e: Colour, o: Shape, l: [Int!]): Int }
    """
)
SCALARS = (
    "query ($i: Int, $s: String!, $b: Boolean = true, $d: Float, $k: ID!) { f(i: $i, s: $s, b: $b, d: $d, k: $k) }"
)
OTHERS = "query ($i: Int!, $e: Colour, $o: Shape, $l: [Int!] = [1]) { f(i: $i, e: $e, o: $o, l: $l) }"
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**33), 2**33),
    st.floats(),
    st.text(max_size=3),
    st.sampled_from(["RED", "BLUE", [1], ["1"], {"sides": 3}, {"sides": None}, {"corners": 3}]),
)
GIVEN = st.dictionaries(st.sampled_from(["i", "s", "b", "d", "k", "e", "o", "l", "other"]), VALUES)


def operation_of(text: str) -> OperationDefinitionNode:
    (operation,) = parse(text).definitions
    assert isinstance(operation, OperationDefinitionNode)
    return operation


def ours(operation: OperationDefinitionNode, given: dict[str, Any]) -> object:
    try:
        return facts(Variables(SCHEMA, operation).coerce(given))
    except VariablesRefused as refused:
        return [error.formatted for error in refused.errors]


def theirs(operation: OperationDefinitionNode, given: dict[str, Any]) -> object:
    values = get_variable_values(SCHEMA, operation.variable_definitions or (), given, max_errors=MAX_ERRORS)
    return [error.formatted for error in values] if isinstance(values, list) else facts(values)


def facts(values: VariableValues) -> object:
    """By `repr`, which tells 1 from 1.0 and from true, and does not tell one NaN from another."""
    sources = {name: (source.signature.name, source.value) for name, source in values.sources.items()}
    return repr(values.coerced), repr(sources)


@pytest.mark.parametrize("text", [SCALARS, OTHERS], ids=["scalars", "others"])
def test_any_values_come_to_what_they_come_to_elsewhere(text: str) -> None:
    operation = operation_of(text)

    @given(GIVEN)
    def check(given: dict[str, Any]) -> None:
        assert ours(operation, given) == theirs(operation, given)

    check()


def test_values_that_fit_as_they_are_are_taken_as_they_are() -> None:
    operation = operation_of(SCALARS)
    given = {"i": 2**31 - 1, "s": "x", "b": False, "d": 1.5, "k": "y"}

    assert Variables(SCHEMA, operation).coerce(given).coerced == given
    assert ours(operation, given) == theirs(operation, given)


def test_values_that_the_operation_does_not_know_are_passed_over() -> None:
    assert Variables(SCHEMA, operation_of("query ($i: Int) { f(i: $i) }")).coerce({"i": 1, "j": 2}).coerced == {"i": 1}


def test_what_is_wrong_names_no_part_of_the_schema_without_suggestions() -> None:
    variables = Variables(SCHEMA, operation_of("query ($e: Colour) { f(e: $e) }"))

    with pytest.raises(VariablesRefused, match="RED"):
        variables.coerce({"e": "RAD"})
    with pytest.raises(VariablesRefused) as refused:
        variables.coerce({"e": "RAD"}, suggestions=False)
    assert "RED" not in str(refused.value.errors)
