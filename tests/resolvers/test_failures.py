"""A fault that is nobody's argument is kept whole for whoever logs it, and takes no more away than it must."""

import asyncio
import logging
from collections.abc import Callable

import asyncpg
import pytest
from sqlalchemy import text

from db.database import DatabaseOptions
from domain.errors import Refusal
from persisted_queries.documents import MAX_DEPTH
from tests.plugins.graph import Graph

both_executors = pytest.mark.parametrize("by_core", [False, True], ids=["breadth-first", "by-core"])


@both_executors
async def test_a_fault_of_the_database_stands_behind_the_error_of_its_field(graph: Graph, *, by_core: bool) -> None:
    graph.event(graph.function(name="Fest"), title="Gala")
    await graph.sql("ALTER TABLE functions RENAME COLUMN name TO heading")

    answer = await graph("{ events { nodes { title function { name } } } }", by_core=by_core)

    assert answer.data == {"events": {"nodes": [{"title": "Gala", "function": None}]}}
    (error,) = answer.errors
    assert isinstance(error.original_error, asyncpg.UndefinedColumnError)
    assert not isinstance(error.original_error, Refusal)
    assert error.original_error.__traceback__ is not None
    assert error.path == ["events", "nodes", 0, "function"]


@both_executors
async def test_a_fault_is_told_at_every_place_that_it_left_empty(graph: Graph, *, by_core: bool) -> None:
    function = graph.function()
    for _ in range(3):
        graph.event(function)
    await graph.sql("DROP TABLE functions CASCADE")

    answer = await graph("{ events { nodes { function { name } } } }", by_core=by_core)

    assert [error.path for error in answer.errors] == [["events", "nodes", number, "function"] for number in range(3)]
    assert all(isinstance(error.original_error, asyncpg.UndefinedTableError) for error in answer.errors)


@both_executors
async def test_what_does_not_depend_on_a_fault_is_answered(graph: Graph, *, by_core: bool) -> None:
    graph.event(graph.function(name="Fest"))
    await graph.sql("DROP TABLE ticket_pools, package_items, packages, event_tickets CASCADE")

    answer = await graph(
        '{ functions { nodes { name } } event(slug: "no-such") { tickets { nodes { id } } } package(id: "x") { id } }',
        by_core=by_core,
    )

    assert answer.data == {"functions": {"nodes": [{"name": "Fest"}]}, "event": None, "package": None}
    assert answer.codes == ["BAD_USER_INPUT"]


@both_executors
async def test_several_refusals_of_one_operation_are_all_told(graph: Graph, *, by_core: bool) -> None:
    answer = await graph('{ a: event { id } b: function(id: "x") { id } c: node(id: "x") { id } }', by_core=by_core)

    assert answer.data == {"a": None, "b": None, "c": None}
    assert answer.codes == ["BAD_USER_INPUT", "BAD_USER_INPUT"]
    assert [error.path for error in answer.errors] == [["a"], ["b"]]


@both_executors
async def test_faults_that_nobody_waits_for_any_more_are_not_left_lying(
    graph: Graph, caplog: pytest.LogCaptureFixture, *, by_core: bool
) -> None:
    """The first refusal makes the whole answer null; those beside it must still be collected."""
    fields = " ".join(f"a{number}: events(first: {-1 - number}) {{ totalCount }}" for number in range(5))

    answer = await graph(f"{{ {fields} functions {{ totalCount }} }}", by_core=by_core)

    assert answer.data is None
    assert set(answer.codes) == {"BAD_USER_INPUT"}
    await asyncio.sleep(0.05)
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


async def until(condition: Callable[[], bool]) -> None:
    """Wait for half as long as a statement may take, after which it would end by itself."""
    async with asyncio.timeout(DatabaseOptions("").timeout / 2):
        while not condition():  # noqa: ASYNC110 - PostgreSQL brings it about
            await asyncio.sleep(0.01)


@both_executors
@pytest.mark.parametrize(
    "document",
    [
        "{ events { nodes { function { name } organisation { name } } } }",
        "{ a: functions { totalCount } b: functions(first: 1) { nodes { events { nodes { id } } } } }",
    ],
    ids=["lookups", "pages"],
)
async def test_an_operation_that_is_given_up_gives_its_connections_back(
    graph: Graph, caplog: pytest.LogCaptureFixture, document: str, *, by_core: bool
) -> None:
    graph.event(graph.function())
    await graph(document, by_core=by_core)
    lending = graph.database.reading

    async with graph.owner.write() as connection:
        await connection.execute(text("LOCK TABLE functions, organisations IN ACCESS EXCLUSIVE MODE"))
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await graph(document, by_core=by_core)
        await until(lambda: lending.idle == lending.size)

    assert await graph.data(document)
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


@both_executors
@pytest.mark.parametrize("levels", [10, MAX_DEPTH // 2 - 1])
async def test_an_operation_may_be_as_deep_as_a_document(graph: Graph, levels: int, *, by_core: bool) -> None:
    function = graph.function()
    for slug in ("one", "two"):
        graph.event(function, slug=slug)
    deep = "{hierarchy{siblings" * levels + "{slug}" + "}}" * levels

    answer = await graph(f'{{ event(slug: "one") {deep} }}', by_core=by_core)

    assert not answer.errors
    found = answer.data["event"]
    for _ in range(levels):
        (found,) = found["hierarchy"]["siblings"]
    assert found == {"slug": "two" if levels % 2 else "one"}
