import json
from pathlib import Path
from typing import Any

import pytest
from graphql import GraphQLSchema, OperationDefinitionNode, OperationType, parse, validate
from graphql.execution.values import get_variable_values

GRAPHIQL = Path(__file__).parents[2] / "web" / "graphiql"
EXAMPLES = sorted((GRAPHIQL / "examples").glob("*.graphql"))


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    from schema import graphql_schema  # noqa: PLC0415 - only these tests need it

    return graphql_schema()


@pytest.fixture(params=EXAMPLES, ids=lambda path: path.stem)
def example(request: pytest.FixtureRequest) -> Path:
    path: Path = request.param
    return path


def operations(example: Path) -> list[OperationDefinitionNode]:
    return [node for node in parse(example.read_text()).definitions if isinstance(node, OperationDefinitionNode)]


def variables(example: Path) -> dict[str, Any]:
    path = example.with_suffix(".variables.json")
    values: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
    return values


def test_an_example_is_valid_against_the_schema(example: Path, schema: GraphQLSchema) -> None:
    assert validate(schema, parse(example.read_text())) == []


def test_an_example_only_reads_and_each_of_its_operations_has_a_name(example: Path) -> None:
    assert OperationType.MUTATION not in {operation.operation for operation in operations(example)}
    assert all(operation.name for operation in operations(example))


def test_the_variables_of_an_example_fit_each_of_its_operations(example: Path, schema: GraphQLSchema) -> None:
    for operation in operations(example):
        coerced = get_variable_values(schema, operation.variable_definitions or (), variables(example))
        assert not isinstance(coerced, list), coerced


def test_the_variables_of_an_example_are_those_that_it_declares(example: Path) -> None:
    declared = {
        definition.variable.name.value
        for operation in operations(example)
        for definition in operation.variable_definitions or ()
    }
    assert set(variables(example)) == declared


def test_the_first_example_runs_without_variables() -> None:
    first = GRAPHIQL / "examples" / "functions.graphql"
    (operation,) = operations(first)

    assert not operation.variable_definitions
    assert variables(first) == {}


def test_each_example_has_its_tab() -> None:
    tabs = (GRAPHIQL / "examples.js").read_text()
    files = {path.name for path in (GRAPHIQL / "examples").iterdir()}

    assert files == {name for name in files if f"'./examples/{name}'" in tabs}
    assert len(EXAMPLES) >= 7
