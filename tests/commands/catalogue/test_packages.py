"""A package holds tickets of its function's events, and its price is theirs to the last unit."""

import uuid
from typing import Any

import pytest

from domain.ids import uuid7
from tests.commands.catalogue.office import Office
from tests.plugins.graph import gid

SHOWN = "name price { amount } items { ticket { id } quantity allocatedPrice { amount } } version"


@pytest.fixture
def function(office: Office) -> uuid.UUID:
    return office.graph.function()


@pytest.fixture
def tickets(office: Office, function: uuid.UUID) -> list[str]:
    """Of two events; one costs twice as much as the other."""
    return [
        gid("Ticket", office.graph.ticket(office.graph.event(function), price_amount=amount)) for amount in (2000, 1000)
    ]


def item(ticket: str, quantity: int = 1) -> dict[str, Any]:
    return {"ticketId": ticket, "quantity": quantity}


def package(function: uuid.UUID, *items: dict[str, Any], **given: Any) -> dict[str, Any]:
    return {
        "functionId": gid("Function", function),
        "name": "All of it",
        "price": "25.00",
        "currency": "EUR",
        "items": items,
        **given,
    }


async def test_the_price_is_allocated_by_what_tickets_cost_alone(
    office: Office, function: uuid.UUID, tickets: list[str]
) -> None:
    done = await office(
        "upsertPackage", SHOWN, input=package(function, item(tickets[1]), item(tickets[0]), price="20.00")
    )

    assert done.thing == {
        "name": "All of it",
        "price": {"amount": "20.00"},
        "items": [
            {"ticket": {"id": tickets[1]}, "quantity": 1, "allocatedPrice": {"amount": "6.67"}},
            {"ticket": {"id": tickets[0]}, "quantity": 1, "allocatedPrice": {"amount": "13.33"}},
        ],
        "version": 1,
    }


async def test_another_price_or_other_items_are_allocated_anew(
    office: Office, function: uuid.UUID, tickets: list[str]
) -> None:
    made = await office("upsertPackage", "id", input=package(function, item(tickets[0])))
    this = {"id": made.thing["id"]}
    cheaper = await office("upsertPackage", SHOWN, **this, version=1, input={"price": "10.00"})
    more = await office(
        "upsertPackage", SHOWN, **this, version=2, input={"items": [item(tickets[0]), item(tickets[1], 2)]}
    )
    same = await office(
        "upsertPackage", SHOWN, **this, version=3, input={"items": [item(tickets[0]), item(tickets[1], 2)]}
    )

    assert [each["allocatedPrice"]["amount"] for each in cheaper.thing["items"]] == ["10.00"]
    assert [each["allocatedPrice"]["amount"] for each in more.thing["items"]] == ["5.00", "5.00"]
    assert same.thing["version"] == 3


async def test_a_package_holds_tickets_of_its_own_function_alone(
    office: Office, function: uuid.UUID, tickets: list[str]
) -> None:
    elsewhere = gid("Ticket", office.graph.ticket(office.graph.event(office.graph.function())))
    in_dollars = gid("Ticket", office.graph.ticket(office.graph.event(function), price_currency="USD"))
    items = [item(tickets[0]), item(elsewhere), item(in_dollars), item(gid("Ticket", uuid7()))]
    done = await office("upsertPackage", input=package(function, *items))

    assert done.kinds == [
        ("NotFound", "input.items.1.ticketId"),
        ("InvalidInput", "input.items.2.ticketId"),
        ("NotFound", "input.items.3.ticketId"),
    ]
    assert await office.rows("SELECT * FROM packages") == []


async def test_what_is_wrong_with_items_is_told_with_their_place(
    office: Office, function: uuid.UUID, tickets: list[str]
) -> None:
    first = tickets[0]
    faults: list[tuple[list[dict[str, Any]], list[tuple[str, str]]]] = [
        ([], [("InvalidInput", "input.items")]),
        ([item(first, 0)], [("InvalidInput", "input.items.0.quantity")]),
        ([item(first), item(first, 2)], [("InvalidInput", "input.items.1.ticketId")]),
        (
            [item("none"), item(first, -1)],
            [("InvalidInput", "input.items.0.ticketId"), ("InvalidInput", "input.items.1.quantity")],
        ),
    ]
    for items, kinds in faults:
        assert (await office("upsertPackage", input=package(function, *items))).kinds == kinds


async def test_a_package_stays_with_its_function_and_its_changes_need_its_version(
    office: Office, function: uuid.UUID, tickets: list[str]
) -> None:
    key = gid("Package", office.graph.package(function))
    other = gid("Function", office.graph.function())

    assert (await office("upsertPackage", id=key, version=1, input={"functionId": other})).kinds == [
        ("InvalidInput", "input.functionId")
    ]
    assert (await office("upsertPackage", id=key, input={"name": "New"})).kinds == [("InvalidInput", "version")]
    assert (await office("upsertPackage", id=key, version=7, input={"name": "New"})).kinds == [
        ("VersionConflict", "version")
    ]
