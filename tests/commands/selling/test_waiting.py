"""The waiting list: in order, held for whoever is next, and given back exactly once."""

import asyncio
import datetime as dt
import uuid

import pytest

from auth.viewer import ADMIN, Membership, OrgRole, Role, Viewer
from commands.selling.moving_on import confirm
from db import orders
from db.contention import Transaction, transact
from db.deployment import Part, Within
from db.places import PoolExhausted
from domain.ids import uuid7
from domain.sales import Terms
from domain.user_errors import ErrorCode, InvalidInput, NotFound, Rejected
from tests.commands.selling.shop import AFTER_HOLDS, Shop, guest

OFFER = Terms().offer
MINUTE = dt.timedelta(minutes=1)


async def full(shop: Shop, capacity: int = 1) -> tuple[uuid.UUID, uuid.UUID, uuid.UUID]:
    """A pool, a ticket that draws on it, and the order that has all its places."""
    pool = shop.graph.pool(capacity)
    ticket = shop.ticket(pool)
    order = await shop.order(ticket, quantity=capacity)
    await shop.complete(order)
    return pool, ticket, order


async def refused(shop: Shop, item: uuid.UUID, email: str = "b@example.org", **given: object) -> object:
    with pytest.raises(Rejected) as caught:
        await shop.wait(item, email, **given)
    (error,) = caught.value.errors
    return error


async def test_what_can_be_had_is_ordered_rather_than_waited_for(shop: Shop) -> None:
    ticket = shop.ticket(shop.graph.pool(2))
    await shop.order(ticket)

    assert isinstance(await refused(shop, ticket), InvalidInput)
    assert isinstance(await refused(shop, ticket, quantity=2), InvalidInput), "one of them can be had"
    assert await shop.line() == {}


async def test_what_is_not_sold_is_not_waited_for(shop: Shop) -> None:
    _, ticket, _ = await full(shop)
    over = shop.ticket(shop.graph.pool(1), sale_end=shop.now)

    assert isinstance(await refused(shop, uuid7()), NotFound)
    assert (await refused(shop, over)).typename == "NotOnSale"  # type: ignore[attr-defined] # a user error
    assert (await refused(shop, ticket, quantity=2)).typename == "LimitExceeded"  # type: ignore[attr-defined] # the same
    assert (await refused(shop, ticket, quantity=11)).field == ("input", "quantity")  # type: ignore[attr-defined] # the same


async def test_somebody_waits_once_for_the_same(shop: Shop) -> None:
    _, ticket, _ = await full(shop)
    key = await shop.wait(ticket, "ada@example.org")
    error = await refused(shop, ticket, "Ada@Example.org")

    assert isinstance(error, InvalidInput)
    assert (error.field, error.code) == (("input", "email"), ErrorCode.TAKEN)
    await shop.leave(key)
    await shop.wait(ticket, "ada@example.org")


async def test_many_who_join_at_once_are_all_there_and_the_same_one_once(shop: Shop) -> None:
    _, ticket, _ = await full(shop)
    joined = await asyncio.gather(
        *(shop.wait(ticket, f"{number % 6}@example.org") for number in range(12)), return_exceptions=True
    )

    assert sum(isinstance(each, Rejected) for each in joined) == 6
    assert len(await shop.line()) == 6


@pytest.mark.parametrize("how", ["cancelled", "expired", "raised", "without limit"])
async def test_however_a_place_comes_free_it_is_offered_to_the_first(shop: Shop, how: str) -> None:
    pool = shop.graph.pool(1)
    ticket = shop.ticket(pool)
    order = await shop.order(ticket)
    await shop.wait(ticket, "first@example.org")
    await shop.wait(ticket, "second@example.org")
    assert await shop.offer() == 0

    if how == "cancelled":
        await shop.cancel(order)
    elif how == "expired":
        shop.now = AFTER_HOLDS
        await shop.sweep()
    else:
        capacity = None if how == "without limit" else 2
        await shop.graph.sql("UPDATE capacity_pools SET capacity = :capacity", capacity=capacity)
    offered = await shop.offer()

    everyone = how == "without limit"
    assert offered == (2 if everyone else 1)
    second = "OFFERED" if everyone else "WAITING"
    assert await shop.line() == {"first@example.org": "OFFERED", "second@example.org": second}
    assert await shop.drift() == 0


async def test_what_comes_free_is_sold_to_nobody_else(shop: Shop) -> None:
    pool, ticket, order = await full(shop)
    other = shop.ticket(pool)
    await shop.wait(ticket, "ada@example.org")
    await shop.cancel(order)

    for item in (ticket, other):
        (error,) = await shop.refused(item)
        assert error.typename == "SoldOut"
        assert error.remaining == 0  # type: ignore[attr-defined] # one that is sold out

    assert await shop.offer() == 1
    assert await shop.counters(pool) == (1, 0)
    (error,) = await shop.refused(ticket)
    assert error.typename == "SoldOut"


async def test_a_payment_that_comes_too_late_does_not_take_the_place_of_who_waits(shop: Shop) -> None:
    pool = shop.graph.pool(1)
    ticket = shop.ticket(pool)
    late = await shop.order(ticket)
    await shop.wait(ticket, "ada@example.org")
    shop.now = AFTER_HOLDS
    await shop.sweep()

    async def work(connection: Transaction) -> None:
        order = await orders.lock(connection, late)
        assert order is not None
        await confirm(connection, order, now=shop.now)

    with pytest.raises(PoolExhausted):
        await transact(shop.graph.database, work, patience=5, sells=True)
    assert (await shop.offer(), await shop.counters(pool)) == (1, (1, 0))


async def test_an_order_of_an_offer_that_is_being_paid_runs_out_as_well(shop: Shop) -> None:
    pool, ticket, order = await full(shop)
    key = await shop.wait(ticket, "ada@example.org")
    await shop.cancel(order)
    await shop.offer()
    await shop.graph.sql("UPDATE registrations SET state = 'AWAITING_PAYMENT' WHERE registration_id = :key", key=key)
    shop.now += OFFER

    assert await shop.sweep() == 1
    assert await shop.line() == {"ada@example.org": "LAPSED"}
    assert await shop.counters(pool) == (0, 0)


async def test_once_nobody_waits_any_more_it_is_sold_to_anyone(shop: Shop) -> None:
    pool, ticket, order = await full(shop)
    key = await shop.wait(ticket, "ada@example.org")
    await shop.cancel(order)
    await shop.leave(key)

    assert await shop.offer() == 0
    await shop.order(ticket)
    assert await shop.counters(pool) == (1, 0)


async def test_an_offer_is_a_registration_at_the_price_of_its_moment_until_its_deadline(shop: Shop) -> None:
    pool = shop.graph.pool(2)
    ticket = shop.ticket(pool, price_amount=1500)
    first = await shop.order(ticket, quantity=2)
    key = await shop.wait(ticket, "ada@example.org", quantity=2, locale="nl")
    await shop.cancel(first)
    await shop.offer()

    (order,) = await shop.rows("SELECT * FROM registrations WHERE registration_id = :key", key=key)
    assert (order["state"], order["total_amount"], order["email"]) == ("HELD", 3000, "ada@example.org")
    assert (order["hold_expires_at"], order["locale"]) == (shop.now + OFFER, "nl")
    assert await shop.counters(pool) == (2, 0)
    assert await shop.topics(key) == ["registration.held", "waiting_list.offered"]


async def test_an_offer_ends_with_the_sale(shop: Shop) -> None:
    pool = shop.graph.pool(1)
    ticket = shop.ticket(pool, sale_end=shop.now + MINUTE)
    order = await shop.order(ticket)
    await shop.wait(ticket, "ada@example.org")
    await shop.cancel(order)
    await shop.offer()

    (entry,) = await shop.rows("SELECT offer_expires_at FROM waiting_list_entries")
    assert entry["offer_expires_at"] == shop.now + MINUTE


async def test_an_offer_that_is_taken_up_is_held_as_long_as_any_order(shop: Shop) -> None:
    pool, ticket, order = await full(shop)
    key = await shop.wait(ticket, "ada@example.org")
    await shop.cancel(order)
    await shop.offer()
    shop.now += OFFER - MINUTE
    assert await shop.accept(key) == key
    assert await shop.accept(key) == key, "to ask twice does no harm"

    shop.now += 2 * MINUTE
    assert await shop.sweep() == 0
    await shop.complete(key)
    assert await shop.line() == {"ada@example.org": "TAKEN"}
    assert await shop.counters(pool) == (0, 1)
    with pytest.raises(Rejected, match="cancel the registration"):
        await shop.leave(key)


async def test_who_pays_or_completes_at_once_has_taken_the_offer_up(shop: Shop) -> None:
    _, ticket, order = await full(shop)
    key = await shop.wait(ticket, "ada@example.org")
    await shop.cancel(order)
    await shop.offer()
    await shop.complete(key)

    assert await shop.line() == {"ada@example.org": "TAKEN"}


async def test_an_offer_that_runs_out_goes_to_the_next(shop: Shop) -> None:
    pool, ticket, order = await full(shop)
    first = await shop.wait(ticket, "first@example.org")
    second = await shop.wait(ticket, "second@example.org")
    await shop.cancel(order)
    await shop.offer()
    shop.now += OFFER
    with pytest.raises(Rejected) as caught:
        await shop.accept(first)
    assert caught.value.errors[0].typename == "HoldExpired"

    assert (await shop.sweep(), await shop.offer(), await shop.offer()) == (1, 1, 0)
    assert await shop.line() == {"first@example.org": "LAPSED", "second@example.org": "OFFERED"}
    with pytest.raises(Rejected, match="run out"):
        await shop.accept(first)
    await shop.accept(second)
    assert await shop.counters(pool) == (1, 0)
    assert await shop.drift() == 0


@pytest.mark.parametrize("how", ["leaving", "cancelling"])
async def test_an_offer_that_is_declined_goes_to_the_next(shop: Shop, how: str) -> None:
    pool, ticket, order = await full(shop)
    first = await shop.wait(ticket, "first@example.org")
    await shop.wait(ticket, "second@example.org")
    await shop.cancel(order)
    await shop.offer()
    await (shop.leave(first) if how == "leaving" else shop.cancel(first))

    assert await shop.counters(pool) == (0, 0)
    assert await shop.offer() == 1
    assert await shop.line() == {"first@example.org": "LEFT", "second@example.org": "OFFERED"}
    assert await shop.leave(first) == first, "to leave twice does no harm"
    with pytest.raises(Rejected, match="no offer"):
        await shop.accept(first)


async def test_a_party_is_not_passed_over_by_those_who_come_alone(shop: Shop) -> None:
    pool = shop.graph.pool(2)
    ticket = shop.ticket(pool)
    one, two = await shop.order(ticket), await shop.order(ticket)
    await shop.wait(ticket, "party@example.org", quantity=2)
    await shop.wait(shop.ticket(pool), "single@example.org")
    await shop.cancel(one)
    assert await shop.offer() == 0

    await shop.cancel(two)
    assert await shop.offer() == 1
    assert await shop.line() == {"party@example.org": "OFFERED", "single@example.org": "WAITING"}


async def test_who_waits_for_the_balcony_does_not_keep_the_stalls_empty(shop: Shop) -> None:
    house, balcony = shop.graph.pool(3), shop.graph.pool(1)
    high, low = shop.ticket(house, balcony), shop.ticket(house)
    await shop.order(high)
    orders = [await shop.order(low) for _ in range(2)]
    await shop.wait(high, "high@example.org")
    await shop.wait(low, "low@example.org")
    for order in orders:
        await shop.cancel(order)

    assert await shop.offer() == 1
    assert await shop.line() == {"high@example.org": "WAITING", "low@example.org": "OFFERED"}
    await shop.order(low)


async def test_a_package_waits_for_all_that_it_holds(shop: Shop) -> None:
    function = shop.graph.function()
    pools = [shop.graph.pool(1), shop.graph.pool(1)]
    tickets = [shop.graph.ticket(shop.graph.event(function), [pool], price_amount=0) for pool in pools]
    package = shop.graph.package(function, tickets, price_amount=0)
    orders = [await shop.order(ticket) for ticket in tickets]
    await shop.wait(package, "both@example.org", packages=True)
    await shop.cancel(orders[0])
    assert await shop.offer() == 0

    await shop.cancel(orders[1])
    assert await shop.offer() == 1
    assert [await shop.counters(pool) for pool in pools] == [(1, 0), (1, 0)]


async def test_order_is_kept_by_many_sweepers_and_each_place_is_offered_once(shop: Shop) -> None:
    pool = shop.graph.pool(5)
    ticket = shop.ticket(pool)
    orders = [await shop.order(ticket) for _ in range(5)]
    for number in range(8):
        await shop.wait(ticket, f"{number}@example.org")

    async def offer() -> int:
        return sum([await shop.offer() for _ in range(6)])

    async def cancel() -> None:
        for order in orders:
            await shop.cancel(order)

    *offered, _ = await asyncio.gather(*(offer() for _ in range(4)), cancel())
    last = await shop.offer()

    assert sum(offered) + last == 5
    assert list((await shop.line()).values()) == ["OFFERED"] * 5 + ["WAITING"] * 3
    assert await shop.counters(pool) == (5, 0)
    assert await shop.drift() == 0


async def test_accepting_races_the_end_of_the_offer_and_one_of_them_wins(shop: Shop) -> None:
    pool = shop.graph.pool(6)
    ticket = shop.ticket(pool)
    order = await shop.order(ticket, quantity=6)
    keys = [await shop.wait(ticket, f"{number}@example.org") for number in range(6)]
    await shop.cancel(order)
    assert await shop.offer() == 6
    shop.now += OFFER - MINUTE
    in_time = [shop.accept(key) for key in keys]
    shop.now += MINUTE

    await asyncio.gather(*in_time, shop.sweep(), shop.sweep(), return_exceptions=True)
    await shop.sweep()  # of what was locked then, and left to whoever had it

    states = [await shop.state(key) for key in keys]
    taken = states.count("HELD")
    assert list((await shop.line()).values()) == ["TAKEN" if state == "HELD" else "LAPSED" for state in states]
    assert await shop.counters(pool) == (taken, 0)
    assert await shop.drift() == 0


async def test_leaving_races_the_offer_and_no_place_is_lost(shop: Shop) -> None:
    pool = shop.graph.pool(4)
    ticket = shop.ticket(pool)
    order = await shop.order(ticket, quantity=4)
    keys = [await shop.wait(ticket, f"{number}@example.org") for number in range(6)]
    await shop.cancel(order)

    await asyncio.gather(*(shop.leave(key) for key in keys), shop.offer(), shop.offer())

    assert set((await shop.line()).values()) == {"LEFT"}
    assert await shop.counters(pool) == (0, 0)
    await shop.offer()
    await shop.order(ticket, quantity=4)


async def test_who_begins_to_wait_while_others_are_served_is_not_forgotten(shop: Shop) -> None:
    pool, ticket, order = await full(shop)
    await shop.wait(ticket, "first@example.org")
    await shop.cancel(order)
    await asyncio.gather(shop.offer(), *(shop.wait(ticket, f"{number}@example.org") for number in range(5)))
    key = next(iter(await shop.rows("SELECT entry_id FROM waiting_list_entries WHERE state = 'OFFERED'")))["entry_id"]
    await shop.leave(key)

    assert await shop.offer() == 1
    assert list((await shop.line()).values())[:2] == ["LEFT", "OFFERED"]
    assert await shop.counters(pool) == (1, 0)


async def test_more_than_fits_a_transaction_is_offered_in_several(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("commands.selling.offering.OFFERED_AT_ONCE", 2)
    monkeypatch.setattr("commands.selling.offering._PAGE", 1)
    pool = shop.graph.pool(5)
    ticket = shop.ticket(pool)
    order = await shop.order(ticket, quantity=5)
    for number in range(5):
        await shop.wait(ticket, f"{number}@example.org")
    await shop.cancel(order)

    assert [await shop.offer() for _ in range(4)] == [2, 2, 1, 0]
    assert await shop.counters(pool) == (5, 0)


async def test_prices_follow_what_was_offered_before(shop: Shop) -> None:
    """A tier for the first two of a ticket: the third to be offered one pays more."""
    pool = shop.graph.pool(3)
    ticket = shop.ticket(pool, price_amount=2000)
    shop.graph.price_rule(ticket_id=ticket, kind="TIER", sold_below=2, amount=1000)
    order = await shop.order(ticket, quantity=3)
    for number in range(3):
        await shop.wait(ticket, f"{number}@example.org")
    await shop.cancel(order)
    await shop.offer()

    rows = await shop.rows("SELECT total_amount FROM registrations WHERE state = 'HELD' ORDER BY email")
    assert [row["total_amount"] for row in rows] == [1000, 1000, 2000]


async def test_who_may_not_buy_any_more_is_passed_over(shop: Shop) -> None:
    pool, ticket, order = await full(shop)
    for email in ("first@example.org", "second@example.org"):
        await shop.wait(ticket, email)
    await shop.graph.sql("UPDATE event_tickets SET is_active = FALSE")
    await shop.cancel(order)
    assert await shop.offer() == 0

    await shop.graph.sql("UPDATE event_tickets SET is_active = TRUE")
    assert await shop.offer() == 0, "no pool says that somebody waits"
    assert await shop.offer(everywhere=True) == 1
    assert await shop.line() == {"first@example.org": "OFFERED", "second@example.org": "WAITING"}
    assert await shop.counters(pool) == (1, 0)
    (error,) = await shop.refused(ticket)
    assert error.typename == "SoldOut"


async def test_an_entry_is_moved_on_by_whose_it_is_and_by_the_sellers_staff(shop: Shop) -> None:
    _, ticket, _ = await full(shop)
    (home,) = {row["organisation_id"] for row in await shop.rows("SELECT organisation_id FROM organisations")}
    ada = Viewer(Role.CUSTOMER, "ada", customer_id=uuid7())
    eve = Viewer(Role.CUSTOMER, "eve", customer_id=uuid7())
    staff = Viewer(Role.CUSTOMER, "s", customer_id=uuid7(), memberships=(Membership(home, OrgRole.MANAGER),))
    key = await shop.wait(ticket, "ada@example.org", viewer=ada)

    for viewer in (eve, guest(uuid7())):
        with pytest.raises(Rejected, match="no such entry of yours"):
            await shop.leave(key, viewer)
        with pytest.raises(Rejected, match="no such entry of yours"):
            await shop.accept(key, viewer)
    for viewer in (ada, staff, ADMIN):
        await shop.leave(key, viewer)


async def test_without_an_account_an_address_is_needed_and_with_one_it_is_known(shop: Shop) -> None:
    _, ticket, _ = await full(shop)
    assert (await refused(shop, ticket, None)).field == ("input", "email")  # type: ignore[attr-defined, arg-type] # a user error
    ada = shop.graph.customer(email="ada@example.org")
    await shop.graph.flush()
    (row,) = await shop.rows("SELECT subject FROM customers WHERE customer_id = :key", key=ada)
    viewer = Viewer(Role.CUSTOMER, row["subject"], customer_id=ada)
    await shop.wait(ticket, None, viewer=viewer)  # type: ignore[arg-type] # left out

    assert await shop.line() == {"ada@example.org": "WAITING"}


async def test_a_deployment_keeps_to_what_it_shows(shop: Shop) -> None:
    _, ticket, _ = await full(shop)
    key = await shop.wait(ticket, "ada@example.org")
    shop.graph.within = Within(Part.FUNCTION, uuid7())

    assert isinstance(await refused(shop, ticket), NotFound)
    with pytest.raises(Rejected, match="no such entry of yours"):
        await shop.leave(key)
