"""Starting to pay: over any line, and any number of times, one order has one intent that can be paid."""

from dataclasses import replace

import pytest

from auth.viewer import Role, Viewer
from commands.paying.refunding import create_refund
from commands.paying.starting import ProviderAway, start_payment
from domain.ids import uuid7
from domain.payments import IntentState
from domain.user_errors import BadTransition, HoldExpired, InvalidInput, NotFound, Rejected
from integrations.payments.port import TRIAL
from integrations.payments.trial import Trial
from tests.commands.paying.till import Till
from tests.commands.selling.shop import guest


async def refusal(till: Till, provider: str = TRIAL, viewer: Viewer | None = None) -> object:
    with pytest.raises(Rejected) as rejected:
        await till.start(provider, viewer)
    (error,) = rejected.value.errors
    return error


async def test_an_order_that_is_being_paid_waits_for_its_money(till: Till) -> None:
    payment = await till.start()
    (row,) = await till.paid()
    (secret,) = await till.secrets()

    assert row["payment_id"] == payment
    assert (row["state"], row["amount"], row["currency"]) == ("PENDING", 25_00, "EUR")
    assert row["client_secret"] == secret
    assert await till.state() == "AWAITING_PAYMENT"


async def test_the_provider_is_told_what_is_paid_for(till: Till) -> None:
    await till.start()
    rows = await till.shop.rows("SELECT trial_intents.metadata, name, slug FROM trial_intents, functions")

    assert rows[0]["metadata"]["registration_id"] == str(till.order)
    assert rows[0]["metadata"]["function_name"] == rows[0]["name"]
    assert rows[0]["metadata"]["function_slug"] == rows[0]["slug"]


async def test_starting_again_goes_on_with_the_same_payment(till: Till) -> None:
    assert await till.start() == await till.start()
    assert len(await till.secrets()) == 1


@pytest.mark.parametrize("lost", ["lost_questions", "lost_answers"])
async def test_what_was_lost_on_the_way_is_asked_for_again(till: Till, lost: str) -> None:
    setattr(till.provider, lost, 1)
    with pytest.raises(ProviderAway):
        await till.start()
    (row,) = await till.paid()
    payment = await till.start()

    assert (row["payment_id"], row["state"], row["client_secret"]) == (payment, "PENDING", None)
    assert (await till.paid())[0]["client_secret"] == (await till.secrets())[0]
    assert len(await till.secrets()) == 1


async def test_whoever_follows_payments_asks_too_if_the_buyer_does_not(till: Till) -> None:
    till.provider.lost_answers = 1
    with pytest.raises(ProviderAway):
        await till.start()
    await till.follow()

    assert (await till.paid())[0]["client_secret"] == (await till.secrets())[0]


async def test_after_a_decline_the_same_intent_is_paid(till: Till) -> None:
    payment = await till.start()
    await till.act(IntentState.DECLINED)
    await till.hear_all()
    declined = (await till.paid())[0]["state"], await till.state()
    again = await till.start()
    await till.act()
    await till.follow()

    assert declined == ("FAILED", "HELD")
    assert again == payment
    assert await till.state() == "CONFIRMED"


async def test_another_provider_takes_over_and_the_first_can_no_longer_be_paid(till: Till) -> None:
    other = _Other(till.graph.database)
    till.payments.providers["other"] = other  # type: ignore[index] # a test's own
    first = await till.start()
    second = await till.start("other")
    await till.follow()
    rows = {row["payment_id"]: row for row in await till.paid()}

    assert (rows[first]["state"], rows[first]["failure_code"]) == ("FAILED", "superseded")
    assert rows[first]["closed_at"] is not None
    assert rows[second]["state"] == "PENDING"
    assert await till.state() == "AWAITING_PAYMENT"


class _Other(Trial):
    @property
    def name(self) -> str:
        return "other"


async def test_what_cannot_be_paid_is_refused(till: Till) -> None:
    assert isinstance(await refusal(till, "nobody"), InvalidInput)
    assert isinstance(await refusal(till, viewer=Viewer(Role.GUEST, registration_id=uuid7())), NotFound)
    await till.shop.cancel(till.order)
    assert isinstance(await refusal(till), BadTransition)


async def test_a_hold_that_is_over_is_refused_swept_or_not(till: Till) -> None:
    till.shop.now = till.shop.now.replace(hour=23)
    before = await refusal(till)
    await till.shop.sweep()

    assert isinstance(before, HoldExpired)
    assert isinstance(await refusal(till), HoldExpired)


async def test_a_repeat_that_was_not_answered_goes_on_where_it_was(till: Till) -> None:
    till.key = "the buyer's"
    till.provider.lost_answers = 1
    with pytest.raises(ProviderAway):
        await till.start()
    payment = await till.start()
    again = await till.start()

    assert payment == again
    assert (await till.paid())[0]["client_secret"] == (await till.secrets())[0]


async def test_without_a_key_no_money_moves(till: Till) -> None:
    writer = replace(till.writer(guest(till.order)), once=None)
    for asking in (
        start_payment(writer, registration_id="x", provider=TRIAL),
        create_refund(writer, payment_id="x"),
    ):
        with pytest.raises(Rejected, match="Idempotency-Key"):
            await asking


async def test_what_costs_nothing_is_not_paid(till: Till) -> None:
    await till.open(total=0)

    assert isinstance(await refusal(till), InvalidInput)
