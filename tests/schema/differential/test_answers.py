"""Over the whole schema and a database, the engine answers as graphql-core does: data and errors, byte for byte.

Where something failed, what graphql-core reports hangs on what was answered first; there it is made to wait for one
thing after the other.
"""

from dataclasses import dataclass
from random import Random
from typing import Any

import orjson
import pytest
from graphql import ExecutionResult, execute, get_introspection_query, get_operation_ast, parse, validate

from auth.viewer import ADMIN, ANONYMOUS, Viewer
from execution.engine import Engine
from execution.variables import MAX_ERRORS, VariablesRefused
from resolvers.context import Context
from schema import graphql_schema
from schema.describe import describe, tell
from tests.execution.differential.operations import Bounds, Catalogue, Operation, generate
from tests.plugins.graph import Graph
from tests.schema.differential.in_order import InOrder
from tests.schema.differential.shop import open_shop, suggestions

BOUNDS = Bounds(depth=7, selections=36, kinds=("query",))
OPERATIONS, SHARE = 600, 100
NIGHTLY_OPERATIONS, NIGHTLY_SHARE = 20_000, 1_000


def shares(start: int, operations: int, share: int) -> list[range]:
    return [range(first, first + share) for first in range(start, start + operations, share)]


@pytest.mark.parametrize("seeds", shares(0, OPERATIONS, SHARE), ids=lambda seeds: str(seeds.start))
async def test_the_engine_answers_as_graphql_core_does(graph: Graph, seeds: range) -> None:
    await campaign(graph, seeds)


@pytest.mark.nightly
@pytest.mark.parametrize(
    "seeds", shares(OPERATIONS, NIGHTLY_OPERATIONS, NIGHTLY_SHARE), ids=lambda seeds: str(seeds.start)
)
async def test_the_engine_answers_as_graphql_core_does_all_night(graph: Graph, seeds: range) -> None:
    await campaign(graph, seeds)


async def test_introspection_is_answered_as_by_graphql_core(graph: Graph) -> None:
    everything = Operation(get_introspection_query(input_value_deprecation=True), None, ({},))

    answered = await by_engine(Engine(graphql_schema(), describe, tell), graph, everything, ANONYMOUS)

    assert answered == await by_core(graph, everything, ANONYMOUS, in_order=False)
    assert answered.data is not None


async def campaign(graph: Graph, seeds: range) -> None:
    schema = graphql_schema()
    ids = open_shop(graph, Random(seeds.start))
    await graph.flush()
    suggested = await suggestions(graph, ids)
    engine, catalogue = Engine(schema, describe, tell), Catalogue(schema)
    failed = empty = 0
    for seed in seeds:
        random = Random(seed)
        operation = generate(catalogue, random, suggested, BOUNDS)
        if validate(schema, parse(operation.text)):
            continue
        viewer = random.choice((ANONYMOUS, ANONYMOUS, ADMIN))
        answered = await by_engine(engine, graph, operation, viewer)
        expected = await by_core(graph, operation, viewer, in_order=bool(answered.errors))
        assert answered == expected, f"seed {seed}, {viewer}\n{operation.text}\n{operation.variables}"
        failed += bool(answered.errors)
        empty += answered.data is None
    assert engine.fallbacks == 0
    assert 0.05 * len(seeds) < failed < 0.9 * len(seeds), "some fail, some do not"
    assert empty < 0.6 * len(seeds), "most have data"


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer: its data as the bytes of JSON, None for none, and its errors in their order."""

    data: bytes | None
    errors: list[Any]


async def by_engine(engine: Engine, graph: Graph, operation: Operation, viewer: Viewer) -> Answer:
    document = parse(operation.text)
    node = get_operation_ast(document, operation.name)
    assert node is not None, "the operation is in its document"
    (variables,) = operation.variables
    context = Context(graph.database, graph.secret, graph.now, viewer)
    try:
        result = await engine.run(engine.prepare(document, node), variables, context)
    except VariablesRefused as refused:
        result = ExecutionResult(None, refused.errors)
    finally:
        context.batches.cancel()
    return written(result)


async def by_core(graph: Graph, operation: Operation, viewer: Viewer, *, in_order: bool) -> Answer:
    document = parse(operation.text)
    (variables,) = operation.variables
    context = Context(graph.database, graph.secret, graph.now, viewer)
    try:
        result = execute(
            graphql_schema(),
            document,
            context_value=context,
            variable_values=variables,
            operation_name=operation.name,
            max_coercion_errors=MAX_ERRORS,
            executor_class=InOrder if in_order else None,
        )
        if not isinstance(result, ExecutionResult):
            result = await result
    finally:
        context.batches.cancel()
    return written(result)


def written(result: ExecutionResult) -> Answer:
    data = None if result.data is None else orjson.dumps(result.data)
    return Answer(data, [error.formatted for error in result.errors or ()])
