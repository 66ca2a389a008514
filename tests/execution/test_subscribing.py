"""A subscription gives a result for every event, the one that graphql-core gives."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from graphql import (
    ExecutionResult,
    GraphQLArgument,
    GraphQLField,
    GraphQLInt,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLString,
    OperationDefinitionNode,
    default_field_resolver,
    parse,
    subscribe,
)

from execution.engine import Engine, PreparedOperation
from execution.plan import Calls, Description
from execution.variables import VariablesRefused

closed: list[str] = []


async def count(_root: object, _info: object, to: int) -> AsyncIterator[dict[str, Any]]:
    if to < 0:
        raise ValueError("there is nothing below nought")

    async def events() -> AsyncIterator[dict[str, Any]]:
        try:
            for number in range(to):
                await asyncio.sleep(0)
                yield {"tick": {"number": number, "name": None if number == 1 else f"tick {number}"}}
        finally:
            closed.append("events")

    return events()


TICK = GraphQLObjectType(
    "Tick", {"number": GraphQLField(GraphQLInt), "name": GraphQLField(GraphQLNonNull(GraphQLString))}
)
SCHEMA = GraphQLSchema(
    GraphQLObjectType("Query", {"field": GraphQLField(GraphQLString)}),
    subscription=GraphQLObjectType(
        "Subscription",
        {"tick": GraphQLField(TICK, {"to": GraphQLArgument(GraphQLNonNull(GraphQLInt))}, subscribe=count)},
    ),
)
TEXT = "subscription ($to: Int!) { tick(to: $to) { number name } }"


def describe(_parent: object, _name: str, definition: GraphQLField) -> Description:
    return Description(Calls(definition.resolve or default_field_resolver))


def prepared(engine: Engine, text: str = TEXT) -> PreparedOperation:
    document = parse(text)
    operation = document.definitions[0]
    assert isinstance(operation, OperationDefinitionNode)
    return engine.prepare(document, operation)


@asynccontextmanager
async def nothing() -> AsyncIterator[object]:
    yield object()


async def results_of(answer: object) -> list[dict[str, Any]]:
    assert not isinstance(answer, ExecutionResult)
    return [result.formatted async for result in answer]  # type: ignore[attr-defined]


async def test_every_event_gives_the_result_that_graphql_core_gives() -> None:
    engine = Engine(SCHEMA, describe)

    ours = await results_of(await engine.subscribe(prepared(engine), {"to": 3}, None, nothing))
    core = subscribe(SCHEMA, parse(TEXT), variable_values={"to": 3})
    theirs = await results_of(await core if asyncio.iscoroutine(core) else core)

    assert ours == theirs
    assert [result["data"]["tick"] and result["data"]["tick"]["number"] for result in ours] == [0, None, 2]


async def test_a_source_that_cannot_be_had_is_one_answer_with_its_errors() -> None:
    engine = Engine(SCHEMA, describe)

    answer = await engine.subscribe(prepared(engine), {"to": -1}, None, nothing)

    assert isinstance(answer, ExecutionResult)
    assert answer.errors is not None
    assert answer.errors[0].message == "there is nothing below nought"
    assert answer.errors[0].path == ["tick"]


async def test_variables_that_do_not_fit_are_refused_before_anything_is_subscribed_to() -> None:
    engine = Engine(SCHEMA, describe)

    with pytest.raises(VariablesRefused):
        await engine.subscribe(prepared(engine), {"to": "many"}, None, nothing)


async def test_the_source_is_closed_with_the_results() -> None:
    closed.clear()
    engine = Engine(SCHEMA, describe)

    results: Any = await engine.subscribe(prepared(engine), {"to": 1000}, None, nothing)
    await anext(results)
    await results.aclose()

    assert closed == ["events"]


async def test_each_event_is_executed_within_surroundings_of_its_own() -> None:
    seen: list[str] = []
    engine = Engine(SCHEMA, describe, lambda context, _uses: seen.append(f"executed in {context}"))

    @asynccontextmanager
    async def around() -> AsyncIterator[object]:
        seen.append("in")
        yield f"context {seen.count('in')}"
        seen.append("out")

    await results_of(await engine.subscribe(prepared(engine), {"to": 2}, None, around))

    assert seen == ["in", "executed in context 1", "out", "in", "executed in context 2", "out"]
