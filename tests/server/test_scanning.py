"""What is told to whoever publishes an operation that no index serves."""

from pathlib import Path

import pytest
from graphql import get_operation_ast, parse

from persisted_queries.compiling import Candidate, CompiledOperation, compile_operations
from schema.target import target
from server.scanning import Scan, lasting, scans_of
from tests.plugins.graph import Graph

LIST = "query List { functions(first: 3) { nodes { name events(first: 2) { nodes { title } } } } }"
ADD = 'mutation Delete { deleteNode(id: "x", version: 1) { deletedId } }'


def compiled(*texts: str) -> list[CompiledOperation]:
    return compile_operations(target(), [Candidate(str(place), text) for place, text in enumerate(texts)])


@pytest.fixture
async def shop(graph: Graph) -> Graph:
    for _ in range(2):
        graph.event(graph.function())
    await graph.flush()
    return graph


async def test_what_indexes_serve_is_not_told_however_small_tables_are(shop: Graph) -> None:
    assert await scans_of(shop.database, compiled(LIST)) == []


async def test_a_statement_that_no_index_serves_is_told_once(shop: Graph) -> None:
    await shop.sql("DROP INDEX ix_functions_page, ix_functions_organisation_page, ix_functions_search")
    await shop.sql("DROP INDEX ix_functions_any, ix_functions_organisation_any, uq_functions_slug")

    (first, *_) = found = await scans_of(shop.database, compiled(LIST, LIST))

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


async def test_mutations_are_not_executed_to_be_looked_at(shop: Graph) -> None:
    assert await scans_of(shop.database, compiled(ADD)) == []


async def test_no_operation_that_the_program_brings_or_shows_as_an_example_scans(shop: Graph) -> None:
    folder = Path(__file__).parents[2]
    paths = [*(folder / "web/graphiql/examples").glob("*.graphql"), *folder.glob("server/builtin/**/*.graphql")]
    texts = [path.read_text(encoding="utf-8") for path in paths]
    operations = compiled(*(text for text in texts if get_operation_ast(parse(text)) is not None))

    assert len(operations) > 5
    assert await scans_of(shop.database, operations) == []
