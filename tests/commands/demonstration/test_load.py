import asyncio
import datetime as dt
from typing import Any

import pytest

from commands.demonstration import load_demonstration
from tests.plugins.graph import NOW, Graph

TODAY = NOW.date()

ALL = """{ functions(first: 100) { nodes {
    name slug description startDate endDate timezone organisation { slug } metadata
    packages { nodes {
      name price { amount currency } items { quantity allocatedPrice { amount } ticket { event { id } } } } }
    events(first: 100) { nodes { id title slug description tickets { nodes {
        id name price { amount currency } availability { state remaining } } } } } } } }"""


@pytest.fixture
async def demonstration(graph: Graph) -> Graph:
    counts = await load_demonstration(graph.owner, TODAY)
    assert counts is not None
    assert counts.functions >= 12
    return graph


async def functions_of(graph: Graph) -> list[dict[str, Any]]:
    data = await graph.data(ALL)
    nodes: list[dict[str, Any]] = data["functions"]["nodes"]
    return nodes


async def test_a_stranger_finds_functions_in_many_zones_and_currencies(demonstration: Graph) -> None:
    functions = await functions_of(demonstration)
    tickets = [t for f in functions for e in f["events"]["nodes"] for t in e["tickets"]["nodes"]]

    assert len(functions) >= 12
    assert all(f["description"] and f["metadata"] for f in functions)
    assert all(6 <= len(f["events"]["nodes"]) <= 12 for f in functions)
    assert len({f["organisation"]["slug"] for f in functions}) == 4
    assert len({f["timezone"] for f in functions}) >= 8
    assert {t["price"]["currency"] for t in tickets} >= {"EUR", "GBP", "JPY", "KWD", "CLP", "OMR"}
    decimals = {t["price"]["currency"]: len(t["price"]["amount"].partition(".")[2]) for t in tickets}
    assert (decimals["EUR"], decimals["JPY"], decimals["KWD"]) == (2, 0, 3)


async def test_there_is_a_ticket_in_every_state(demonstration: Graph) -> None:
    functions = await functions_of(demonstration)
    shown = [t["availability"] for f in functions for e in f["events"]["nodes"] for t in e["tickets"]["nodes"]]

    assert {each["state"] for each in shown} == {"AVAILABLE", "LOW", "HELD", "SOLD_OUT", "NOT_ON_SALE"}
    assert all((each["remaining"] is not None) == (each["state"] == "LOW") for each in shown)


async def test_packages_bundle_several_events_and_their_parts_add_up(demonstration: Graph) -> None:
    packages = [p for f in await functions_of(demonstration) for p in f["packages"]["nodes"]]

    assert len(packages) >= 12
    for package in packages:
        assert len({item["ticket"]["event"]["id"] for item in package["items"]}) > 1, package["name"]
        parts = sum(float(item["allocatedPrice"]["amount"]) for item in package["items"])
        assert parts == pytest.approx(float(package["price"]["amount"]))


async def test_drafts_stay_hidden(demonstration: Graph) -> None:
    hidden = await demonstration.data(
        """{ draft: function(slug: "orizuru-game-convention-sapporo") { id }
             rehearsal: event(slug: "officers-rehearsal") { id }
             crew: search(query: "crew supper", first: 5) { edges { cursor } } }"""
    )

    assert hidden == {"draft": None, "rehearsal": None, "crew": {"edges": []}}


async def test_the_old_hierarchy_stands_with_and_without_a_function(demonstration: Graph) -> None:
    data = await demonstration.data(
        """query ($old: String!, $both: String!) {
             old: event(slug: $old) { function { slug } parentEvent { title childEvents(first: 10) { title } }
                                      hierarchy { source } }
             both: event(slug: $both) { function { slug } parentEvent { title } hierarchy { source } } }""",
        old="lunchtime-recital-lute",
        both="standard-bearers-procession",
    )

    assert data["old"]["function"] is None
    assert data["old"]["hierarchy"]["source"] == "PARENT_EVENT"
    assert data["old"]["parentEvent"]["title"] == "Lunchtime Recitals"
    assert len(data["old"]["parentEvent"]["childEvents"]) == 3
    assert data["both"]["function"]["slug"] == "grand-convocation"
    assert data["both"]["parentEvent"]["title"] == "Opening of the Convocation"


@pytest.mark.parametrize("later", [0, 30, 365, 700])
async def test_the_first_page_is_not_empty_for_two_years(demonstration: Graph, later: int) -> None:
    demonstration.now = NOW + dt.timedelta(days=later)
    data = await demonstration.data(
        "{ homepage { featuredEvents(first: 3) { title } upcoming(first: 5) { nodes { title } } } }"
    )

    assert len(data["homepage"]["upcoming"]["nodes"]) == 5
    assert later > 365 or data["homepage"]["featuredEvents"]


async def test_several_tickets_share_a_pool(demonstration: Graph) -> None:
    async with demonstration.owner.write() as connection:
        answer = await connection.exec_driver_sql("SELECT pool_id FROM ticket_pools GROUP BY 1 HAVING count(*) > 2")

        assert len(answer.all()) > 5


async def test_a_database_that_holds_a_function_is_left_alone(graph: Graph) -> None:
    graph.function(name="The only one", deleted_at=NOW)
    await graph.flush()

    assert await load_demonstration(graph.owner, TODAY) is None
    assert await functions_of(graph) == []


async def test_processes_that_start_together_load_it_once(graph: Graph) -> None:
    loaded = await asyncio.gather(*(load_demonstration(graph.owner, TODAY) for _ in range(3)))

    assert sum(counts is not None for counts in loaded) == 1
