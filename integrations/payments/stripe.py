"""Stripe, through its official SDK: PaymentIntents, Refunds, and the events about both.

Keys make every request repeatable (https://docs.stripe.com/api/idempotent_requests): Stripe answers a repetition with
what it answered first, a refusal included, for a day at least. So a refund that was refused is asked for under another
key (`RefundOrder.attempt`), and one that was not answered under the same.
"""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Awaitable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

import stripe
from stripe import HTTPXClient, StripeClient

from domain.money import Money, minor_unit_digits
from domain.payments import IntentState, Report
from integrations.payments.port import (
    STRIPE,
    Charge,
    Event,
    Intent,
    ProviderRefused,
    ProviderUnavailable,
    RefundOrder,
    RefundReport,
)

EVENTS: Final = (
    "payment_intent.succeeded",
    "payment_intent.processing",
    "payment_intent.payment_failed",
    "payment_intent.canceled",
    "refund.created",
    "refund.updated",
    "refund.failed",
)
"""The events to send: https://docs.stripe.com/api/events/types."""

_DIGITS: Final = {"ISK": 2, "UGX": 2, "MGA": 0}
"""Where Stripe's decimals are not ISO's: https://docs.stripe.com/currencies#special-cases and #zero-decimal."""

_METADATA_LENGTH: Final = 500
"""Characters of a value: https://docs.stripe.com/api/metadata."""

_PROCESSING: Final = frozenset({"processing", "requires_capture"})
_REFUNDS: Final = {"succeeded": True, "failed": False, "canceled": False}


@dataclass(frozen=True, slots=True)
class Stripe:
    """Stripe, for one account."""

    client: StripeClient
    live: bool

    @property
    def name(self) -> str:
        """As clients name it."""
        return STRIPE

    @property
    def events(self) -> Sequence[str]:
        """The types of its webhooks."""
        return EVENTS

    async def create_intent(self, charge: Charge) -> Intent:
        """Make an intent with every way of paying that the account has turned on."""
        metadata = {name: value[:_METADATA_LENGTH] for name, value in charge.metadata.items()}
        made = self.client.v1.payment_intents.create_async(
            {
                "amount": _to_stripe(charge.amount),
                "currency": charge.amount.currency.lower(),
                "automatic_payment_methods": {"enabled": True},
                "description": charge.function_name or "Registration",
                "metadata": metadata,
            },
            {"idempotency_key": str(charge.payment_id)},
        )
        return _intent(await _answered(made))

    async def read_intent(self, reference: str) -> Intent:
        """How an intent stands."""
        return _intent(await _answered(self.client.v1.payment_intents.retrieve_async(reference)))

    async def cancel_intent(self, reference: str) -> Intent:
        """Cancel an intent, unless that is too late."""
        try:
            return _intent(await _answered(self.client.v1.payment_intents.cancel_async(reference)))
        except ProviderRefused as refused:
            if refused.code != "payment_intent_unexpected_state":
                raise
            return await self.read_intent(reference)

    async def refund(self, order: RefundOrder) -> RefundReport:
        """Give money back."""
        made = self.client.v1.refunds.create_async(
            {
                "payment_intent": order.reference,
                "amount": _to_stripe(order.amount),
                "metadata": {**order.metadata, "refund_id": str(order.refund_id)},
            },
            {"idempotency_key": order.key},
        )
        return _refund(await _answered(made))

    async def read_refund(self, reference: str) -> RefundReport:
        """How a refund stands."""
        return _refund(await _answered(self.client.v1.refunds.retrieve_async(reference)))

    def parse_event(self, payload: Mapping[str, Any]) -> Event | None:
        """Read an event; one of the other mode, test or live, is not ours."""
        try:
            if payload["livemode"] is not self.live or payload["type"] not in EVENTS:
                return None
            told = payload["data"]["object"]
            return _refund(told) if payload["type"].startswith("refund.") else _intent(told)
        except (AttributeError, KeyError, TypeError) as error:
            raise ValueError(f"not an event as Stripe documents it: {error!r}") from error


@asynccontextmanager
async def open_stripe(secret_key: str, *, timeout: float, base: str | None = None) -> AsyncIterator[Stripe]:  # noqa: ASYNC109 - of each request
    """Stripe, with connections that are closed at the end.

    Args:
        secret_key: `sk_test_…`, `sk_live_…`, or a restricted one (`rk_…`) that may write PaymentIntents and Refunds.
        timeout: seconds that one exchange may take. None is repeated here: whoever asks knows when to ask again.
        base: the address of something else that speaks Stripe's API.
    """
    http = HTTPXClient(timeout=timeout)
    client = StripeClient(
        secret_key,
        http_client=http,
        max_network_retries=0,
        base_addresses={} if base is None else {"api": base},
    )
    try:
        yield Stripe(client, live="_live_" in secret_key)
    finally:
        await http.close_async()  # type: ignore[no-untyped-call] # the SDK leaves it so


async def _answered(asked: Awaitable[stripe.StripeObject]) -> Mapping[str, Any]:
    """What Stripe answers, as plain values.

    Raises:
        ProviderUnavailable: no answer, one of an overloaded or failing server, or one that may turn out otherwise next
            time, such as a wrong key that the operator is about to replace.
        ProviderRefused: any other no.
    """
    try:
        return (await asked).to_dict()
    except (stripe.CardError, stripe.InvalidRequestError) as error:
        if error.http_status in {409, 429}:
            raise ProviderUnavailable(_told(error)) from error
        raise ProviderRefused(error.code or type(error).__name__, _told(error)) from error
    except stripe.StripeError as error:
        raise ProviderUnavailable(_told(error)) from error


def _told(error: stripe.StripeError) -> str:
    """The kind of an error with its code and the request's id: Stripe's own words may repeat parts of a key."""
    parts = (type(error).__name__, error.code, error.http_status, error.request_id)
    return "Stripe: " + ", ".join(str(each) for each in parts if each is not None)


def _intent(intent: Mapping[str, Any]) -> Intent:
    """Read a PaymentIntent: https://docs.stripe.com/api/payment_intents/object."""
    return Intent(
        reference=intent["id"],
        report=_report(intent),
        client_secret=intent.get("client_secret"),
        payment_id=_uuid((intent.get("metadata") or {}).get("payment_id")),
    )


def _report(intent: Mapping[str, Any]) -> Report:
    status, failure = intent["status"], intent.get("last_payment_error")
    if status == "succeeded":
        return Report(IntentState.SUCCEEDED, received=_from_stripe(intent["amount_received"], intent["currency"]))
    if status == "canceled":
        return Report(IntentState.CANCELLED, reason=intent.get("cancellation_reason") or "canceled")
    if status == "requires_payment_method" and failure:
        return Report(IntentState.DECLINED, reason=failure.get("decline_code") or failure.get("code") or "declined")
    # Nothing follows from a status that is not known here.
    return Report(IntentState.PROCESSING if status in _PROCESSING else IntentState.OPEN)


def _refund(refund: Mapping[str, Any]) -> RefundReport:
    """Read a Refund: https://docs.stripe.com/api/refunds/object."""
    return RefundReport(
        reference=refund["id"],
        done=_REFUNDS.get(refund["status"]),
        refund_id=_uuid((refund.get("metadata") or {}).get("refund_id")),
        reason=refund.get("failure_reason"),
    )


def _uuid(text: str | None) -> uuid.UUID | None:
    try:
        return None if text is None else uuid.UUID(text)
    except ValueError:
        return None


def _to_stripe(money: Money) -> int:
    """An amount in the units that Stripe counts in.

    Raises:
        ProviderRefused: Stripe has no unit as small.
    """
    ours, theirs = minor_unit_digits(money.currency), _digits(money.currency)
    amount, rest = divmod(money.minor * _scale(theirs), _scale(ours))
    if rest:
        raise ProviderRefused("amount_too_precise", f"Stripe takes no {money.amount} {money.currency}")
    return amount


def _from_stripe(amount: int, currency: str) -> Money:
    code = currency.upper()
    minor, rest = divmod(amount * _scale(minor_unit_digits(code)), _scale(_digits(code)))
    if rest:
        raise ValueError(f"{amount} is not an amount that Stripe moves in {code}")
    return Money(minor, code)


def _digits(currency: str) -> int:
    return _DIGITS.get(currency, minor_unit_digits(currency))


def _scale(digits: int) -> int:
    return int(10**digits)
