"""A to-one edge of which only the key is asked takes no statement, where the parent's visibility says all."""

import pytest

from tests.plugins.graph import Graph, gid


@pytest.fixture
def shop(graph: Graph) -> dict[str, str]:
    function = graph.function()
    event = graph.event(function)
    ticket = graph.ticket(event)
    package = graph.package(function, [ticket])
    return {
        "function": gid("Function", function),
        "event": gid("Event", event),
        "ticket": gid("Ticket", ticket),
        "package": gid("Package", package),
    }


async def test_the_key_of_a_tickets_event_comes_from_the_ticket(graph: Graph, shop: dict[str, str]) -> None:
    answer = await graph(
        "query ($id: ID!) { node(id: $id) { ... on Ticket { event { __typename id } } } }", {"id": shop["ticket"]}
    )

    assert answer.data == {"node": {"event": {"__typename": "Event", "id": shop["event"]}}}
    assert [ran.name for ran in answer.statements] == ["tickets.by_id"]


async def test_the_keys_of_a_package_and_of_its_items_come_from_them(graph: Graph, shop: dict[str, str]) -> None:
    answer = await graph(
        "query ($id: ID!) { package(id: $id) { function { id } items { ticket { id } } } }", {"id": shop["package"]}
    )

    assert answer.data == {
        "package": {"function": {"id": shop["function"]}, "items": [{"ticket": {"id": shop["ticket"]}}]}
    }
    assert [ran.name for ran in answer.statements] == ["packages.by_id", "package.items"]


async def test_anything_beside_the_key_takes_a_statement(graph: Graph, shop: dict[str, str]) -> None:
    answer = await graph(
        "query ($id: ID!) { node(id: $id) { ... on Ticket { event { id title } } } }", {"id": shop["ticket"]}
    )

    assert answer.data["node"]["event"]["title"]
    assert [ran.name for ran in answer.statements] == ["tickets.by_id", "events.by_id"]


async def test_the_function_of_an_event_is_always_looked_up_since_it_may_be_hidden(graph: Graph) -> None:
    hidden = graph.function(is_active=False)
    event = graph.event(hidden)

    answer = await graph("query ($id: ID!) { event(id: $id) { function { id } } }", {"id": gid("Event", event)})

    assert answer.data == {"event": {"function": None}}
