"""What tickets cost, and whether they can be bought now."""

import datetime as dt
from typing import Any

import pytest

from auth.viewer import ADMIN, ANONYMOUS
from tests.plugins.graph import NOW, Graph, gid

HOUR = dt.timedelta(hours=1)
TICKETS = """{
  events { nodes { tickets { nodes { name price { amount currency } availability { state remaining asOf } } } } }
}"""


async def tickets(graph: Graph) -> list[dict[str, Any]]:
    data = await graph.data(TICKETS)
    return [ticket for event in data["events"]["nodes"] for ticket in event["tickets"]["nodes"]]


@pytest.mark.parametrize(
    ("minor", "currency", "amount"),
    [
        (1250, "EUR", "12.50"),
        (0, "EUR", "0.00"),
        (1250, "JPY", "1250"),
        (1250, "KWD", "1.250"),
        (12500, "CLF", "1.2500"),
        (2**63 - 1, "USD", "92233720368547758.07"),
    ],
)
async def test_a_price_is_a_decimal_string_with_the_decimals_of_its_currency(
    graph: Graph, minor: int, currency: str, amount: str
) -> None:
    graph.ticket(graph.event(), price_amount=minor, price_currency=currency)

    (ticket,) = await tickets(graph)

    assert ticket["price"] == {"amount": amount, "currency": currency}


STATES = [
    # the pools as (capacity, sold, held) → what anyone may know
    ([], "AVAILABLE", None),
    ([(None, 5, 5)], "AVAILABLE", None),
    ([(1000, 0, 0)], "AVAILABLE", None),
    ([(1000, 900, 0)], "LOW", 100),
    ([(1000, 900, 50)], "LOW", 50),
    ([(1000, 990, 10)], "HELD", None),
    ([(1000, 1000, 0)], "SOLD_OUT", None),
    ([(0, 0, 0)], "SOLD_OUT", None),
    ([(1000, 0, 0), (20, 15, 0)], "LOW", 5),
    ([(1000, 0, 0), (20, 20, 0)], "SOLD_OUT", None),
    ([(20, 15, 0), (20, 17, 0)], "LOW", 3),
]


@pytest.mark.parametrize(("pools", "state", "remaining"), STATES, ids=str)
async def test_a_ticket_is_as_scarce_as_its_scarcest_pool(
    graph: Graph, pools: list[tuple[int | None, int, int]], state: str, remaining: int | None
) -> None:
    keys = [graph.pool(capacity, sold=sold, held=held) for capacity, sold, held in pools]
    graph.ticket(graph.event(), keys)

    (ticket,) = await tickets(graph)

    assert ticket["availability"] == {"state": state, "remaining": remaining, "asOf": "2027-05-01T12:00:00Z"}


async def test_staff_are_told_how_many_are_left_in_any_state(graph: Graph) -> None:
    function = graph.function()
    event = graph.event(function)
    for sold in (100, 990, 1000):
        graph.package(function, [graph.ticket(event, [graph.pool(1000, sold=sold)])])
    document = """{
      events { nodes { tickets { nodes { availability { remaining } } } } }
      functions { nodes { packages { nodes { availability { remaining } } } } }
    }"""

    for viewer, remaining in [(ADMIN, [900, 10, 0]), (ANONYMOUS, [None, 10, None])]:
        data = await graph.data(document, viewer=viewer)
        expected = [{"availability": {"remaining": each}} for each in remaining]
        assert data["events"]["nodes"][0]["tickets"]["nodes"] == expected
        assert data["functions"]["nodes"][0]["packages"]["nodes"] == expected


@pytest.mark.parametrize(
    ("start", "end", "state"),
    [
        (NOW, None, "AVAILABLE"),
        (NOW + HOUR, None, "NOT_ON_SALE"),
        (None, NOW, "NOT_ON_SALE"),
        (NOW - HOUR, NOW + HOUR, "AVAILABLE"),
    ],
)
async def test_a_ticket_can_be_bought_while_its_sale_runs(
    graph: Graph, start: dt.datetime | None, end: dt.datetime | None, state: str
) -> None:
    graph.ticket(graph.event(), sale_start=start, sale_end=end)

    (ticket,) = await tickets(graph)

    assert ticket["availability"]["state"] == state


async def test_tickets_of_one_pool_run_out_together(graph: Graph) -> None:
    event, pool = graph.event(), graph.pool(100, sold=99)
    graph.ticket(event, [pool], name="One")
    graph.ticket(event, [pool], name="Pair", min_per_order=2)

    one, pair = await tickets(graph)

    assert (one["availability"]["state"], one["availability"]["remaining"]) == ("LOW", 1)
    assert (pair["availability"]["state"], pair["availability"]["remaining"]) == ("SOLD_OUT", None)


async def test_a_pool_that_was_deleted_limits_nothing(graph: Graph) -> None:
    graph.ticket(graph.event(), [graph.pool(0, deleted_at=NOW)])

    (ticket,) = await tickets(graph)

    assert ticket["availability"]["state"] == "AVAILABLE"


async def test_a_ticket_shows_what_was_recorded_of_it(graph: Graph) -> None:
    ticket = graph.ticket(
        graph.event(slug="gala"),
        name="Day",
        description="With lunch",
        min_per_order=2,
        max_per_order=6,
        sale_start=NOW,
        sale_end=NOW + HOUR,
        version=4,
    )
    fields = "id name description minPerOrder maxPerOrder saleStart saleEnd isActive version event { slug }"

    data = await graph.data(
        f"query ($id: ID!) {{ node(id: $id) {{ ... on Ticket {{ {fields} }} }} }}", id=gid("Ticket", ticket)
    )

    assert data["node"] == {
        "id": gid("Ticket", ticket),
        "name": "Day",
        "description": "With lunch",
        "minPerOrder": 2,
        "maxPerOrder": 6,
        "saleStart": "2027-05-01T12:00:00Z",
        "saleEnd": "2027-05-01T13:00:00Z",
        "isActive": True,
        "version": 4,
        "event": {"slug": "gala"},
    }
