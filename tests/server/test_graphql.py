"""What the endpoint executes: which errors a client sees, and which it does not."""

import asyncio
import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
import structlog
from graphql import GraphQLField, GraphQLObjectType, GraphQLSchema, GraphQLString, build_schema, default_field_resolver
from starlette.requests import Request

from db.database import Database, DatabaseOptions, open_database
from domain.errors import InvalidArgument
from domain.registry import POLICIES
from execution.engine import Engine
from execution.plan import Calls, Description
from persisted_queries.automatic import AutomaticQueries
from persisted_queries.documents import DocumentCache
from schema import graphql_schema
from schema.describe import describe
from server.admitting import Door
from server.calling import Caller
from server.graphql import GraphQLServer
from server.http.answer import Executed, RequestError, RequestErrorCause
from server.http.params import GraphQLParams
from server.http.refusals import Refused
from server.preparing import Preparation

NOWHERE = "postgresql://nobody@127.0.0.1:1/nothing"


def schema_of(resolve: Callable[..., Any]) -> GraphQLSchema:
    return GraphQLSchema(GraphQLObjectType("Query", {"field": GraphQLField(GraphQLString, resolve=resolve)}))


def raising(error: Exception) -> Callable[..., Any]:
    def resolve(*_args: object) -> None:
        raise error

    return resolve


def describe_plainly(_parent: object, _name: str, definition: GraphQLField) -> Description:
    return Description(Calls(definition.resolve or default_field_resolver))


async def execute(
    database: Database, schema: GraphQLSchema, text: str, *, read_only: bool = False, limit: float = 5, **params: Any
) -> Executed | RequestError:
    server = GraphQLServer(
        preparation=Preparation(engine=Engine(schema, describe_plainly), documents=DocumentCache(schema)),
        database=database,
        secret=b"s" * 32,
        timeout=limit,
        door=Door(AutomaticQueries(None, "schema", 60), POLICIES["open"]),
    )
    request = Request({"type": "http", "method": "POST", "headers": [], "state": {"request_id": "r-12345678"}})
    return await server.execute(GraphQLParams(query=text, **params), read_only=read_only, request=request)


async def test_a_refusal_keeps_its_message_and_code_and_is_not_logged_as_a_crash(database: Database) -> None:
    schema = schema_of(raising(InvalidArgument("`first` is -1; it must be from 0 to 100.")))

    with structlog.testing.capture_logs() as logs:
        outcome = await execute(database, schema, "{ field }")

    assert isinstance(outcome, Executed)
    (error,) = outcome.errors
    assert error["message"] == "`first` is -1; it must be from 0 to 100."
    assert error["extensions"] == {"code": "BAD_USER_INPUT"}
    assert error["path"] == ["field"]
    assert not [line for line in logs if line["log_level"] == "error"]


async def test_what_is_not_meant_for_clients_is_masked_and_logged_with_the_request_id(database: Database) -> None:
    schema = schema_of(raising(RuntimeError("the password is hunter2")))

    with structlog.testing.capture_logs() as logs:
        outcome = await execute(database, schema, "{ field }")

    assert isinstance(outcome, Executed)
    assert "hunter2" not in str(outcome.errors)
    assert outcome.errors[0]["extensions"] == {"code": "INTERNAL_SERVER_ERROR", "requestId": "r-12345678"}
    (line,) = [line for line in logs if line["log_level"] == "error"]
    assert line["request_id"] == "r-12345678"
    assert "hunter2" in repr(line["exc_info"])


@pytest.mark.parametrize(
    ("text", "cause", "code"),
    [
        ("{ field", RequestErrorCause.SYNTAX, "GRAPHQL_PARSE_FAILED"),
        ("{ other }", RequestErrorCause.VALIDATION, "GRAPHQL_VALIDATION_FAILED"),
        ("query A { field } query B { field }", RequestErrorCause.OPERATION, "OPERATION_RESOLUTION_FAILURE"),
    ],
)
async def test_a_document_that_cannot_be_executed_is_a_request_error(
    database: Database, text: str, cause: RequestErrorCause, code: str
) -> None:
    outcome = await execute(database, schema_of(lambda *_: "x"), text)

    assert isinstance(outcome, RequestError)
    assert outcome.cause is cause
    assert outcome.errors[0]["extensions"] == {"code": code}


async def test_variables_that_do_not_fit_are_a_request_error(database: Database) -> None:
    schema = build_schema("type Query { field(number: Int): String }")

    outcome = await execute(database, schema, "query ($n: Int) { field(number: $n) }", variables={"n": "many"})

    assert isinstance(outcome, RequestError)
    assert outcome.cause is RequestErrorCause.VARIABLES
    assert outcome.errors[0]["extensions"] == {"code": "BAD_USER_INPUT"}


async def test_a_mutation_by_a_safe_method_is_refused_before_it_runs(database: Database) -> None:
    schema = build_schema("type Query { field: String } type Mutation { change: String }")

    with pytest.raises(Refused) as refused:
        await execute(database, schema, "mutation { change }", read_only=True)

    assert refused.value.status == 405


async def test_an_operation_over_its_time_is_cancelled_and_says_so(database: Database) -> None:
    cancelled = asyncio.Event()

    async def forever(*_args: object) -> None:
        try:
            await asyncio.sleep(60)
        finally:
            cancelled.set()

    with pytest.raises(Refused) as refused:
        await execute(database, schema_of(forever), "{ field }", limit=0.05)

    assert refused.value.status == 503
    assert refused.value.code == "DEADLINE_EXCEEDED"
    assert "Retry-After" in refused.value.headers
    assert cancelled.is_set()


async def test_a_database_that_is_away_is_503_with_a_time_to_try_again() -> None:
    schema = graphql_schema()
    params = GraphQLParams(query="{ functions { nodes { id } } }")
    async with open_database(DatabaseOptions(NOWHERE, timeout=2)) as nowhere:
        server = GraphQLServer(
            preparation=Preparation(engine=Engine(schema, describe), documents=DocumentCache(schema)),
            database=nowhere,
            secret=b"s" * 32,
            timeout=5,
            door=Door(AutomaticQueries(None, "schema", 60), POLICIES["open"]),
        )
        with pytest.raises(Refused) as refused:
            await server.execute(
                params, read_only=True, request=Request({"type": "http", "method": "POST", "headers": []})
            )

    assert refused.value.status == 503
    assert refused.value.code == "SERVICE_UNAVAILABLE"
    assert "Retry-After" in refused.value.headers


async def test_every_answer_of_an_operation_speaks_of_the_same_moment(database: Database) -> None:
    seen: list[dt.datetime] = []

    def look(_root: object, info: Any) -> str:
        seen.append(info.context.now)
        return "x"

    await execute(database, schema_of(look), "{ a: field b: field }")

    assert seen[0] == seen[1]


async def test_where_a_token_may_have_been_revoked_nothing_is_written_and_reading_goes_on(database: Database) -> None:
    written: list[str] = []
    schema = GraphQLSchema(
        GraphQLObjectType("Query", {"field": GraphQLField(GraphQLString, resolve=lambda *_: "read")}),
        GraphQLObjectType("Mutation", {"write": GraphQLField(GraphQLString, resolve=lambda *_: written.append("x"))}),
    )
    server = GraphQLServer(
        preparation=Preparation(engine=Engine(schema, describe_plainly), documents=DocumentCache(schema)),
        database=database,
        secret=b"s" * 32,
        timeout=5,
        door=Door(AutomaticQueries(None, "schema", 60), POLICIES["open"]),
    )
    uncertain = Caller(is_certain=False)

    read = await server.perform(GraphQLParams(query="{ field }"), uncertain, read_only=False)
    with pytest.raises(Refused) as refused:
        await server.perform(GraphQLParams(query="mutation { write }"), uncertain, read_only=False)

    assert isinstance(read, Executed)
    assert (refused.value.status, refused.value.code) == (503, "SERVICE_UNAVAILABLE")
    assert "Retry-After" in refused.value.headers
    assert written == []
