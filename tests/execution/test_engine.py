"""A valid operation becomes data and errors; variables that do not fit become refusals before anything runs."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest
from graphql import (
    ExecutionResult,
    GraphQLArgument,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLSchema,
    GraphQLString,
    OperationDefinitionNode,
    default_field_resolver,
    parse,
)

from execution.engine import Engine
from execution.plan import Calls, Description
from execution.variables import MAX_ERRORS, VariablesRefused

FAULT = ZeroDivisionError("division by zero")


async def _later(_source: object, info: GraphQLResolveInfo[Any], word: str) -> str:
    info.context.append(word)
    await asyncio.sleep(0)
    return word


def _fail(*_: object) -> str:
    raise FAULT


NUMBERS = GraphQLInputObjectType("Numbers", lambda: {"more": GraphQLInputField(GraphQLList(NUMBERS))})
SCHEMA = GraphQLSchema(
    GraphQLObjectType(
        "Query",
        {
            "now": GraphQLField(GraphQLString, resolve=lambda *_: "at once"),
            "later": GraphQLField(
                GraphQLString, {"word": GraphQLArgument(GraphQLNonNull(GraphQLString))}, resolve=_later
            ),
            "fails": GraphQLField(GraphQLString, resolve=_fail),
            "mustNotFail": GraphQLField(GraphQLNonNull(GraphQLString), resolve=_fail),
            "sum": GraphQLField(
                GraphQLInt,
                {"of": GraphQLArgument(GraphQLList(GraphQLInt)), "deep": GraphQLArgument(NUMBERS)},
                resolve=lambda _source, _info, of=(), **_: sum(of),
            ),
        },
    )
)


def describe(_parent: object, _name: str, definition: GraphQLField) -> Description:
    return Description(Calls(definition.resolve or default_field_resolver))


async def execute(
    text: str, variables: Mapping[str, Any] | None = None, *, name: str | None = None, said: list[str] | None = None
) -> ExecutionResult:
    document = parse(text)
    (operation,) = (
        each
        for each in document.definitions
        if isinstance(each, OperationDefinitionNode) and (name is None or (each.name and each.name.value == name))
    )
    engine = Engine(SCHEMA, describe)
    return await engine.run(engine.prepare(document, operation), variables or {}, [] if said is None else said)


async def test_fields_that_answer_at_once_and_later_stand_in_the_order_of_the_document() -> None:
    result = await execute('{ b: later(word: "x") now a: later(word: "y") }')

    assert result.data is not None
    assert list(result.data.items()) == [("b", "x"), ("now", "at once"), ("a", "y")]
    assert not result.errors


async def test_an_operation_without_waiting_is_run_as_well() -> None:
    assert (await execute("{ now }")).data == {"now": "at once"}


@pytest.mark.parametrize("name", ["One", "Two"])
async def test_the_operation_that_was_named_runs_and_no_other(name: str) -> None:
    said: list[str] = []

    result = await execute('query One { later(word: "One") } query Two { later(word: "Two") }', name=name, said=said)

    assert result.data == {"later": name}
    assert said == [name]


async def test_a_field_that_fails_is_null_with_an_error_that_keeps_the_fault() -> None:
    result = await execute("{ now alias: fails }")

    assert result.data == {"now": "at once", "alias": None}
    assert result.errors is not None
    (error,) = result.errors
    assert error.original_error is FAULT
    assert error.path == ["alias"]
    assert error.locations is not None
    assert [(each.line, each.column) for each in error.locations] == [(1, 7)]


async def test_a_failure_that_reaches_the_root_leaves_no_data() -> None:
    result = await execute("{ now mustNotFail }")

    assert result.data is None
    assert result.errors is not None
    assert [error.original_error for error in result.errors] == [FAULT]


async def test_variables_are_coerced_and_defaults_filled_in() -> None:
    assert (await execute("query ($n: [Int] = [1, 2]) { sum(of: $n) }")).data == {"sum": 3}
    assert (await execute("query ($n: [Int] = [1, 2]) { sum(of: $n) }", {"n": 5, "unused": {}})).data == {"sum": 5}


async def test_variables_that_do_not_fit_are_refused_before_anything_runs() -> None:
    said: list[str] = []

    with pytest.raises(VariablesRefused) as refused:
        await execute(
            'query ($word: String!, $n: [Int]) { first: later(word: "ran") later(word: $word) sum(of: $n) }',
            {"n": [1, "two", 3, 4.5]},
            said=said,
        )

    assert len(refused.value.errors) == 3
    assert [str(error.message).split(" ", 2)[:2] for error in refused.value.errors] == [["Variable", "'$word'"]] + [
        ["Variable", "'$n'"]
    ] * 2
    assert all(error.locations for error in refused.value.errors)
    assert said == []


async def test_not_every_fault_of_many_is_reported() -> None:
    with pytest.raises(VariablesRefused) as refused:
        await execute("query ($n: [Int]) { sum(of: $n) }", {"n": ["x"] * 1_000})

    assert len(refused.value.errors) == MAX_ERRORS + 1
    assert "Too many errors" in refused.value.errors[-1].message


async def test_variables_that_are_nested_too_deeply_are_refused() -> None:
    deep: dict[str, Any] = {}
    for _ in range(10_000):
        deep = {"more": [deep]}

    with pytest.raises(VariablesRefused, match="nested too deeply"):
        await execute("query ($deep: Numbers) { sum(deep: $deep) }", {"deep": deep})


async def test_what_is_prepared_once_serves_many_requests_at_the_same_time() -> None:
    engine = Engine(SCHEMA, describe)
    document = parse('query ($n: [Int], $if: Boolean!) { later(word: "x") @include(if: $if) sum(of: $n) }')
    (operation,) = document.definitions
    assert isinstance(operation, OperationDefinitionNode)
    prepared = engine.prepare(document, operation)

    results = await asyncio.gather(
        *(engine.run(prepared, {"n": [number], "if": number % 2 == 0}, []) for number in range(6))
    )

    assert [result.data for result in results] == [
        ({"later": "x"} if number % 2 == 0 else {}) | {"sum": number} for number in range(6)
    ]


async def test_a_context_is_told_what_its_operation_uses_before_anybody_is_asked() -> None:
    said: list[Any] = []

    def use(parent: GraphQLObjectType, name: str, definition: GraphQLField) -> Description:
        described = describe(parent, name, definition)
        return Description(described.source, uses={"Row": frozenset({name})})

    engine = Engine(SCHEMA, use, lambda context, uses: context.append(uses))
    document = parse('{ later(word: "x") sum }')
    (operation,) = document.definitions
    assert isinstance(operation, OperationDefinitionNode)

    await engine.run(engine.prepare(document, operation), {}, said)

    assert said == [{"Row": frozenset({"later", "sum"})}, "x"]


async def test_a_plan_that_is_too_deep_is_left_to_graphql_core() -> None:
    def too_deep(*_: object) -> Description:
        return too_deep()

    engine = Engine(SCHEMA, too_deep)
    document = parse("{ now }")
    (operation,) = document.definitions
    assert isinstance(operation, OperationDefinitionNode)

    assert (await engine.run(engine.prepare(document, operation), {}, None)).data == {"now": "at once"}
    assert engine.fallbacks == 1
