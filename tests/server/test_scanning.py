"""What published operations ask of the database, and what is told to whoever publishes one that no index serves."""

from pathlib import Path

import pytest
from graphql import get_operation_ast, parse

from commands.clients import create_client
from commands.registering import Author
from commands.registry import publish
from db.statements.registry import OPERATIONS_OF_RELEASE
from domain.registry import POLICIES
from persisted_queries.compiling import Candidate, CompiledOperation, compile_operations
from schema.target import target
from server.scanning import Scan, lasting, look_at
from tests.plugins.graph import Graph

LIST = "query List { functions(first: 3) { nodes { name events(first: 2) { nodes { title } } } } }"
ADD = 'mutation Delete { deleteNode(id: "x", version: 1) { deletedId } }'


AUTHOR = Author("tests")


def compiled(*texts: str) -> list[CompiledOperation]:
    return compile_operations(target(), [Candidate(str(place), text) for place, text in enumerate(texts)])


@pytest.fixture
async def shop(graph: Graph) -> Graph:
    for _ in range(2):
        graph.event(graph.function())
    await graph.flush()
    return graph


async def test_what_indexes_serve_is_not_told_however_small_tables_are(shop: Graph) -> None:
    assert await look_at(shop.database, compiled(LIST)) == []


async def test_a_statement_that_no_index_serves_is_told_once(shop: Graph) -> None:
    await shop.sql("DROP INDEX ix_functions_page, ix_functions_organisation_page, ix_functions_search")
    await shop.sql("DROP INDEX ix_functions_any, ix_functions_organisation_any, uq_functions_slug")

    (first, *_) = found = await look_at(shop.database, compiled(LIST, LIST))

    assert first == Scan("List", "functions.page", "functions")
    assert len(found) == len(set(found))
    assert "reads functions from end to end" in str(first)


def test_what_is_hashed_while_a_table_is_small_does_not_last() -> None:
    plan = [
        "Index Scan using pk_tickets on tickets",
        "  Filter: (ANY (event_id = (hashed SubPlan 2).col1)) OR (SubPlan 1)",
        "  SubPlan 2",
        "    ->  Seq Scan on events",
        "          Filter: is_published",
        "  SubPlan 1",
        "    ->  Seq Scan on pools",
    ]

    assert [line for line in lasting(plan) if "Seq Scan" in line] == ["    ->  Seq Scan on pools"]


async def test_the_statements_of_an_operation_are_kept_with_it_field_by_field(shop: Graph) -> None:
    await create_client(shop.owner, "web", POLICIES["ids-only"], AUTHOR)
    done = await publish(shop.owner, target(), "web", "1.0", [Candidate("List", LIST)], AUTHOR)

    await look_at(shop.owner, done.operations)

    (row,) = await shop.owner.fetch(OPERATIONS_OF_RELEASE, {"release_id": done.release_id})
    kept = {(each["field"], each["statement"]) for each in row["statements"]}
    assert kept == {("functions", "functions.page"), ("functions.nodes.events", "function.events.page")}
    assert all(each["sql"].startswith("SELECT") for each in row["statements"])


async def test_mutations_are_not_executed_to_be_looked_at(shop: Graph) -> None:
    assert await look_at(shop.database, compiled(ADD)) == []


async def test_no_operation_that_the_program_brings_or_shows_as_an_example_scans(shop: Graph) -> None:
    folder = Path(__file__).parents[2]
    paths = [*(folder / "web/graphiql/examples").glob("*.graphql"), *folder.glob("server/builtin/**/*.graphql")]
    texts = [path.read_text(encoding="utf-8") for path in paths]
    operations = compiled(*(text for text in texts if get_operation_ast(parse(text)) is not None))

    assert len(operations) > 5
    assert await look_at(shop.database, operations) == []
