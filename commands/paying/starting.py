"""Starting to pay: what is to be paid is written first, then the provider is asked for an intent over it."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Final

from commands.catalogue.rows import key_of
from commands.paying.asking import make_intent
from commands.writing import Write, Writer
from db import orders, payments
from db.contention import Transaction
from db.orders import Order
from db.payments import Payment
from domain.money import Money
from domain.payments import UNDER_WAY
from domain.registrations import HOLDING, RegistrationState
from domain.sales import PaymentState
from domain.user_errors import BadTransition, HoldExpired, InvalidInput, NotFound, PaymentFailed, Rejected
from integrations.payments.port import ProviderRefused, ProviderUnavailable

_AT: Final = ("registrationId",)

SUPERSEDED: Final = "superseded"
"""Why a payment failed in whose stead one with another provider was started."""


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
            `PaymentFailed` where the provider refuses, or does not answer. The last may be sent again.
    """
    chosen = writer.payments.providers.get(provider)
    if chosen is None:
        there = ", ".join(f"`{name}`" for name in sorted(writer.payments.providers)) or "none"
        raise Rejected(InvalidInput(("provider",), f"`provider`: there is no `{provider}`; there is {there}."))
    key = key_of(registration_id, "Registration", *_AT)

    async def work(write: Write) -> uuid.UUID:
        if not await payments.is_seen(write.connection, key):
            raise Rejected(NotFound(_AT, "`registrationId`: there is no registration of yours with this id."))
        await writer.database.act_for(write.connection, sells=True)
        return await _start(write.connection, key, provider, writer)

    payment_id = await writer.transact(work)
    try:
        await make_intent(writer.database, chosen, payment_id)
    except ProviderUnavailable:
        message = f"`{provider}` does not answer just now; the places are held. Try again in a moment."
        raise Rejected(PaymentFailed(("provider",), message)) from None
    except ProviderRefused as refused:
        message = f"`{provider}` does not take this payment ({refused.code}); try another provider."
        raise Rejected(PaymentFailed(("provider",), message)) from None
    return payment_id


async def _start(transaction: Transaction, key: uuid.UUID, provider: str, writer: Writer) -> uuid.UUID:
    order = await orders.lock(transaction, key)
    assert order is not None, "it was seen, and registrations stay"
    its = await payments.payments_of(transaction, key)
    under_way = next((each for each in its if each.state in UNDER_WAY), None)
    if under_way is not None and under_way.provider == provider and order.state in HOLDING:
        return under_way.payment_id
    _check(order, writer.now)
    if under_way is not None:
        await _supersede(transaction, under_way)
    total = Money(order.total_amount, order.currency)
    payment_id = await _again(transaction, its, provider, total)
    if payment_id is None:
        payment_id = await payments.add_payment(transaction, key, provider, total, check_after=writer.payments.poll)
    if order.state is RegistrationState.HELD:
        await orders.advance(transaction, order, RegistrationState.AWAITING_PAYMENT, at=writer.now)
    return payment_id


def _check(order: Order, now: dt.datetime) -> None:
    """Refuse to have an order paid that cannot be.

    Raises:
        Rejected: why.
    """
    target = RegistrationState.AWAITING_PAYMENT
    expired = HoldExpired(_AT, "The places of this registration are not held any more: order them again.")
    if order.state is RegistrationState.EXPIRED:
        raise Rejected(expired)
    if order.state not in {RegistrationState.HELD, target}:
        message = f"This registration is {order.state.value}: it cannot be paid, or not again."
        raise Rejected(BadTransition(_AT, message, order.state, target))
    if order.hold_expires_at is None or order.hold_expires_at <= now:
        raise Rejected(expired)
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


async def _again(transaction: Transaction, its: list[Payment], provider: str, total: Money) -> uuid.UUID | None:
    """Take up a payment that failed, and whose intent can still be paid: two intents could both be."""
    for payment in its:
        is_open = payment.state is PaymentState.FAILED and not payment.closed and payment.reference is not None
        if is_open and payment.provider == provider and payment.asked == total:
            changes = {"state": PaymentState.PENDING.value, "failure_code": None}
            await payments.set_payment(transaction, payment.payment_id, **changes)
            return payment.payment_id
    return None
