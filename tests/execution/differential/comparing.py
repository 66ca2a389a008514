"""Both executors run an operation over the nasty schema; their answers are equal, byte for byte."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from random import Random
from typing import Any

import orjson
from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLError,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    execute,
    get_operation_ast,
    parse,
    validate,
)

from execution.engine import Engine, PreparedOperation
from execution.variables import MAX_ERRORS, VariablesRefused
from tests.execution.differential.misbehaving import RATES, Thing
from tests.execution.differential.nasty import SUGGESTIONS, describe, nasty_schema
from tests.execution.differential.operations import Bounds, Catalogue, Operation, generate
from tests.execution.differential.shrinking import shrink
from tests.execution.differential.sources import Context

BOUNDS = Bounds(depth=5, selections=24)
REQUESTS = 2
"""How often each operation is run, prepared once: with other variables, over other data."""

VALIDATED_EVERY = 8
"""Every so often an operation is validated before it is run; the others, where their answers differ.

Nearly all that are drawn are valid. To an invalid one there is no right answer, so that its answers may differ; where
they do not, they have shown as much as any others. What looks at the schema is always validated: nested deeper than the
rules allow, its answer has no end.
"""

INTROSPECTION = re.compile(r"__(schema|type)\b")

MISCOUNTED = re.compile(rb'(?<=")[^"]*gave [^"]*for \d+ parents')
"""A batch resolver is told how many parents there are, an ordinary one is not."""


@dataclass(slots=True)
class Tally:
    """What a campaign came to."""

    operations: int = 0
    requests: int = 0
    invalid: list[int] = field(default_factory=list)
    with_errors: int = 0
    without_data: int = 0
    fallbacks: int = 0


@dataclass(frozen=True, slots=True)
class Request:
    """What an operation is run with."""

    variables: Mapping[str, Any]
    root: Thing
    forbids: bool


class Difference(AssertionError):
    """The engine answered otherwise than graphql-core."""


async def compare(seeds: range) -> Tally:
    """Draw an operation from each seed and compare its answers.

    Raises:
        Difference: with all that is needed to see it again.
    """
    schema, tally = nasty_schema(), Tally()
    engine, catalogue = Engine(schema, describe), Catalogue(schema)
    for seed in seeds:
        random = Random(seed)
        operation = generate(catalogue, random, SUGGESTIONS, BOUNDS, REQUESTS)
        document = parse(operation.text)
        is_suspect = seed % VALIDATED_EVERY == 0 or INTROSPECTION.search(operation.text)
        if is_suspect and validate(schema, document):
            tally.invalid.append(seed)
            continue
        tally.operations += 1
        prepared = engine.prepare(document, _node(document, operation))
        for variables in operation.variables:
            root = Thing(random.getrandbits(32), random.randrange(len(RATES)))
            request = Request(variables, root, random.random() < 0.2)
            expected = by_core(document, operation.name, request)
            if await by_engine(engine, prepared, request) != expected:
                if validate(schema, document):
                    tally.invalid.append(seed)
                    break
                raise Difference(await _report(seed, operation, request))
            tally.requests += 1
            tally.with_errors += b'"errors":[]' not in expected
            tally.without_data += expected.startswith(b'{"data":null')
    tally.fallbacks = engine.fallbacks
    return tally


def by_core(document: DocumentNode, name: str | None, request: Request) -> bytes:
    """The answer of graphql-core."""
    context = Context(request.forbids, waits=False)
    try:
        result = execute(
            nasty_schema(),
            document,
            request.root,
            context,
            dict(request.variables),
            name,
            max_coercion_errors=MAX_ERRORS,
        )
    except Exception as error:  # noqa: BLE001 - an error that cannot say what it is ends an execution
        return repr(error).encode()
    assert isinstance(result, ExecutionResult), "every resolver is synchronous"
    return _written(result.data, result.errors, context)


async def by_engine(engine: Engine, prepared: PreparedOperation, request: Request) -> bytes:
    """The answer of the engine."""
    context = Context(request.forbids, waits=True)
    try:
        result = await engine.run(prepared, request.variables, context, request.root)
    except VariablesRefused as refused:
        return _written(None, refused.errors, context)
    except Exception as error:  # noqa: BLE001 - the same
        return repr(error).encode()
    return _written(result.data, result.errors, context)


def _written(data: Any, errors: list[GraphQLError] | None, context: Context) -> bytes:
    answer = orjson.dumps({"data": data, "errors": [each.formatted for each in errors or ()]})
    return MISCOUNTED.sub(b"miscounted", answer) + orjson.dumps(context.asked)


async def _report(seed: int, operation: Operation, request: Request) -> str:
    text = await shrink(operation.text, partial(_differs, operation.name, request))
    expected, answered = await _answers(text, operation.name, request)
    return (
        f"seed {seed}: {request}\n{text}\ngraphql-core: {expected.decode()}\nthe engine:   {answered.decode()}\n"
        f"as it was drawn:\n{operation.text}"
    )


async def _differs(name: str | None, request: Request, text: str) -> bool:
    expected, answered = await _answers(text, name, request)
    return expected != answered


async def _answers(text: str, name: str | None, request: Request) -> tuple[bytes, bytes]:
    try:
        document = parse(text)
    except GraphQLSyntaxError:  # all of a selection set was cut away
        return b"", b""
    if validate(nasty_schema(), document):
        return b"", b""
    engine = Engine(nasty_schema(), describe)
    prepared = engine.prepare(document, _node(document, Operation(text, name, ())))
    return by_core(document, name, request), await by_engine(engine, prepared, request)


def _node(document: DocumentNode, operation: Operation) -> OperationDefinitionNode:
    node = get_operation_ast(document, operation.name)
    assert node is not None, "the operation is in its document"
    return node
