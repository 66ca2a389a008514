"""What becomes of orders: places are sold or given back, exactly once, whatever races with what."""

import asyncio
import datetime as dt

import pytest

from auth.viewer import ADMIN, ANONYMOUS, Membership, OrgRole, Role, Viewer
from commands.selling.moving_on import complete_registration, confirm
from db import orders
from db.contention import transact
from db.places import PoolExhausted
from domain.ids import encode_global_id, uuid7
from domain.registrations import InvalidTransition
from domain.user_errors import Rejected
from tests.commands.selling.shop import AFTER_HOLDS, Shop, guest


async def test_completing_a_free_order_sells_its_places(shop: Shop) -> None:
    pool = shop.graph.pool(10)
    key = await shop.order(shop.ticket(pool), quantity=2)
    await shop.complete(key)

    (order,) = await shop.rows("SELECT * FROM registrations")
    assert (order["state"], order["hold_expires_at"]) == ("CONFIRMED", None)
    assert len(order["confirmation_number"]) == 8
    assert await shop.counters(pool) == (0, 2)
    assert {each["state"] for each in await shop.rows("SELECT state FROM attendees")} == {"VALID"}
    assert await shop.topics(key) == ["registration.held", "registration.confirmed"]
    assert await shop.drift() == 0


async def test_what_is_to_be_paid_is_not_completed(shop: Shop) -> None:
    key = await shop.order(shop.ticket(price_amount=1))

    with pytest.raises(Rejected, match="start a payment"):
        await shop.complete(key)


async def test_a_cancelled_order_gives_its_places_back_once(shop: Shop) -> None:
    pool = shop.graph.pool(10)
    key = await shop.order(shop.ticket(pool), quantity=2)

    answers = await asyncio.gather(*(shop.cancel(key) for _ in range(5)), return_exceptions=True)

    assert sum(not isinstance(each, Rejected) for each in answers) == 1
    assert {each.errors[0].typename for each in answers if isinstance(each, Rejected)} == {"BadTransition"}
    assert await shop.counters(pool) == (0, 0)
    assert {each["state"] for each in await shop.rows("SELECT state FROM attendees")} == {"CANCELLED"}
    assert await shop.topics(key) == ["registration.held", "registration.cancelled"]


async def test_a_free_order_that_was_confirmed_can_be_cancelled(shop: Shop) -> None:
    pool = shop.graph.pool(10)
    key = await shop.order(shop.ticket(pool))
    await shop.complete(key)
    await shop.cancel(key)

    assert await shop.counters(pool) == (0, 0)


async def test_why_it_is_cancelled_is_told_with_it_and_of_staff_it_is_in_the_audit_log(shop: Shop) -> None:
    ticket = shop.ticket(shop.graph.pool(10))
    by_guest, by_staff, silent = [await shop.order(ticket) for _ in range(3)]
    staff = Viewer(Role.CUSTOMER, "staff", uuid7(), memberships=(Membership(shop.graph.home, OrgRole.MANAGER),))

    await shop.cancel(by_guest, reason="The train does not run.")
    await shop.cancel(by_staff, staff, "  The hall is too small.\n")
    await shop.cancel(silent, staff)

    told = await shop.rows("SELECT registration_id, payload FROM outbox WHERE topic = 'registration.cancelled'")
    assert {each["registration_id"]: each["payload"]["data"]["reason"] for each in told} == {
        by_guest: "The train does not run.",
        by_staff: "The hall is too small.",
        silent: None,
    }
    logged = await shop.rows("SELECT subject, reason FROM audit_log WHERE action = 'cancel registration'")
    assert {each["subject"]: each["reason"] for each in logged} == {
        str(by_staff): "The hall is too small.",
        str(silent): "asked for by a mutation",
    }


@pytest.mark.parametrize("reason", ["", " \n", "x" * 501, "a\x00b"])
async def test_a_reason_is_one_that_can_be_read(shop: Shop, reason: str) -> None:
    key = await shop.order(shop.ticket(shop.graph.pool(1)))
    with pytest.raises(Rejected, match="reason"):
        await shop.cancel(key, reason=reason)

    assert await shop.state(key) == "HELD"


async def test_holds_expire_when_they_are_over_and_not_before(shop: Shop) -> None:
    pool = shop.graph.pool(10)
    key = await shop.order(shop.ticket(pool))
    shop.now = AFTER_HOLDS - dt.timedelta(microseconds=1)
    assert await shop.sweep() == 0

    shop.now = AFTER_HOLDS
    with pytest.raises(Rejected, match="order again"):
        await shop.complete(key)
    assert await shop.sweep() == 1
    assert await shop.sweep() == 0
    assert await shop.state(key) == "EXPIRED"
    assert await shop.counters(pool) == (0, 0)
    with pytest.raises(Rejected, match="order again"):
        await shop.complete(key)


async def test_two_sweepers_give_back_each_place_once(shop: Shop) -> None:
    first, second = shop.graph.pool(100), shop.graph.pool(100)
    tickets = [shop.ticket(first, second), shop.ticket(second)]
    for number in range(12):
        await shop.order(tickets[number % 2])
    shop.now = AFTER_HOLDS

    swept = await asyncio.gather(*(shop.sweep() for _ in range(4)))

    assert sum(swept) == 12
    assert await shop.counters(first) == await shop.counters(second) == (0, 0)
    assert len(await shop.rows("SELECT 1 FROM outbox WHERE topic = 'registration.expired'")) == 12
    assert await shop.drift() == 0


async def test_completing_races_expiry_and_one_of_them_wins(shop: Shop) -> None:
    pool = shop.graph.pool(100)
    ticket = shop.ticket(pool)
    keys = [await shop.order(ticket) for _ in range(10)]
    shop.now = AFTER_HOLDS - dt.timedelta(seconds=1)
    in_time = [
        complete_registration(shop.writer(guest(key)), global_id=encode_global_id("Registration", key)) for key in keys
    ]
    shop.now = AFTER_HOLDS

    await asyncio.gather(*in_time, shop.sweep(), shop.sweep(), return_exceptions=True)
    await shop.sweep()  # of what was locked then, and left to whoever had it

    states = [await shop.state(key) for key in keys]
    assert set(states) <= {"CONFIRMED", "EXPIRED"}
    assert await shop.counters(pool) == (0, states.count("CONFIRMED"))
    assert await shop.drift() == 0


async def _confirm(shop: Shop, key: object) -> None:
    """As a payment does that comes from outside."""

    async def work(connection: object) -> None:
        order = await orders.lock(connection, key)  # type: ignore[arg-type] # a transaction
        assert order is not None
        await confirm(connection, order, now=shop.now)  # type: ignore[arg-type] # the same

    await transact(shop.graph.database, work, patience=5, sells=True)


async def test_what_is_paid_after_it_expired_takes_its_places_again(shop: Shop) -> None:
    pool = shop.graph.pool(2)
    key = await shop.order(shop.ticket(pool, price_amount=500), quantity=2)
    shop.now = AFTER_HOLDS
    await shop.sweep()

    await _confirm(shop, key)

    assert await shop.state(key) == "CONFIRMED"
    assert await shop.counters(pool) == (0, 2)
    assert {each["state"] for each in await shop.rows("SELECT state FROM attendees")} == {"VALID"}
    assert await shop.drift() == 0
    with pytest.raises(InvalidTransition):
        await _confirm(shop, key)


async def test_what_is_paid_after_others_have_its_places_stays_expired(shop: Shop) -> None:
    pool = shop.graph.pool(2)
    ticket = shop.ticket(pool, price_amount=500)
    key = await shop.order(ticket, quantity=2)
    shop.now = AFTER_HOLDS
    await shop.sweep()
    await shop.order(ticket)

    with pytest.raises(PoolExhausted):
        await _confirm(shop, key)

    assert await shop.state(key) == "EXPIRED"
    assert await shop.counters(pool) == (1, 0)
    assert await shop.drift() == 0


async def test_an_order_is_moved_on_by_whose_it_is_and_by_who_runs_the_seller(shop: Shop) -> None:
    customer = Viewer(Role.CUSTOMER, "ada", uuid7())
    home = shop.graph.home

    def staff(role: OrgRole, of: object = home) -> Viewer:
        return Viewer(Role.CUSTOMER, "staff", uuid7(), frozenset({Membership(of, role)}))  # type: ignore[arg-type] # a key

    ticket = shop.ticket()
    strangers = (
        ANONYMOUS,
        Viewer(Role.CUSTOMER, "bo", uuid7()),
        guest(uuid7()),
        staff(OrgRole.DOOR),
        staff(OrgRole.OWNER, uuid7()),
        Viewer(Role.PARTNER, grants=frozenset({"MANAGER"})),
    )
    key = await shop.order(ticket, viewer=customer)
    for viewer in strangers:
        with pytest.raises(Rejected, match="no registration of yours"):
            await shop.cancel(key, viewer)
    for viewer in (customer, ADMIN, staff(OrgRole.OWNER), staff(OrgRole.MANAGER)):
        await shop.cancel(await shop.order(ticket, viewer=customer), viewer)
