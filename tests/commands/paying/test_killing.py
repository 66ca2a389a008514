"""A process that is killed between the provider's answer and the commit leaves what another one finishes, once."""

import asyncio
import signal
import sys
import uuid
from pathlib import Path

import pytest

from domain.ids import encode_global_id
from tests.commands.paying.dying import KEY
from tests.commands.paying.till import PRICE, Till
from tests.plugins.program import PATIENCE_SECONDS, environment

ROOT = Path(__file__).parents[3]
TOTAL = 2 * PRICE


@pytest.fixture(autouse=True)
async def held_for_long(till: Till) -> None:
    """By the clock of the process that dies, which no test can move."""
    await till.change("UPDATE registrations SET hold_expires_at = now() + interval '1 hour'")
    till.shop.now = (await till.shop.rows("SELECT now() AS at"))[0]["at"]


async def die(url: str, act: str, typename: str, key: uuid.UUID) -> None:
    """Let another process do something, until it is killed."""
    arguments = ("-m", "tests.commands.paying.dying", url, act, encode_global_id(typename, key))
    process = await asyncio.create_subprocess_exec(
        sys.executable, *arguments, cwd=ROOT, env=environment({}), stderr=asyncio.subprocess.PIPE
    )
    async with asyncio.timeout(PATIENCE_SECONDS):
        _, errors = await process.communicate()
    assert process.returncode == -signal.SIGKILL, errors.decode()


async def count(till: Till, table: str) -> int:
    return len(await till.shop.rows(f"SELECT 1 FROM {table}"))  # noqa: S608 - one of ours


async def test_an_intent_that_nobody_heard_of_is_the_one_that_is_paid(till: Till, database_url: str) -> None:
    await die(database_url, "start", "Registration", till.order)
    (unheard,) = await till.paid()
    till.key = KEY
    await till.start()  # sent again, by whoever had no answer
    await till.act()
    await till.hear_all()

    assert unheard["provider_reference"] is None
    assert await count(till, "trial_intents") == 1
    assert (await till.state(), await till.money()) == ("CONFIRMED", TOTAL)


async def test_it_is_found_where_nobody_asks_again(till: Till, database_url: str) -> None:
    await die(database_url, "start", "Registration", till.order)
    await till.act()  # by a secret that the payer cannot have; the provider's word is all there is
    await till.follow()
    await till.follow()

    assert (await till.state(), await till.money()) == ("CONFIRMED", TOTAL)


async def test_money_that_was_asked_after_is_kept_once(till: Till, database_url: str) -> None:
    await till.start()
    await till.act()
    await till.change("UPDATE payments SET next_check_at = now()")
    await die(database_url, "follow", "Registration", till.order)
    between = await till.state()
    await till.follow()

    assert between == "AWAITING_PAYMENT"
    assert (await till.state(), await till.money()) == ("CONFIRMED", TOTAL)
    assert (await till.shop.topics(till.order)).count("registration.confirmed") == 1


async def test_what_was_heard_and_not_committed_is_heard_again(till: Till, database_url: str) -> None:
    await till.start()
    await till.act()
    await die(database_url, "hear", "Registration", till.order)
    between = await till.state()
    await till.hear_all()

    assert between == "AWAITING_PAYMENT"
    assert (await till.state(), await till.money()) == ("CONFIRMED", TOTAL)
    assert await till.shop.drift() == 0


async def test_money_goes_back_once(till: Till, database_url: str) -> None:
    await till.start()
    await till.act()
    await till.hear_all()
    (paid,) = await till.paid()
    await die(database_url, "refund", "Payment", paid["payment_id"])
    (refund,) = await till.refunds()
    await till.follow()

    assert refund["state"] == "PENDING"
    assert await count(till, "trial_refunds") == 1
    assert (await till.state(), await till.money()) == ("REFUNDED", 0)
    assert [row["state"] for row in await till.refunds()] == ["SUCCEEDED"]
    assert await till.shop.topics(till.order) == [
        "payment.succeeded",
        "registration.confirmed",
        "refund.requested",
        "registration.refunded",
        "refund.succeeded",
    ]
