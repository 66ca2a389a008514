"""Over the whole schema, real answers are what the schemas of their operations say, and examples are taken."""

from random import Random

import orjson
import pytest
from graphql import (
    GraphQLScalarType,
    OperationDefinitionNode,
    get_operation_ast,
    is_specified_scalar_type,
    parse,
    validate,
)
from graphql.execution.values import get_variable_values
from jsonschema import Draft202012Validator

from auth.viewer import ADMIN, ANONYMOUS
from execution.engine import Engine
from execution.variables import VariablesRefused
from persisted_queries.json_schema.results import result_schema
from persisted_queries.json_schema.variables import example_variables, variables_schema
from resolvers.context import Context
from schema import graphql_schema
from schema.describe import describe, tell
from schema.scalars import JSON_SCHEMAS
from tests.execution.differential.operations import Bounds, Catalogue, generate
from tests.plugins.graph import Graph
from tests.schema.differential.shop import open_shop, suggestions

BOUNDS = Bounds(depth=6, selections=30, kinds=("query",))
FORMATS = Draft202012Validator.FORMAT_CHECKER


def test_every_scalar_has_a_json_schema() -> None:
    types = graphql_schema().type_map.values()
    custom = {each.name for each in types if isinstance(each, GraphQLScalarType) and not is_specified_scalar_type(each)}

    assert set(JSON_SCHEMAS) == custom
    for each in JSON_SCHEMAS.values():
        Draft202012Validator.check_schema(each)
        for example in each.get("examples", []):
            Draft202012Validator(each, format_checker=FORMATS).validate(example)


@pytest.mark.parametrize("seeds", [range(150)], ids=["150"])
async def test_answers_are_what_their_schemas_say(graph: Graph, seeds: range) -> None:
    schema, engine, validated = graphql_schema(), Engine(graphql_schema(), describe, tell), 0
    catalogue = Catalogue(schema)
    ids = open_shop(graph, Random(seeds.start))
    await graph.flush()
    suggested = await suggestions(graph, ids)
    for seed in seeds:
        random = Random(seed)
        operation = generate(catalogue, random, suggested, BOUNDS)
        document = parse(operation.text)
        node = get_operation_ast(document, operation.name)
        if node is None or validate(schema, document):
            continue
        context = Context(graph.database, graph.secret, graph.now, random.choice((ANONYMOUS, ADMIN)))
        try:
            result = await engine.run(engine.prepare(document, node), operation.variables[0], context)
        except VariablesRefused:
            continue
        finally:
            context.batches.cancel()
        if result.data is not None:
            described = result_schema(schema, document, node, JSON_SCHEMAS)
            validator = Draft202012Validator(described, format_checker=FORMATS)
            faults = [each.message for each in validator.iter_errors(orjson.loads(orjson.dumps(result.data)))]
            assert faults == [], f"seed {seed}\n{operation.text}"
            validated += 1
        check_example(node)
    assert validated > 0.3 * len(seeds), "enough of them have data"


def check_example(node: OperationDefinitionNode) -> None:
    schema = graphql_schema()
    example = example_variables(schema, node, JSON_SCHEMAS, {})

    Draft202012Validator(variables_schema(schema, node, JSON_SCHEMAS, {}), format_checker=FORMATS).validate(example)
    assert not isinstance(get_variable_values(schema, node.variable_definitions or (), example), list)
