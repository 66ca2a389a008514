"""`boxoffice explain`: what executing an operation comes to."""

import asyncio
import re
from pathlib import Path

import pytest
from rich.console import Console

from auth.claims import customer_id_of
from auth.viewer import ADMIN, ANONYMOUS, Membership, OrgRole, Role, Viewer
from domain.ids import uuid7
from server.builtin import CLIENT, RELEASE
from server.explain import Explanation, explain
from server.explain_tree import tree_of
from tests.plugins.graph import SECRET, Graph
from tests.plugins.program import run

NESTED = "query Page { functions { nodes { name events { nodes { title tickets { nodes { pools { name } } } } } } } }"


def lines(told: Explanation) -> list[str]:
    console = Console(width=200, record=True, force_terminal=False, quiet=True)
    with console.capture() as captured:
        console.quiet = False
        console.print(tree_of(told))
    return [line.strip("│├└─ ").strip() for line in captured.get().splitlines()]


@pytest.fixture
async def shop(graph: Graph) -> Graph:
    for _ in range(3):
        function = graph.function()
        for _ in range(2):
            graph.ticket(graph.event(function))
    await graph.flush()
    return graph


async def test_it_shows_batches_statements_rows_plans_and_permissions(shop: Graph) -> None:
    result, told = await explain(shop.database, SECRET, NESTED)

    shown = lines(told)
    assert shown[0].startswith("query Page · 3 statements")
    assert any(line.startswith("events_of_functions: 3 parents in") for line in shown)
    assert any(line.startswith("event.tickets.page: 6 rows in") for line in shown)
    assert any("on functions" in line and "cost=" in line for line in shown)
    assert any(line == "pools: [CapacityPool!] · asks · complexity 1 · requires STAFF" for line in shown)
    assert any(line == "title: String! · reads" for line in shown)
    assert len(result.errors or []) == 6


async def test_it_says_what_postgresql_writes(shop: Graph) -> None:
    asked = "{ functions { nodes { name events { nodes { title tickets { nodes { name price { amount } } } } } } } }"

    result, told = await explain(shop.database, SECRET, asked)

    shown = lines(told)
    assert any(line.startswith("tickets: TicketConnection! · asks") for line in shown)
    assert any(line.startswith("event.tickets.page: 6 rows in") for line in shown)
    assert any(line == "name: String! · written by PostgreSQL" for line in shown)
    assert any(line == "amount: Decimal! · written by PostgreSQL" for line in shown)
    assert any(line == "title: String! · reads" for line in shown)
    assert not result.errors


async def test_plans_are_those_for_any_values(shop: Graph) -> None:
    """As the sessions that serve are told, and not those for the values of this time."""
    asked = "query ($slug: String!) { events(filter: {functionSlug: $slug}) { nodes { title } } }"

    result, told = await explain(shop.database, SECRET, asked, variables={"slug": "it's"})

    assert not result.errors
    assert re.search(r"slug = \(\$\d\)", "".join(told.reads[0].plan))


async def test_plans_are_those_of_whoever_asks(shop: Graph) -> None:
    shop.function(is_active=False)
    await shop.flush()
    staff = Viewer(Role.CUSTOMER, memberships=frozenset({Membership(shop.home, OrgRole.DOOR)}))

    (anyone,), (own,), (everyone,) = [
        (await explain(shop.database, SECRET, "{ functions { nodes { name } } }", viewer=viewer))[1].reads
        for viewer in (ANONYMOUS, staff, ADMIN)
    ]

    assert (anyone.rows, own.rows, everyone.rows) == (3, 4, 4)
    # By the statement, and by row-level security: of both there is nothing to see for anyone, since an index says it.
    assert "".join(own.plan).count("organisation_id = ANY") == 2
    assert "organisation_id" not in "".join(anyone.plan)


async def test_a_statement_that_reads_a_table_from_end_to_end_is_marked(shop: Graph) -> None:
    await shop.sql("DROP INDEX ix_functions_page, ix_functions_organisation_page, ix_functions_search")
    await shop.sql("ANALYZE functions")

    _, told = await explain(shop.database, SECRET, "{ functions { nodes { name } } }")

    assert told.scans
    assert "reads a table from end to end" in lines(told)


async def test_plans_can_be_asked_for_as_large_tables_would_have_them(shop: Graph) -> None:
    """What an index can be used for does not count as a scan, however few rows there are by now."""
    await shop.sql("ANALYZE functions")
    asked = "{ functions { nodes { name } } }"
    _, indexed = await explain(shop.database, SECRET, asked, large=True)
    await shop.sql(
        "DROP INDEX ix_functions_page, ix_functions_organisation_page, ix_functions_search, ix_functions_any"
    )
    await shop.sql("DROP INDEX ix_functions_organisation_any, uq_functions_slug")
    _, scanned = await explain(shop.database, SECRET, asked, large=True)

    assert (indexed.scans, scanned.scans) == (False, True)


async def test_analysing_shows_what_postgresql_measured(shop: Graph) -> None:
    _, told = await explain(shop.database, SECRET, "{ functions { nodes { name } } }", analyze=True)

    assert any("actual time=" in line for line in lines(told))


async def test_each_type_of_an_abstract_field_has_a_branch_of_its_own(shop: Graph) -> None:
    _, told = await explain(
        shop.database, SECRET, "query ($id: ID!) { node(id: $id) { ... on Event { title } } }", variables={"id": "x"}
    )

    assert "on Event" in lines(told)
    assert not told.reads


async def test_the_command_asks_as_whom_it_is_told(
    shop: Graph, tmp_path: Path, database_url: str, redis_url: str
) -> None:
    shop.function(is_active=False)
    await shop.flush()
    await shop.sql(
        "INSERT INTO customers (customer_id, subject) VALUES (:key, 'somebody')", key=customer_id_of("somebody")
    )
    await shop.sql(
        "INSERT INTO organisation_members (organisation_id, customer_id, role) VALUES (:home, :key, 'DOOR')",
        home=shop.home,
        key=customer_id_of("somebody"),
    )
    file = tmp_path / "page.graphql"
    file.write_text("{ functions { nodes { name } } }")
    reach = {"DATABASE_URL": database_url, "REDIS_URL": redis_url, "SECRET_KEY": "k" * 32}

    for options, rows in ([], 3), (["--as", "admin"], 4), (["--as", "somebody"], 4), (["--as", "nobody"], 3):
        told = await asyncio.to_thread(run, "explain", str(file), *options, cwd=tmp_path, **reach)
        assert f"functions.page: {rows} rows" in told.stdout, told.stderr


def test_a_document_with_faults_is_told_in_lines_that_say_where(
    tmp_path: Path, database_url: str, redis_url: str
) -> None:
    file = tmp_path / f"{uuid7()}.graphql"
    file.write_text("{ functions { nodes { nme } } }")
    reach = {"DATABASE_URL": database_url, "REDIS_URL": redis_url, "SECRET_KEY": "k" * 32}

    refused = run("explain", str(file), cwd=tmp_path, **reach)
    missing = run("explain", "nowhere.graphql", cwd=tmp_path, **reach)
    wrong = run("explain", str(file), "--variables", "[1]", cwd=tmp_path, **reach)

    assert (refused.returncode, missing.returncode, wrong.returncode) == (1, 1, 1)
    assert "Cannot query field 'nme'" in refused.stderr
    assert "GraphQL request:1:23" in refused.stderr
    assert "nowhere.graphql" in missing.stderr
    assert "not a JSON object" in wrong.stderr


def test_what_was_published_is_named_by_its_client_release_and_id(
    tmp_path: Path, database_url: str, redis_url: str
) -> None:
    reach = {"DATABASE_URL": database_url, "REDIS_URL": redis_url, "SECRET_KEY": "k" * 32}
    assert run("operations", "publish-builtin", cwd=tmp_path, **reach).returncode == 0

    told = run("explain", f"{CLIENT}/{RELEASE}/FunctionPage", cwd=tmp_path, **reach)
    unknown = run("explain", f"{CLIENT}/{RELEASE}/Nothing", cwd=tmp_path, **reach)

    assert told.returncode == 0, told.stderr
    assert "query FunctionPage · " in told.stdout
    assert "Index Scan" in told.stdout
    assert "has no operation 'Nothing'" in unknown.stderr
