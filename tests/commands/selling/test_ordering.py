"""Orders: what they take and cost, whom they are refused and why."""

import asyncio
import datetime as dt
import uuid

import pytest

from auth.viewer import Membership, OrgRole, Role, Viewer
from domain.ids import uuid7
from domain.user_errors import Rejected, SoldOut
from tests.commands.selling.shop import Shop
from tests.plugins.graph import NOW

SOMEBODY = Viewer(Role.CUSTOMER, "ada", uuid7())


async def test_an_order_holds_a_place_of_each_pool_for_each_ticket(shop: Shop) -> None:
    hall, site = shop.graph.pool(10), shop.graph.pool(None)
    key = await shop.order(shop.ticket(hall, site), quantity=3)

    assert await shop.state(key) == "HELD"
    assert await shop.counters(hall) == (3, 0)
    assert await shop.counters(site) == (3, 0)
    assert await shop.topics(key) == ["registration.held"]
    assert await shop.drift() == 0


async def test_an_order_is_written_with_all_its_parts(shop: Shop) -> None:
    graph = shop.graph
    function = graph.function()
    event = graph.event(function)
    dinner, parking = graph.ticket(event), graph.ticket(event)
    graph.tax([dinner])
    package = graph.package(function, {dinner: 2, parking: 1}, price_amount=9000)
    people = [{"line_index": 0, "name": "Ada", "email": "ada@example.org", "answers": {"diet": "none"}}]

    key = await shop.order(package, packages=True, attendees=[*people, {"line_index": 0, "name": "Bo"}])

    (order,) = await shop.rows("SELECT * FROM registrations WHERE registration_id = :key", key=key)
    attendees = await shop.rows("SELECT * FROM attendees ORDER BY person, amount DESC")
    assert order["function_id"] == function
    assert (order["total_amount"], order["tax_included_amount"]) == (9000, 781)
    assert order["hold_expires_at"] == NOW + dt.timedelta(minutes=15)
    assert [(each["person"], each["name"], each["ticket_id"]) for each in attendees] == [
        (0, "Ada", parking),
        (0, "Ada", dinner),
        (1, "Bo", dinner),
    ]
    assert sum(each["amount"] for each in attendees) == 9000
    assert attendees[0]["answers"] == {"diet": "none"}


async def test_the_last_place_is_sold_once(shop: Shop) -> None:
    pool = shop.graph.pool(1)
    ticket = shop.ticket(pool)
    await shop.graph.flush()

    answers = await asyncio.gather(*(shop.order(ticket) for _ in range(8)), return_exceptions=True)

    won = [each for each in answers if isinstance(each, uuid.UUID)]
    refused = [each.errors[0] for each in answers if isinstance(each, Rejected)]
    assert (len(won), len(refused)) == (1, 7)
    assert all(isinstance(each, SoldOut) and each.remaining == 0 and each.ticket_id == ticket for each in refused)
    assert await shop.counters(pool) == (1, 0)
    assert len(await shop.rows("SELECT 1 FROM registrations")) == 1


async def test_orders_over_the_same_pools_in_any_order_do_not_block_each_other(shop: Shop) -> None:
    """Each takes places of both pools: what takes them in different orders deadlocks."""
    first, second = shop.graph.pool(100), shop.graph.pool(100)
    tickets = [shop.ticket(first, second), shop.ticket(second, first)]
    await shop.graph.flush()

    await asyncio.gather(*(shop.order(tickets[number % 2], tickets[(number + 1) % 2]) for number in range(20)))

    assert await shop.counters(first) == await shop.counters(second) == (40, 0)
    assert await shop.drift() == 0


async def test_nothing_is_taken_of_an_order_that_cannot_be_had_whole(shop: Shop) -> None:
    plenty, few = shop.graph.pool(10), shop.graph.pool(1)
    (error,) = await shop.refused(shop.ticket(plenty), shop.ticket(few), quantity=2)

    assert isinstance(error, SoldOut)
    assert (error.requested, error.remaining) == (2, 1)
    assert await shop.counters(plenty) == await shop.counters(few) == (0, 0)
    assert await shop.rows("SELECT 1 FROM pool_claims") == []


REFUSALS = [
    ({"sale_end": NOW}, {}, "NotOnSale"),
    ({"sale_start": NOW + dt.timedelta(seconds=1)}, {}, "NotOnSale"),
    ({"is_active": False}, {}, "NotFound"),
    ({"max_per_order": 2}, {"quantity": 3}, "LimitExceeded"),
    ({"min_per_order": 2}, {"quantity": 1}, "LimitExceeded"),
    ({}, {"quantity": 0}, "InvalidInput"),
    ({}, {"email": None}, "InvalidInput"),
    ({}, {"email": "nowhere"}, "InvalidInput"),
    ({}, {"voucher_code": "NONE"}, "NotFound"),
    ({}, {"attendees": [{"line_index": 1}]}, "InvalidInput"),
    ({}, {"attendees": [{"line_index": 0}, {"line_index": 0}]}, "LimitExceeded"),
    ({}, {"billed_to_id": "T3JnYW5pc2F0aW9u"}, "InvalidInput"),
]


@pytest.mark.parametrize(("columns", "given", "typename"), REFUSALS)
async def test_what_cannot_be_ordered_is_refused_as_data(
    shop: Shop, columns: dict[str, object], given: dict[str, object], typename: str
) -> None:
    ticket = shop.ticket(shop.graph.pool(10), **columns)

    (error, *more) = await shop.refused(ticket, **given)

    assert not more
    assert error.typename == typename
    assert await shop.rows("SELECT 1 FROM registrations") == []


async def test_an_order_has_one_seller_and_one_currency(shop: Shop) -> None:
    event = shop.graph.event(organisation_id=shop.graph.organisation())
    here = shop.ticket()

    for other in (shop.ticket(event=event), shop.ticket(price_currency="JPY")):
        (error,) = await shop.refused(here, other)
        assert error.typename == "InvalidInput"


async def test_a_rule_on_who_may_buy_is_met_by_one_of_those_it_is_about(shop: Shop) -> None:
    graph = shop.graph
    customer = graph.customer(subject="friend")
    friend = Viewer(Role.CUSTOMER, "friend", customer)
    staff = Viewer(Role.CUSTOMER, "staff", uuid7(), frozenset({Membership(graph.home, OrgRole.DOOR)}))
    ticket = shop.ticket()
    graph.eligibility_rule(ticket_id=ticket, kind="MEMBERSHIP", membership="friend", description="For friends.")
    graph.eligibility_rule(ticket_id=ticket)
    graph.eligibility_rule(ticket_id=ticket, kind="VOUCHER", description="With a code.")
    graph.voucher(code="OPEN", ticket_id=ticket)
    await graph.sql(
        "INSERT INTO memberships (organisation_id, customer_id, kind) VALUES (:of, :key, 'friend')",
        of=graph.home,
        key=customer,
    )

    for viewer, given in ((friend, {}), (staff, {}), (SOMEBODY, {"voucher_code": " open "})):
        assert await shop.order(ticket, viewer=viewer, **given)
    (error,) = await shop.refused(ticket, viewer=SOMEBODY)
    assert error.typename == "NotEligible"
    assert "For friends." in error.message


async def test_whoever_sells_sets_the_prices_and_not_whose_function_it_is(shop: Shop) -> None:
    """An event may stand beneath another organisation's function."""
    graph = shop.graph
    host = graph.organisation()
    function = graph.function(organisation_id=host)
    ticket = shop.ticket(event=graph.event(function), price_amount=1000)
    moment = {"kind": "EARLY_BIRD", "until": NOW + dt.timedelta(days=1), "function_id": function}
    graph.price_rule(organisation_id=host, share_off=900_000, **moment)
    graph.price_rule(share_off=100_000, **moment)

    key = await shop.order(ticket)

    (order,) = await shop.rows("SELECT total_amount FROM registrations WHERE registration_id = :key", key=key)
    assert order["total_amount"] == 900


async def test_a_voucher_is_used_as_often_as_it_may_be_even_at_once(shop: Shop) -> None:
    ticket = shop.ticket(price_amount=1000)
    shop.graph.voucher(code="HALF", share_off=500_000, max_uses=3)
    await shop.graph.flush()

    orders = (shop.order(ticket, voucher_code="HALF") for _ in range(8))
    answers = await asyncio.gather(*orders, return_exceptions=True)

    won = [each for each in answers if isinstance(each, uuid.UUID)]
    assert len(won) == 3
    assert {each.errors[0].typename for each in answers if isinstance(each, Rejected)} == {"LimitExceeded"}
    found = await shop.rows("SELECT total_amount, discount_amount FROM registrations")
    assert [tuple(each.values()) for each in found] == [(500, 500)] * 3

    await shop.cancel(won[0])
    assert await shop.order(ticket, voucher_code="HALF")


async def test_a_customer_is_made_by_the_first_order(shop: Shop) -> None:
    key = await shop.order(shop.ticket(), viewer=SOMEBODY, email=None)

    (order,) = await shop.rows("SELECT customer_id, email FROM registrations WHERE registration_id = :key", key=key)
    assert tuple(order.values()) == (SOMEBODY.customer_id, None)


@pytest.mark.parametrize("packages", [False, True])
async def test_a_tier_goes_to_as_many_as_it_is_for_however_many_order_at_once(shop: Shop, *, packages: bool) -> None:
    ticket = shop.ticket(shop.graph.pool(None), price_amount=1250)
    item, column = ticket, "ticket_id"
    if packages:
        item, column = shop.graph.package(shop.graph.function(), [ticket], price_amount=1250), "package_id"
    shop.graph.price_rule(**{column: item}, kind="TIER", sold_below=5, amount=1000)
    await shop.graph.flush()

    await asyncio.gather(*(shop.order(item, packages=packages) for _ in range(14)))

    lines = await shop.rows("SELECT unit_amount FROM registration_lines ORDER BY unit_amount")
    assert [each["unit_amount"] for each in lines] == [1000] * 5 + [1250] * 9


async def test_a_tier_is_for_each_line_that_fits_into_it_by_itself(shop: Shop) -> None:
    ticket = shop.ticket(shop.graph.pool(None), price_amount=1250)
    shop.graph.price_rule(ticket_id=ticket, kind="TIER", sold_below=3, amount=1000)

    await shop.order(ticket, ticket, quantity=2)

    lines = await shop.rows("SELECT unit_amount FROM registration_lines")
    assert [each["unit_amount"] for each in lines] == [1000, 1000]


async def test_what_a_tier_does_not_make_cheaper_waits_for_nobody(shop: Shop) -> None:
    ticket = shop.ticket(shop.graph.pool(None), price_amount=1250)
    shop.graph.price_rule(ticket_id=ticket, kind="TIER", sold_below=30, amount=1000)
    shop.graph.price_rule(ticket_id=ticket, kind="EARLY_BIRD", until=NOW + dt.timedelta(days=1), amount=900)
    await shop.graph.flush()

    await asyncio.gather(*(shop.order(ticket) for _ in range(6)))

    lines = await shop.rows("SELECT unit_amount FROM registration_lines")
    assert [each["unit_amount"] for each in lines] == [900] * 6
