"""Where no webhook comes, somebody asks."""

import datetime as dt

from commands.paying.following import follow
from domain.payments import IntentState
from integrations.payments.port import Payments
from tests.commands.paying.till import Till


async def test_a_payment_that_nobody_told_of_is_found(till: Till) -> None:
    await till.start()
    await till.act()
    followed = await till.follow()

    assert (followed.payments, followed.failed) == (1, 0)
    assert await till.state() == "CONFIRMED"


async def test_what_is_not_due_is_left_alone(till: Till) -> None:
    await till.start()
    await till.act()

    assert await follow(till.graph.database, till.payments) == (await follow(till.graph.database, till.payments))
    assert await till.state() == "AWAITING_PAYMENT"


async def test_what_one_process_asks_after_no_other_does(till: Till) -> None:
    await till.start()
    await till.follow()

    assert (await follow(till.graph.database, till.payments)).payments == 0


async def test_it_is_asked_less_and_less_often(till: Till) -> None:
    await till.start()
    pauses = []
    for _ in range(9):
        await till.follow()
        rows = await till.shop.rows("SELECT next_check_at - now() AS pause FROM payments")
        pauses.append(round(rows[0]["pause"].total_seconds() / 30))

    assert pauses == [1, 2, 4, 8, 16, 32, 64, 120, 120]


async def test_a_silent_provider_is_asked_again(till: Till) -> None:
    await till.start()
    await till.act()
    till.provider.lost_questions = 1
    silent = await till.follow()
    await till.follow()

    assert (silent.payments, silent.failed) == (1, 1)
    assert await till.state() == "CONFIRMED"


async def test_the_last_word_ends_it(till: Till) -> None:
    await till.start()
    await till.act()
    await till.follow()

    assert (await till.follow()).payments == 0


async def test_an_expired_order_cannot_be_paid_any_more_once_it_was_asked_after(till: Till) -> None:
    await till.start()
    await till.act(IntentState.DECLINED)
    await till.expire()
    await till.follow()

    assert (await till.paid())[0]["closed_at"] is not None
    assert (await till.shop.rows("SELECT state FROM trial_intents"))[0]["state"] == "CANCELLED"


async def test_a_provider_that_is_not_set_up_here_is_said_to_be_missing(till: Till) -> None:
    await till.start()
    till.payments = Payments({}, dt.timedelta(seconds=30))

    assert (await till.follow()).failed == 1
