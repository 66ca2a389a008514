"""What the schema of variables allows is what coercion takes, in the form that the schema asks for."""

from typing import Any

import pytest
from graphql import GraphQLSchema, OperationDefinitionNode, build_schema, parse
from graphql.execution.values import get_variable_values
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from persisted_queries.json_schema.variables import example_variables, variables_schema

SCHEMA = build_schema("""
    type Query { all(a: [Int], b: Float, c: Boolean, d: String, e: ID, f: Day, g: One): Int }
    enum Colour { RED, GREEN }
    scalar Day
    input Size { width: Int!, height: Int! = 1, inner: Size }
    input Wish { size: Size, colours: [Colour!] = [RED], note: String }
    input One @oneOf { id: ID, wish: Wish }
""")
SCALARS = {"Day": {"type": "string", "examples": ["2027-05-01"]}}
TEXT = """query All(
    $int: Int!, $maybe: Int, $float: Float! = 1.5, $text: String, $flag: Boolean!, $id: ID, $colour: Colour!,
    $days: [Day!]!, $grid: [[Int!]]!, $wish: Wish!, $one: One
) { all }"""


def operation_of(text: str) -> OperationDefinitionNode:
    (node,) = parse(text).definitions
    assert isinstance(node, OperationDefinitionNode)
    return node


OPERATION = operation_of(TEXT)
VALIDATOR = Draft202012Validator(variables_schema(SCHEMA, OPERATION, SCALARS, {}))

INTS = st.sampled_from([0, 1, 2.0, -(2**31), 2**31 - 1, 2**31, -(2**31) - 1, 1.5])
WRONG = st.none() | st.booleans() | INTS | st.sampled_from(["RED", "x", [], {}, [None], {"width": 1}])
SIZES = st.recursive(
    st.fixed_dictionaries({"width": INTS}, optional={"height": INTS | st.none()}),
    lambda sizes: st.fixed_dictionaries({"width": INTS, "inner": sizes}) | sizes,
    max_leaves=3,
)
COLOURS = st.sampled_from(["RED", "GREEN", "BLUE"])
WISHES = st.fixed_dictionaries(
    {}, optional={"size": SIZES | st.none(), "colours": st.lists(COLOURS) | st.none(), "note": st.text(), "x": WRONG}
)
RIGHT: dict[str, st.SearchStrategy[Any]] = {
    "int": st.integers(-9, 9),
    "maybe": st.integers(-9, 9) | st.none(),
    "float": st.floats(-9, 9),
    "text": st.text() | st.none(),
    "flag": st.booleans(),
    "id": st.text() | st.integers(-9, 9),
    "colour": COLOURS,
    "days": st.lists(st.sampled_from(["2027-05-01"])),
    "grid": st.lists(st.lists(st.integers(-9, 9)) | st.none()),
    "wish": WISHES,
    "one": st.none() | st.fixed_dictionaries({}, optional={"id": st.text(), "wish": WISHES | st.none()}),
}


@given(
    st.fixed_dictionaries(RIGHT),
    st.dictionaries(st.sampled_from(sorted(RIGHT)), WRONG, max_size=2),
    st.lists(st.sampled_from(sorted(RIGHT)), max_size=2),
)
def test_coercion_takes_what_the_schema_allows_and_nothing_else_of_that_form(
    values: dict[str, Any], wrong: dict[str, Any], left_out: list[str]
) -> None:
    variables = {name: value for name, value in (values | wrong).items() if name not in left_out}

    allowed = VALIDATOR.is_valid(variables)
    taken = coerces(SCHEMA, OPERATION, variables)

    if allowed or not has_single_for_list(variables):
        assert allowed == taken, variables


def coerces(schema: GraphQLSchema, operation: OperationDefinitionNode, variables: dict[str, Any]) -> bool:
    return not isinstance(get_variable_values(schema, operation.variable_definitions or (), variables), list)


def has_single_for_list(variables: dict[str, Any]) -> bool:
    """Coercion makes lists of single values, which the schema does not spell out; `Day` takes anything here."""
    lists = [variables.get("days"), variables.get("grid")]
    wish = variables.get("wish")
    one = variables.get("one")
    wishes = [wish, one.get("wish") if isinstance(one, dict) else None]
    lists += [each.get("colours") for each in wishes if isinstance(each, dict)]
    grid = variables.get("grid")
    rows = grid if isinstance(grid, list) else []
    days = variables.get("days")
    return any(each is not None and not isinstance(each, list) for each in [*lists, *rows]) or (
        isinstance(days, list) and any(not isinstance(day, str) for day in days)
    )


def test_the_schema_states_defaults_limits_and_what_is_required() -> None:
    operation = operation_of("query Q($first: Int = 20, $ids: [ID!]!) { all }")

    schema = variables_schema(SCHEMA, operation, {}, {"first": 100, "ids": 50})

    Draft202012Validator.check_schema(schema)
    assert schema["properties"] == {
        "first": {
            "type": ["integer", "null"],
            "minimum": 0,
            "maximum": 100,
            "default": 20,
        },
        "ids": {"type": "array", "items": {"type": ["string", "integer"]}, "maxItems": 50},
    }
    assert schema["required"] == ["ids"]
    assert schema["additionalProperties"] is False


@pytest.mark.parametrize(
    "text",
    [
        TEXT,
        "query Q($one: One!, $sizes: [Size!]!) { all }",
        "query Q($first: Int!) { all }",
        "{ all }",
    ],
)
def test_the_example_is_allowed_and_taken(text: str) -> None:
    operation = operation_of(text)
    limits = {"first": 3} if "$first" in text else {}

    example = example_variables(SCHEMA, operation, SCALARS, limits)

    Draft202012Validator(variables_schema(SCHEMA, operation, SCALARS, limits)).validate(example)
    assert coerces(SCHEMA, operation, example)
