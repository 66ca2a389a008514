"""Tickets are entered for an event, with a price of its currency's decimals, and draw on pools of its organisation."""

import uuid
from typing import Any

from auth.viewer import ADMIN
from domain.ids import uuid7
from tests.commands.catalogue.office import Office
from tests.plugins.graph import NOW, gid

NOBODY = uuid.UUID(int=7)
PRICE = {"price": "12.50", "currency": "EUR"}


async def test_a_ticket_is_entered_last_of_its_event_and_hidden(office: Office) -> None:
    event, hall = office.graph.event(), office.graph.pool()
    office.graph.ticket(event, position=4)
    done = await office(
        "upsertTicket",
        "name event { id } price { amount currency } minPerOrder maxPerOrder saleStart isActive pools { id } version",
        input={
            "eventId": gid("Event", event),
            "name": "Day",
            **PRICE,
            "saleStart": "2027-05-01T08:00:00Z",
            "poolIds": [gid("CapacityPool", hall)],
        },
    )

    assert done.thing == {
        "name": "Day",
        "event": {"id": gid("Event", event)},
        "price": {"amount": "12.50", "currency": "EUR"},
        "minPerOrder": 1,
        "maxPerOrder": 10,
        "saleStart": "2027-05-01T08:00:00Z",
        "isActive": False,
        "pools": [{"id": gid("CapacityPool", hall)}],
        "version": 1,
    }
    assert await office.rows("SELECT position FROM event_tickets ORDER BY position") == [
        {"position": 4},
        {"position": 5},
    ]


async def test_a_price_is_kept_in_the_minor_units_of_its_currency(office: Office) -> None:
    event = gid("Event", office.graph.event())
    prices = [("0", "EUR", 0), ("12.5", "EUR", 1250), ("1200", "JPY", 1200), ("1.005", "KWD", 1005), (12, "EUR", 1200)]
    for price, currency, minor in prices:
        new = {"eventId": event, "name": f"{price} {currency}", "price": price, "currency": currency}
        await office("upsertTicket", input=new)

        assert await office.rows("SELECT price_amount FROM event_tickets WHERE name = :name", name=new["name"]) == [
            {"price_amount": minor}
        ]


async def test_a_price_that_cannot_be_is_refused(office: Office) -> None:
    event = office.graph.event()
    ticket = gid("Ticket", office.graph.ticket(event))
    for price in ("-1", "1.234", "1000000000.01", "99999999999999999999"):
        new = {"eventId": gid("Event", event), "name": "Day", "currency": "EUR", "price": price}

        assert (await office("upsertTicket", input=new)).kinds == [("InvalidInput", "input.price")]
        updated = await office("upsertTicket", id=ticket, version=1, input={"price": price})
        assert updated.kinds == [("InvalidInput", "input.price")]


async def test_another_currency_needs_another_price(office: Office) -> None:
    ticket = gid("Ticket", office.graph.ticket(office.graph.event()))
    alone = await office("upsertTicket", id=ticket, version=1, input={"currency": "JPY"})
    same = await office("upsertTicket", "version", id=ticket, version=1, input={"currency": "EUR"})
    both = await office(
        "upsertTicket", "price { amount }", id=ticket, version=1, input={"currency": "JPY", "price": "1500"}
    )

    assert alone.kinds == [("InvalidInput", "input.price")]
    assert same.thing == {"version": 1}
    assert both.thing == {"price": {"amount": "1500"}}


FAULTS: list[tuple[dict[str, Any], tuple[str, str]]] = [
    ({"minPerOrder": 20}, ("InvalidInput", "input.maxPerOrder")),
    ({"maxPerOrder": 0}, ("InvalidInput", "input.maxPerOrder")),
    ({"saleStart": "2027-05-02T00:00:00Z", "saleEnd": "2027-05-01T00:00:00Z"}, ("InvalidInput", "input.saleEnd")),
    ({"currency": "euro", "price": "1"}, ("InvalidInput", "input.currency")),
    ({"position": -1}, ("InvalidInput", "input.position")),
    ({"poolIds": [gid("CapacityPool", NOBODY)] * 2}, ("InvalidInput", "input.poolIds")),
    ({"poolIds": ["hall"]}, ("InvalidInput", "input.poolIds")),
    ({"poolIds": None}, ("InvalidInput", "input.poolIds")),
    ({"poolIds": [gid("CapacityPool", NOBODY)]}, ("NotFound", "input.poolIds.0")),
]


async def test_what_is_wrong_with_a_ticket_is_told_with_its_field(office: Office) -> None:
    event = office.graph.event()
    ticket = gid("Ticket", office.graph.ticket(event))
    new = {"eventId": gid("Event", event), "name": "Day", **PRICE}

    for given, kind in FAULTS:
        assert (await office("upsertTicket", input={**new, **given})).kinds == [kind], given
        assert (await office("upsertTicket", id=ticket, version=1, input=given)).kinds == [kind], given


async def test_a_ticket_draws_on_the_pools_that_were_named_last(office: Office) -> None:
    pools = [office.graph.pool() for _ in range(3)]
    ids = [gid("CapacityPool", pool) for pool in pools]
    ticket = gid("Ticket", office.graph.ticket(office.graph.event(), pools[:2]))
    shown = "version pools { id }"
    done = await office("upsertTicket", shown, id=ticket, version=1, input={"poolIds": ids[1:]})
    same = await office("upsertTicket", shown, id=ticket, version=2, input={"poolIds": ids[2:0:-1]})
    none = await office("upsertTicket", shown, id=ticket, version=2, input={"poolIds": []})

    assert sorted(pool["id"] for pool in done.thing["pools"]) == sorted(ids[1:])
    assert (done.thing["version"], same.thing["version"]) == (2, 2)
    assert none.thing == {"version": 3, "pools": []}
    (entry, _) = await office.rows("SELECT details FROM audit_log ORDER BY entry_id")
    assert entry["details"]["changed"] == ["pool_ids"]


async def test_a_ticket_draws_on_pools_of_its_own_organisation_alone(office: Office) -> None:
    """Whoever runs both organisations may not mix them; for whoever does not, there is no such pool."""
    theirs = gid("CapacityPool", office.graph.pool(organisation_id=office.other))
    ticket = gid("Ticket", office.graph.ticket(office.graph.event()))
    hidden = await office("upsertTicket", id=ticket, version=1, input={"poolIds": [theirs]})
    mixed = await office("upsertTicket", viewer=ADMIN, id=ticket, version=1, input={"poolIds": [theirs]})

    assert hidden.kinds == [("NotFound", "input.poolIds.0")]
    assert mixed.kinds == [("InvalidInput", "input.poolIds")]


async def test_a_ticket_stays_with_its_event(office: Office) -> None:
    ticket, other = office.graph.ticket(office.graph.event()), office.graph.event()
    moved = await office("upsertTicket", id=gid("Ticket", ticket), version=1, input={"eventId": gid("Event", other)})

    assert moved.kinds == [("InvalidInput", "input.eventId")]


async def test_no_ticket_is_entered_for_an_event_that_is_not_ones_own(office: Office) -> None:
    events = [office.graph.event(organisation_id=office.other), office.graph.event(deleted_at=NOW), uuid7()]
    for event in events:
        done = await office("upsertTicket", input={"eventId": gid("Event", event), "name": "Day", **PRICE})

        assert done.kinds == [("NotFound", "input.eventId")]
