"""Asking providers: outside of any transaction, and so that asking again does no harm."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

import structlog

from commands.paying.hearing import give_up, hear
from db import payments
from db.contention import Transaction, transact
from db.database import Database
from db.payments import Payment
from domain.payments import UNDER_WAY
from domain.registrations import HOLDING
from domain.sales import RefundState
from integrations.payments.port import (
    Charge,
    PaymentProvider,
    ProviderRefused,
    RefundOrder,
    RefundReport,
)

PATIENCE: Final = 5.0
"""Seconds during which a transaction is begun again that meets another one."""

MOST_REFUSALS: Final = 100
"""How often a provider may refuse to give money back before somebody has to look: four days, hour by hour."""

_log = structlog.get_logger(__name__)

T = TypeVar("T")


async def make_intent(database: Database, provider: PaymentProvider, payment_id: uuid.UUID) -> None:
    """Have a provider make the intent of a payment, unless it has.

    Raises:
        ProviderUnavailable: it is not known whether it has; to be called again.
        ProviderRefused: there will be none, and the payment has failed.
    """
    charge = await selling(database, lambda transaction: _charge(transaction, payment_id))
    if charge is None:
        return
    try:
        intent = await provider.create_intent(charge)
    except ProviderRefused as refused:
        code = refused.code
        await selling(database, lambda transaction: give_up(transaction, payment_id, code, at=_now()))
        raise

    async def write(transaction: Transaction) -> None:
        # A webhook may have been faster, and knows better than the answer how things stand.
        if await _charge(transaction, payment_id) is not None:
            await hear(transaction, provider.name, intent, at=_now())

    await selling(database, write)


async def _charge(transaction: Transaction, payment_id: uuid.UUID) -> Charge | None:
    """What somebody is to pay; None where the provider has made an intent over it, or never will."""
    payment = await payments.read_payment(transaction, payment_id)
    if payment is None or payment.reference is not None or payment.closed:
        return None
    function = await payments.function_of(transaction, payment.registration_id)
    key, name, slug = function or (None, None, None)
    return Charge(
        payment_id=payment_id,
        amount=payment.asked,
        registration_id=payment.registration_id,
        function_id=key,
        function_name=name,
        function_slug=slug,
    )


async def follow_up(database: Database, provider: PaymentProvider, payment: Payment) -> None:
    """Ask how a payment stands, and see to it that one that nobody waits for cannot be paid any more.

    Raises:
        ProviderError: the provider did not say.
    """
    if payment.reference is None:
        await make_intent(database, provider, payment.payment_id)
        return
    is_wanted = await selling(database, lambda transaction: _is_wanted(transaction, payment))
    ask = provider.read_intent if is_wanted else provider.cancel_intent
    intent = await ask(payment.reference)
    await selling(database, lambda transaction: hear(transaction, provider.name, intent, at=_now()))


async def _is_wanted(transaction: Transaction, payment: Payment) -> bool:
    """Whether the order waits for this payment, or for another attempt at it."""
    its = await payments.payments_of(transaction, payment.registration_id)
    state = await payments.order_state(transaction, payment.registration_id)
    return state in HOLDING and (payment.state in UNDER_WAY or not payments.has_rival(its, payment))


async def make_refund(database: Database, provider: PaymentProvider, refund_id: uuid.UUID) -> None:
    """Have a provider give money back, unless it has; or ask how that stands.

    Raises:
        ProviderUnavailable: it is not known whether it has; to be called again.
    """
    found = await selling(database, lambda transaction: _refund(transaction, refund_id))
    if found is None:
        return
    order, reference = found
    try:
        report = await (provider.refund(order) if reference is None else provider.read_refund(reference))
    except ProviderRefused as refused:
        await _refused(database, provider, order, refused)
        return
    # Whatever the provider calls it by: it is this refund that was asked for.
    report = RefundReport(report.reference, report.done, refund_id, report.reason)
    await selling(database, lambda transaction: hear(transaction, provider.name, report, at=_now()))


async def _refund(transaction: Transaction, refund_id: uuid.UUID) -> tuple[RefundOrder, str | None] | None:
    refund = await payments.read_refund(transaction, refund_id)
    payment = None if refund is None else await payments.read_payment(transaction, refund.payment_id)
    if refund is None or payment is None or refund.state is not RefundState.PENDING:
        return None
    assert payment.reference is not None, "what is given back came through an intent"
    assert payment.received is not None, "what is given back came"
    order = RefundOrder(
        refund_id=refund_id,
        attempt=refund.refusals,
        reference=payment.reference,
        amount=payment.received._replace(minor=refund.amount),
        metadata={"payment_id": str(payment.payment_id), "registration_id": str(payment.registration_id)},
    )
    return order, refund.reference


async def _refused(database: Database, provider: PaymentProvider, order: RefundOrder, refused: ProviderRefused) -> None:
    """Count a refusal: the next attempt has another key. After many, the refund has failed."""
    _log.warning("refund refused", refund_id=str(order.refund_id), provider=provider.name, code=refused.code)

    async def write(transaction: Transaction) -> None:
        await payments.set_refund(transaction, order.refund_id, refusals=order.attempt + 1, failure_code=refused.code)
        if order.attempt + 1 >= MOST_REFUSALS:
            report = RefundReport("", done=False, refund_id=order.refund_id, reason=refused.code)
            await hear(transaction, provider.name, report, at=_now())

    await selling(database, write)


async def selling(database: Database, work: Callable[[Transaction], Awaitable[T]]) -> T:
    """Do work in one transaction of selling."""
    return await transact(database, work, patience=PATIENCE, sells=True)


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
