"""What a provider says, and what becomes of the order, its places and the money."""

import asyncio
import uuid

import pytest

from domain.ids import uuid7
from domain.money import Money
from domain.payments import IntentState, Report
from integrations.payments.port import Intent, RefundReport
from tests.commands.paying.till import Till


async def test_who_pays_has_the_places(till: Till) -> None:
    await till.start()
    await till.act()
    await till.hear_all()
    (row,) = await till.paid()

    assert (row["state"], row["received_amount"], row["received_currency"]) == ("SUCCEEDED", 25_00, "EUR")
    assert row["processed_at"] == row["closed_at"] == till.shop.now
    assert await till.state() == "CONFIRMED"
    assert await till.shop.counters(till.pool) == (0, 2)
    assert await till.shop.topics(till.order) == ["payment.succeeded", "registration.confirmed"]


async def test_what_is_told_twice_happens_once(till: Till) -> None:
    await till.start()
    await till.act()
    await till.hear_all()
    await till.hear_all()

    assert await till.shop.counters(till.pool) == (0, 2)
    assert await till.refunds() == []


async def test_of_many_who_hear_it_at_once_one_acts(till: Till) -> None:
    await till.start()
    await till.act()
    (payload,) = await till.told()
    await asyncio.gather(*(till.hear(payload) for _ in range(4)))

    assert await till.shop.counters(till.pool) == (0, 2)
    assert (await till.shop.topics(till.order)).count("registration.confirmed") == 1


async def test_a_webhook_may_come_before_the_answer_that_it_is_about(till: Till) -> None:
    payment = await till.start()
    await till.change("UPDATE payments SET provider_reference = NULL, client_secret = NULL")
    await till.act()
    await till.hear_all()
    (row,) = await till.paid()

    assert (row["payment_id"], row["state"]) == (payment, "SUCCEEDED")
    assert row["provider_reference"].startswith("trial_")
    assert await till.state() == "CONFIRMED"


async def test_money_on_its_way_keeps_the_places_beyond_the_hold(till: Till) -> None:
    await till.start()
    await till.act(IntentState.PROCESSING)
    await till.hear_all()
    await till.expire()
    under_way = await till.state()
    await till.act()
    await till.follow()

    assert under_way == "PROCESSING"
    assert await till.state() == "CONFIRMED"


async def test_money_that_never_came_lets_the_hold_expire(till: Till) -> None:
    await till.start()
    await till.act(IntentState.PROCESSING)
    await till.act(IntentState.DECLINED)
    await till.hear_all()
    await till.expire()

    assert await till.state() == "EXPIRED"
    assert await till.shop.counters(till.pool) == (0, 0)


async def test_late_money_takes_the_places_again(till: Till) -> None:
    await till.start()
    await till.expire()
    gone = await till.shop.counters(till.pool)
    await till.act()
    await till.hear_all()

    assert gone == (0, 0)
    assert await till.state() == "CONFIRMED"
    assert await till.shop.counters(till.pool) == (0, 2)
    assert await till.refunds() == []


async def test_late_money_uses_the_voucher_again_that_the_order_was_made_with(till: Till) -> None:
    voucher = await with_voucher(till, max_uses=1)
    await till.start()
    await till.expire()
    given_back = await uses(till, voucher)
    await till.act()
    await till.hear_all()

    assert given_back == (0, 0)
    assert await till.state() == "CONFIRMED"
    assert await uses(till, voucher) == (1, 1)


async def test_late_money_goes_back_where_others_have_used_the_voucher_up(till: Till) -> None:
    voucher = await with_voucher(till, max_uses=1)
    await till.start()
    await till.expire()
    await till.change("UPDATE vouchers SET used = 1")
    await till.act()
    await till.hear_all()
    await till.follow()
    (refund,) = await till.refunds()

    assert (refund["amount"], refund["state"], refund["reason"]) == (25_00, "SUCCEEDED", "HOLD_EXPIRED")
    assert await till.state() == "EXPIRED"
    assert await uses(till, voucher) == (1, 0)
    assert await till.shop.counters(till.pool) == (0, 0)
    assert await till.money() == 0


async def with_voucher(till: Till, **columns: object) -> uuid.UUID:
    """Let the order have been made with a voucher."""
    voucher = till.graph.voucher(used=1, **columns)
    await till.graph.flush()
    await till.change("UPDATE registrations SET voucher_id = :voucher", voucher=voucher)
    await till.change(
        "INSERT INTO voucher_uses (registration_id, voucher_id) SELECT registration_id, voucher_id FROM registrations"
    )
    return voucher


async def uses(till: Till, voucher: uuid.UUID) -> tuple[int, int]:
    """How often a voucher was used, as it counts itself and by its orders."""
    (row,) = await till.shop.rows(
        "SELECT used, (SELECT count(*) FROM voucher_uses WHERE voucher_id = :key) AS orders "
        "FROM vouchers WHERE voucher_id = :key",
        key=voucher,
    )
    return row["used"], row["orders"]


async def test_late_money_goes_back_where_others_have_the_places(till: Till) -> None:
    await till.start()
    await till.expire()
    await till.change("UPDATE capacity_pools SET sold = 1")
    await till.act()
    await till.hear_all()
    (paid,) = await till.paid()
    await till.follow()
    (refund,) = await till.refunds()

    assert (paid["state"], paid["problem"]) == ("SUCCEEDED", "HOLD_EXPIRED")
    assert (refund["amount"], refund["state"], refund["reason"]) == (25_00, "SUCCEEDED", "HOLD_EXPIRED")
    assert (await till.paid())[0]["state"] == "REFUNDED"
    assert await till.state() == "EXPIRED"
    assert await till.shop.counters(till.pool) == (0, 1)
    assert await till.money() == 0


@pytest.mark.parametrize("received", [Money(24_99, "EUR"), Money(25_01, "EUR"), Money(25_00, "USD"), Money(1, "JPY")])
async def test_other_money_than_was_asked_for_confirms_nothing_and_goes_back(till: Till, received: Money) -> None:
    await till.start()
    await till.act(received=received)
    await till.hear_all()
    state = await till.state()
    await till.follow()
    (row,) = await till.paid()

    assert state == "HELD"
    assert row["problem"] == ("AMOUNT_DIFFERS" if received.currency == "EUR" else "CURRENCY_DIFFERS")
    assert (row["received_amount"], row["received_currency"], row["state"]) == (*received, "REFUNDED")
    assert await till.money() == 0


async def test_after_other_money_the_right_money_may_come(till: Till) -> None:
    first = await till.start()
    await till.act(received=Money(1, "EUR"))
    await till.hear_all()
    second = await till.start()
    await till.act()
    await till.follow()

    assert first != second
    assert await till.state() == "CONFIRMED"
    assert await till.money() == 25_00


async def test_an_order_that_was_changed_since_is_not_confirmed(till: Till) -> None:
    await till.start()
    await till.change("UPDATE registrations SET subtotal_amount = 3000, total_amount = 3000")
    await till.act()
    await till.follow()

    assert await till.state() == "HELD"
    assert await till.money() == 0


async def test_money_for_a_cancelled_order_goes_back(till: Till) -> None:
    await till.start()
    await till.shop.cancel(till.order)
    await till.act()
    await till.follow()
    await till.follow()

    assert await till.state() == "CANCELLED"
    assert (await till.refunds())[0]["reason"] == "ORDER_CANCELLED"
    assert await till.money() == 0


async def test_nobody_can_pay_any_more_for_what_is_cancelled(till: Till) -> None:
    await till.start()
    await till.shop.cancel(till.order)
    await till.follow()
    (intent,) = await till.shop.rows("SELECT state FROM trial_intents")

    assert intent["state"] == "CANCELLED"
    assert (await till.paid())[0]["closed_at"] is not None


async def test_a_second_payment_of_one_order_goes_back(till: Till) -> None:
    await till.start()
    await till.change("UPDATE payments SET state = 'FAILED', closed_at = now()")
    await till.start()
    await till.act(intent=0)
    await till.act(intent=1)
    await till.hear_all()
    await till.follow()

    assert await till.state() == "CONFIRMED"
    assert [row["problem"] for row in await till.paid()].count("PAID_TWICE") == 1
    assert await till.money() == 25_00


async def test_what_is_nothing_of_ours_changes_nothing(till: Till) -> None:
    await till.start()
    paid = Report(IntentState.SUCCEEDED, Money(25_00, "EUR"))
    events = [
        Intent("pi_of_somebody", paid),
        Intent("pi_of_somebody", paid, payment_id=uuid7()),
        Intent("pi_forged", paid, payment_id=(await till.paid())[0]["payment_id"]),
        RefundReport("re_of_somebody", True),
        RefundReport("re_of_somebody", True, uuid7()),
    ]

    assert [await till.heard(event) for event in events] == ["unknown"] * 5
    assert await till.state() == "AWAITING_PAYMENT"
