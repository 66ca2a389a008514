"""The official SDK against a server on the loopback that speaks Stripe's API."""

import uuid
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from domain.ids import uuid7
from domain.money import Money
from domain.payments import IntentState, Report
from integrations.payments.port import (
    Charge,
    Intent,
    ProviderRefused,
    ProviderUnavailable,
    RefundOrder,
    RefundReport,
)
from integrations.payments.stripe import Stripe, open_stripe
from tests.plugins.fake_stripe import KEY, FakeStripe, fake_stripe


@pytest.fixture(scope="module")
def _server() -> Iterator[FakeStripe]:
    with fake_stripe() as fake:
        yield fake


@pytest.fixture
def fake(_server: FakeStripe) -> FakeStripe:
    _server.faults.clear()
    _server.requests.clear()
    _server.heads.clear()
    _server.refund_status = "succeeded"
    return _server


@pytest.fixture
async def provider(fake: FakeStripe) -> AsyncIterator[Stripe]:
    async with open_stripe(KEY, timeout=0.5, base=fake.url) as provider:
        yield provider


def charge(minor: int = 12_50, currency: str = "EUR", **more: Any) -> Charge:
    return Charge(payment_id=uuid7(), amount=Money(minor, currency), registration_id=uuid7(), **more)


def order(intent: Intent, minor: int = 12_50, attempt: int = 0, refund_id: uuid.UUID | None = None) -> RefundOrder:
    return RefundOrder(
        refund_id=refund_id or uuid7(),
        attempt=attempt,
        reference=intent.reference,
        amount=Money(minor, "EUR"),
        metadata={"registration_id": "r"},
    )


class TestIntents:
    async def test_an_intent_tells_stripe_what_is_paid_for(self, provider: Stripe, fake: FakeStripe) -> None:
        asked = charge(function_id=uuid7(), function_name="Summer fair", function_slug="summer-fair")
        intent = await provider.create_intent(asked)
        (made,) = fake.requests

        assert intent.payment_id == asked.payment_id
        assert intent.report == Report(IntentState.OPEN)
        assert intent.client_secret == f"{intent.reference}_secret_x"
        assert fake.intents[intent.reference]["metadata"] == {
            "payment_id": str(asked.payment_id),
            "registration_id": str(asked.registration_id),
            "function_id": str(asked.function_id),
            "function_name": "Summer fair",
            "function_slug": "summer-fair",
        }
        assert (made[2]["amount"], made[2]["currency"], made[2]["description"]) == ("1250", "eur", "Summer fair")

    async def test_a_name_too_long_for_stripe_is_cut(self, provider: Stripe, fake: FakeStripe) -> None:
        intent = await provider.create_intent(charge(function_name="é" * 600))

        assert len(fake.intents[intent.reference]["metadata"]["function_name"]) == 500

    async def test_one_payment_has_one_intent_however_often_it_is_asked_for(
        self, provider: Stripe, fake: FakeStripe
    ) -> None:
        asked = charge()
        fake.faults = [-1]
        with pytest.raises(ProviderUnavailable):
            await provider.create_intent(asked)
        intents = {(await provider.create_intent(asked)).reference for _ in range(2)}

        assert len(intents) == 1
        assert [head["idempotency-key"] for head in fake.heads] == [str(asked.payment_id)] * 3

    async def test_what_the_payer_does_is_read(self, provider: Stripe, fake: FakeStripe) -> None:
        intent = await provider.create_intent(charge())
        fake.decline(intent.reference)
        declined = (await provider.read_intent(intent.reference)).report
        fake.intents[intent.reference]["status"] = "processing"
        processing = (await provider.read_intent(intent.reference)).report
        fake.pay(intent.reference)
        paid = (await provider.read_intent(intent.reference)).report

        assert declined == Report(IntentState.DECLINED, reason="insufficient_funds")
        assert processing == Report(IntentState.PROCESSING)
        assert paid == Report(IntentState.SUCCEEDED, Money(12_50, "EUR"))

    async def test_a_cancelled_intent_cannot_be_paid(self, provider: Stripe) -> None:
        intent = await provider.create_intent(charge())

        assert (await provider.cancel_intent(intent.reference)).report.state is IntentState.CANCELLED
        assert (await provider.cancel_intent(intent.reference)).report.state is IntentState.CANCELLED

    async def test_what_was_paid_before_it_could_be_cancelled_is_paid(self, provider: Stripe, fake: FakeStripe) -> None:
        intent = await provider.create_intent(charge())
        fake.pay(intent.reference)

        assert (await provider.cancel_intent(intent.reference)).report == Report(
            IntentState.SUCCEEDED, Money(12_50, "EUR")
        )


class TestRefunds:
    async def test_money_goes_back_once_however_often_it_is_asked_for(self, provider: Stripe, fake: FakeStripe) -> None:
        intent = await provider.create_intent(charge())
        fake.pay(intent.reference)
        asked = order(intent, 5_00)
        reports = [await provider.refund(asked) for _ in range(2)]

        assert reports[0] == reports[1] == RefundReport(reports[0].reference, True, asked.refund_id)
        assert fake.refunds[reports[0].reference]["amount"] == 5_00
        assert fake.refunds[reports[0].reference]["metadata"]["registration_id"] == "r"

    async def test_a_refund_that_was_refused_is_asked_for_again_under_another_key(
        self, provider: Stripe, fake: FakeStripe
    ) -> None:
        intent = await provider.create_intent(charge())
        first = order(intent)
        with pytest.raises(ProviderRefused) as refused:
            await provider.refund(first)
        fake.pay(intent.reference)
        with pytest.raises(ProviderRefused):
            await provider.refund(first)

        assert refused.value.code == "charge_already_refunded"
        assert (await provider.refund(order(intent, attempt=1, refund_id=first.refund_id))).done is True

    async def test_one_that_takes_its_time_is_followed(self, provider: Stripe, fake: FakeStripe) -> None:
        intent = await provider.create_intent(charge())
        fake.pay(intent.reference)
        fake.refund_status = "pending"
        report = await provider.refund(order(intent))
        fake.refunds[report.reference].update(status="failed", failure_reason="expired_or_canceled_card")
        later = await provider.read_refund(report.reference)

        assert report.done is None
        assert (later.done, later.reason) == (False, "expired_or_canceled_card")


class TestFailures:
    @pytest.mark.parametrize("status", [0, -1, 409, 429, 500, 503])
    async def test_without_a_clear_answer_it_is_asked_again_later(
        self, provider: Stripe, fake: FakeStripe, status: int
    ) -> None:
        fake.faults = [status]
        with pytest.raises(ProviderUnavailable):
            await provider.create_intent(charge())

        assert len(fake.requests) == 1

    async def test_a_wrong_key_is_no_answer_and_is_not_told(self, fake: FakeStripe) -> None:
        async with open_stripe("sk_test_wrong", timeout=2, base=fake.url) as provider:
            with pytest.raises(ProviderUnavailable) as failure:
                await provider.create_intent(charge())

        assert "sk_test" not in str(failure.value)

    async def test_nobody_there(self) -> None:
        async with open_stripe(KEY, timeout=2, base="http://127.0.0.1:1") as provider:
            with pytest.raises(ProviderUnavailable):
                await provider.read_intent("pi_1")

    async def test_a_refusal_says_why(self, provider: Stripe) -> None:
        with pytest.raises(ProviderRefused) as refused:
            await provider.read_intent("pi_of_somebody_else")

        assert refused.value.code == "resource_missing"


class TestCurrencies:
    @pytest.mark.parametrize(
        ("minor", "currency", "sent"),
        [(1250, "EUR", "1250"), (500, "JPY", "500"), (500, "ISK", "50000"), (7, "UGX", "700"), (1500, "MGA", "15")],
    )
    async def test_amounts_are_counted_as_stripe_does(
        self, provider: Stripe, fake: FakeStripe, minor: int, currency: str, sent: str
    ) -> None:
        intent = await provider.create_intent(charge(minor, currency))
        fake.pay(intent.reference)

        assert fake.requests[0][2]["amount"] == sent
        assert (await provider.read_intent(intent.reference)).report.received == Money(minor, currency)

    async def test_what_stripe_cannot_count_is_refused_before_it_is_asked(
        self, provider: Stripe, fake: FakeStripe
    ) -> None:
        with pytest.raises(ProviderRefused, match=r"15\.01 MGA"):
            await provider.create_intent(charge(1501, "MGA"))

        assert fake.requests == []


class TestEvents:
    async def test_an_event_tells_how_an_intent_stands(self, provider: Stripe, fake: FakeStripe) -> None:
        intent = await provider.create_intent(charge())
        fake.pay(intent.reference, amount=1)

        assert provider.parse_event(fake.event("payment_intent.succeeded", fake.intents[intent.reference])) == Intent(
            intent.reference,
            Report(IntentState.SUCCEEDED, Money(1, "EUR")),
            intent.client_secret,
            intent.payment_id,
        )

    async def test_an_event_tells_how_a_refund_stands(self, provider: Stripe, fake: FakeStripe) -> None:
        intent = await provider.create_intent(charge())
        fake.pay(intent.reference)
        report = await provider.refund(order(intent))

        assert provider.parse_event(fake.event("refund.updated", fake.refunds[report.reference])) == report

    async def test_test_money_is_not_taken_for_money(self, fake: FakeStripe) -> None:
        async with open_stripe("sk_live_key", timeout=1, base=fake.url) as live:
            told = {"id": "pi_1", "status": "succeeded", "amount_received": 1, "currency": "eur"}

            assert live.parse_event(fake.event("payment_intent.succeeded", told)) is None
            assert live.parse_event(fake.event("payment_intent.succeeded", told, livemode=True)) is not None

    async def test_what_others_made_on_the_account_is_not_ours(self, provider: Stripe, fake: FakeStripe) -> None:
        told = {"id": "pi_x", "status": "succeeded", "amount_received": 1, "currency": "eur", "metadata": {}}
        event = provider.parse_event(fake.event("payment_intent.succeeded", told))

        assert isinstance(event, Intent)
        assert event.payment_id is None
        assert provider.parse_event(fake.event("customer.created", {"id": "cus_1"})) is None

    @pytest.mark.parametrize(
        "payload",
        [
            {},
            {"livemode": False, "type": "payment_intent.succeeded"},
            {"livemode": False, "type": "payment_intent.succeeded", "data": {"object": {"id": "pi_1"}}},
            {"livemode": False, "type": "payment_intent.succeeded", "data": {"object": []}},
        ],
    )
    async def test_what_is_no_event_is_said_to_be_none(self, provider: Stripe, payload: dict[str, Any]) -> None:
        with pytest.raises(ValueError, match="documents"):
            provider.parse_event(payload)
