"""What packages hold and cost, where they are shown, and whether they can be bought whole."""

import uuid
from typing import Any

import pytest

from tests.plugins.graph import NOW, Graph, gid

PACKAGE = """
  query ($id: ID!) {
    package(id: $id) {
      name description isActive version
      price { amount currency }
      function { slug }
      items { quantity allocatedPrice { amount currency } ticket { name } }
      availability { state remaining asOf }
    }
  }
"""


async def package(graph: Graph, key: uuid.UUID) -> dict[str, Any]:
    found: dict[str, Any] = (await graph.data(PACKAGE, id=gid("Package", key)))["package"]
    return found


async def availability(graph: Graph, key: uuid.UUID) -> tuple[str, int | None]:
    found = (await package(graph, key))["availability"]
    return found["state"], found["remaining"]


async def test_a_package_shows_what_it_holds_in_the_organisers_order(graph: Graph) -> None:
    function = graph.function(slug="fest")
    day, night = (graph.ticket(graph.event(function), name=name) for name in ("Day", "Night"))
    key = graph.package(
        function,
        {night: 1, day: 2},
        name="Pass",
        description="Both",
        price_amount=5000,
        price_currency="JPY",
        version=2,
    )

    assert await package(graph, key) == {
        "name": "Pass",
        "description": "Both",
        "isActive": True,
        "version": 2,
        "price": {"amount": "5000", "currency": "JPY"},
        "function": {"slug": "fest"},
        "items": [
            {"quantity": 1, "allocatedPrice": {"amount": "1000", "currency": "JPY"}, "ticket": {"name": "Night"}},
            {"quantity": 2, "allocatedPrice": {"amount": "1000", "currency": "JPY"}, "ticket": {"name": "Day"}},
        ],
        "availability": {"state": "AVAILABLE", "remaining": None, "asOf": "2027-05-01T12:00:00Z"},
    }


async def test_a_package_is_as_scarce_as_its_scarcest_item(graph: Graph) -> None:
    function = graph.function()
    event = graph.event(function)
    plenty, few = (graph.ticket(event, [graph.pool(capacity, sold=0)]) for capacity in (1000, 9))

    assert await availability(graph, graph.package(function, [plenty])) == ("AVAILABLE", None)
    assert await availability(graph, graph.package(function, {plenty: 1, few: 1})) == ("LOW", 9)
    assert await availability(graph, graph.package(function, {plenty: 1, few: 4})) == ("LOW", 2)
    assert await availability(graph, graph.package(function, {plenty: 1, few: 10})) == ("SOLD_OUT", None)


async def test_items_that_share_a_pool_need_all_their_places_of_it(graph: Graph) -> None:
    function = graph.function()
    event, pool = graph.event(function), graph.pool(5, sold=2)
    adult, child = (graph.ticket(event, [pool]) for _ in range(2))

    assert await availability(graph, graph.package(function, {adult: 2, child: 1})) == ("LOW", 1)
    assert await availability(graph, graph.package(function, {adult: 2, child: 2})) == ("SOLD_OUT", None)


async def test_a_package_with_an_item_that_is_not_on_sale_is_not_on_sale(graph: Graph) -> None:
    function = graph.function()
    event = graph.event(function)
    now, over = graph.ticket(event), graph.ticket(event, sale_end=NOW)

    assert await availability(graph, graph.package(function, [now, over])) == ("NOT_ON_SALE", None)


async def test_a_package_without_items_is_not_on_sale(graph: Graph) -> None:
    assert await availability(graph, graph.package(graph.function())) == ("NOT_ON_SALE", None)


@pytest.mark.parametrize("hidden", ["inactive ticket", "deleted ticket", "unpublished event", "deleted event"])
async def test_an_item_that_may_not_be_seen_is_not_shown_and_keeps_its_package_from_being_sold(
    graph: Graph, hidden: str
) -> None:
    function = graph.function()
    event = graph.event(
        function,
        is_published=hidden != "unpublished event",
        deleted_at=NOW if hidden == "deleted event" else None,
    )
    secret = graph.ticket(
        event,
        is_active=hidden != "inactive ticket",
        deleted_at=NOW if hidden == "deleted ticket" else None,
    )
    shown = graph.ticket(graph.event(function), name="Shown")

    found = await package(graph, graph.package(function, [secret, shown]))

    assert [item["ticket"]["name"] for item in found["items"]] == ["Shown"]
    assert found["availability"]["state"] == "NOT_ON_SALE"


EVENT_PACKAGES = "query ($id: ID!) { event(id: $id) { packages { name } } }"


async def test_an_event_shows_the_packages_that_hold_a_ticket_of_it_oldest_first(graph: Graph) -> None:
    function = graph.function()
    event, other = graph.event(function), graph.event(function)
    tickets = [graph.ticket(event), graph.ticket(event), graph.ticket(other)]
    keys = sorted(uuid.uuid4() for _ in range(4))
    for key, name, items in zip(
        keys, ("Both", "First", "Other", "All"), (tickets[:2], tickets[:1], tickets[2:], tickets), strict=True
    ):
        graph.package(function, items, package_id=key, name=name)

    data = await graph.data(EVENT_PACKAGES, id=gid("Event", event))

    assert [each["name"] for each in data["event"]["packages"]] == ["Both", "First", "All"]


async def test_a_ticket_that_may_not_be_seen_does_not_show_its_package_with_the_event(graph: Graph) -> None:
    function = graph.function()
    event = graph.event(function)
    graph.package(function, [graph.ticket(event, is_active=False)])

    assert await graph.data(EVENT_PACKAGES, id=gid("Event", event)) == {"event": {"packages": []}}
