"""Starting to pay: what is to be paid is written first, then the provider is asked for an intent over it."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Final

from commands.catalogue.rows import key_of
from commands.paying.asking import make_intent, selling
from commands.selling.moving_on import check_step, own_order
from commands.writing import Sale, Writer
from db import orders, payments
from db.contention import Transaction
from db.orders import Order
from db.payments import Payment
from domain.errors import Refusal
from domain.money import Money
from domain.payments import UNDER_WAY
from domain.registrations import HOLDING, RegistrationState
from domain.sales import PaymentState
from domain.user_errors import ErrorCode, HoldExpired, InvalidInput, PaymentFailed, Rejected
from integrations.payments.port import ProviderRefused, ProviderUnavailable

_AT: Final = ("registrationId",)

SUPERSEDED: Final = "superseded"
"""Why a payment failed in whose stead one with another provider was started."""


def needs_key(writer: Writer) -> None:
    """Refuse to move money for a request that would do so again when it is sent again.

    Raises:
        Rejected: it has no idempotency key.
    """
    if writer.once is None:
        message = (
            "What moves money needs an idempotency key, such as a UUID: as `Idempotency-Key` in the head of the "
            "request, or as `@idempotent(key:)` on the field."
        )
        raise Rejected(InvalidInput(None, message, ErrorCode.REQUIRED))


class ProviderAway(Refusal):
    """The provider does not answer; nothing is lost, and the same request is to be sent again."""

    code = "PROVIDER_UNAVAILABLE"


async def start_payment(writer: Writer, *, registration_id: str, provider: str) -> uuid.UUID:
    """Start to pay a registration, or go on with a payment of it that is under way.

    Args:
        writer: on whose behalf; they see the registration.
        registration_id: its global id.
        provider: by whom.

    Returns:
        The payment's key; with its client secret, the payer's browser pays.

    Raises:
        Rejected: `InvalidInput`; `NotFound`; `HoldExpired`; `BadTransition` where it cannot be paid any more;
            `PaymentFailed` where the provider refuses.
        ProviderAway: the provider does not answer.
    """
    needs_key(writer)
    chosen = writer.payments.providers.get(provider)
    if chosen is None:
        there = ", ".join(f"`{name}`" for name in sorted(writer.payments.providers)) or "none"
        raise Rejected(InvalidInput(("provider",), f"`provider`: there is no `{provider}`; there is {there}."))
    key = key_of(registration_id, "Registration", *_AT)

    async def work(sale: Sale) -> None:
        order = await own_order(sale, key)
        await _start(sale.connection, order, provider, writer)

    await writer.sell(key, work)
    payment_id = await selling(writer.database, lambda transaction: payments.latest(transaction, key, provider))
    try:
        await make_intent(writer.database, chosen, payment_id)
    except ProviderUnavailable:
        # Not written down as an answer: sent again with the same key, it goes on from here.
        message = (
            f"{provider!r} does not answer just now. The places are held: send the same request again in a moment."
        )
        if writer.once is not None:
            writer.once.is_recorded = False
        raise ProviderAway(message) from None
    except ProviderRefused as refused:
        message = f"`{provider}` does not take this payment ({refused.code}); try another provider."
        raise Rejected(PaymentFailed(("provider",), message)) from None
    return payment_id


async def _start(transaction: Transaction, order: Order, provider: str, writer: Writer) -> None:
    key = order.registration_id
    its = await payments.payments_of(transaction, key)
    under_way = next((each for each in its if each.state in UNDER_WAY), None)
    if under_way is not None and under_way.provider == provider and order.state in HOLDING:
        return
    _check(order, writer.now)
    if under_way is not None:
        await _supersede(transaction, under_way)
    total = Money(order.total_amount, order.currency)
    if not await _take_up(transaction, its, provider, total):
        await payments.add_payment(transaction, key, provider, total, check_after=writer.payments.poll)
    if order.state is RegistrationState.HELD:
        await orders.advance(transaction, order, RegistrationState.AWAITING_PAYMENT, at=writer.now)


def _check(order: Order, now: dt.datetime) -> None:
    """Refuse to have an order paid that cannot be.

    Raises:
        Rejected: why.
    """
    target = RegistrationState.AWAITING_PAYMENT
    is_over = order.hold_expires_at is not None and order.hold_expires_at <= now
    if order.state is RegistrationState.EXPIRED or is_over:
        raise Rejected(HoldExpired(_AT, "The hold on its places is over; order again."))
    if order.state is not target:
        check_step(order, target)
    if order.total_amount == 0:
        raise Rejected(InvalidInput(_AT, "This registration costs nothing: `completeRegistration` completes it."))


async def _supersede(transaction: Transaction, payment: Payment) -> None:
    """Let a payment be cancelled at its provider, for another that is started in its stead."""
    await payments.set_payment(
        transaction,
        payment.payment_id,
        state=PaymentState.FAILED.value,
        failure_code=SUPERSEDED,
        next_check_at=payments.NOW,
    )


async def _take_up(transaction: Transaction, its: Sequence[Payment], provider: str, total: Money) -> bool:
    """Take up a payment that failed, and whose intent can still be paid, if there is one: two intents could both be."""
    for payment in its:
        is_open = payment.state is PaymentState.FAILED and not payment.closed and payment.reference is not None
        if is_open and payment.provider == provider and payment.asked == total:
            changes = {"state": PaymentState.PENDING.value, "failure_code": None}
            await payments.set_payment(transaction, payment.payment_id, **changes)
            return True
    return False
