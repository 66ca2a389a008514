"""A small GraphQL service behind the HTTP layer: fields that answer, echo, wait, fail and nest."""

import asyncio
import threading
from dataclasses import dataclass, field

from graphql import (
    ExecutionResult,
    GraphQLArgument,
    GraphQLError,
    GraphQLField,
    GraphQLID,
    GraphQLInt,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLString,
    OperationType,
    execute,
    get_operation_ast,
    parse,
    validate,
)
from graphql import GraphQLBoolean as Boolean
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route
from starlette.types import ASGIApp

from persisted_queries.refusals import Reason
from server.http.answer import Executed, Outcome, RequestError, RequestErrorCause
from server.http.disconnect import to_completion
from server.http.endpoint import GraphQLEndpoint
from server.http.failures import Failures, answer_http_exception
from server.http.limits import HttpLimits
from server.http.params import GraphQLParams
from server.http.refusals import document_refused, mutation_by_get
from server.http.request_id import RequestId
from server.places import Places

PAGE = "<!doctype html><title>GraphiQL</title>"


@dataclass(slots=True)
class Traces:
    """What happened inside, for a test in another thread to wait for."""

    started: threading.Event = field(default_factory=threading.Event)
    cancelled: threading.Event = field(default_factory=threading.Event)
    finished: threading.Event = field(default_factory=threading.Event)


def sample_schema(traces: Traces) -> GraphQLSchema:
    async def wait(_source: object, _info: object, seconds: int) -> bool:
        traces.started.set()
        try:
            await asyncio.sleep(seconds)
        except asyncio.CancelledError:
            traces.cancelled.set()
            raise
        traces.finished.set()
        return True

    def fail(*_: object) -> None:
        raise GraphQLError("This field fails.")

    json_scalar = GraphQLScalarType("JSON")
    waits = GraphQLField(GraphQLNonNull(Boolean), {"seconds": GraphQLArgument(GraphQLNonNull(GraphQLInt))}, wait)

    def echo(type_: GraphQLScalarType) -> GraphQLField:
        return GraphQLField(type_, {"value": GraphQLArgument(type_)}, lambda _source, _info, value=None: value)

    query = GraphQLObjectType(
        "Query",
        {
            "hello": GraphQLField(GraphQLString, resolve=lambda *_: "world"),
            "int": echo(GraphQLInt),
            "id": echo(GraphQLID),
            "json": echo(json_scalar),
            "string": echo(GraphQLString),
            "fails": GraphQLField(GraphQLString, resolve=fail),
            "failsAtRoot": GraphQLField(GraphQLNonNull(GraphQLString), resolve=fail),
            "waits": waits,
            "nested": GraphQLField(
                json_scalar,
                {"levels": GraphQLArgument(GraphQLNonNull(GraphQLInt))},
                lambda _source, _info, levels: _nested(levels),
            ),
        },
    )
    return GraphQLSchema(query, GraphQLObjectType("Mutation", {"waits": waits}))


def sample_app(limits: HttpLimits, traces: Traces | None = None, **options: object) -> ASGIApp:
    """The whole stack, as a server would wire it; `options` go to the endpoint."""
    schema = sample_schema(traces or Traces())

    async def run(params: GraphQLParams, *, read_only: bool, request: Request) -> Outcome:
        if "X-Crash" in request.headers:
            raise RuntimeError("secret")
        if params.query is None:
            raise document_refused(Reason.DOCUMENT_NOT_FOUND)
        return await _execute(schema, params, read_only=read_only)

    options.setdefault("page", lambda _: HTMLResponse(PAGE))
    options.setdefault("places", Places(100))
    endpoint = GraphQLEndpoint(execute=run, limits=limits, **options)
    return Starlette(
        routes=[Route("/graphql", endpoint), Route("/graphql/{document:path}", endpoint)],
        middleware=[Middleware(RequestId), Middleware(Failures)],
        exception_handlers={HTTPException: answer_http_exception},
    )


async def _execute(schema: GraphQLSchema, params: GraphQLParams, *, read_only: bool) -> Outcome:
    try:
        document = parse(params.query or "", max_tokens=1000)
    except GraphQLError as error:
        return RequestError([error.formatted], RequestErrorCause.SYNTAX)
    if errors := validate(schema, document):
        return RequestError([error.formatted for error in errors], RequestErrorCause.VALIDATION)
    operation = get_operation_ast(document, params.operation_name)
    if operation is None:
        return RequestError([{"message": "Name one operation of the document."}], RequestErrorCause.OPERATION)
    is_query = operation.operation is OperationType.QUERY
    if read_only and not is_query:
        raise mutation_by_get()

    async def run() -> ExecutionResult:
        result = execute(schema, document, variable_values=dict(params.variables), operation_name=params.operation_name)
        return result if isinstance(result, ExecutionResult) else await result

    result = await (run() if is_query else to_completion(run()))
    errors = [error.formatted for error in result.errors or []]
    if result.data is None and not any("path" in error for error in errors):
        return RequestError(errors, RequestErrorCause.VARIABLES)
    return Executed(result.data, errors)


def _nested(levels: int) -> object:
    value: object = "bottom"
    for _ in range(levels):
        value = [value]
    return value
