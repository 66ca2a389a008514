"""What a provider says of a payment or a refund, written down with all that follows: in one transaction, whoever asked.

Webhooks, answers and polls come here alike. The registration's row is locked first, so that what is said of one order
is heard one after the other; capacity pools come last.
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import replace
from typing import Final

from commands.paying.confirming import confirm_again
from commands.selling.moving_on import confirm
from db import orders, outbox, payments
from db.contention import Transaction
from db.orders import Order
from db.payments import Payment, Refund
from domain.facts import PaymentFailed, PaymentSucceeded, RefundFailed, RefundRequested, RefundSucceeded
from domain.money import Money
from domain.payments import PAID, Decision, IntentState, Problem, Report, Step, decide, hold_expired, refunded_state
from domain.registrations import RegistrationState
from domain.sales import PaymentState, RefundState
from integrations.payments.port import Event, Intent, RefundReport

_CODE_LENGTH: Final = 100


async def hear(transaction: Transaction, provider: str, event: Event, *, at: dt.datetime) -> str:
    """Write down what a provider says, and do what follows.

    Args:
        transaction: one that sells.
        provider: whose word it is.
        event: how an intent, or a refund, stands.
        at: when it was heard.

    Returns:
        What came of it: the state of the payment or refund, or `unknown` where it is nothing of ours.
    """
    if isinstance(event, Intent):
        return await _hear_of_intent(transaction, provider, event, at)
    return await _hear_of_refund(transaction, provider, event)


async def give_up(transaction: Transaction, payment_id: uuid.UUID, reason: str, *, at: dt.datetime) -> None:
    """Write down that a provider made no intent for a payment, and never will: nobody can pay it."""
    payment = await payments.read_payment(transaction, payment_id)
    if payment is not None and payment.reference is None:
        await _hear_of_payment(transaction, payment, Intent("", Report(IntentState.CANCELLED, reason=reason)), at)


async def _hear_of_intent(transaction: Transaction, provider: str, intent: Intent, at: dt.datetime) -> str:
    found = await payments.find_payment(transaction, provider, intent.reference, intent.payment_id)
    return "unknown" if found is None else await _hear_of_payment(transaction, found, intent, at)


async def _hear_of_payment(transaction: Transaction, found: Payment, intent: Intent, at: dt.datetime) -> str:
    order = await orders.lock(transaction, found.registration_id)
    assert order is not None, "a payment is of a registration"
    # Read again: whoever held the lock may have heard something.
    its = await payments.payments_of(transaction, order.registration_id)
    payment = next(each for each in its if each.payment_id == found.payment_id)
    if payment.reference not in {None, intent.reference}:
        return "unknown"
    rival = payments.has_rival(its, payment)
    total = Money(order.total_amount, order.currency)
    decision = decide(order.state, total, payment.state, payment.asked, intent.report, has_rival=rival)
    await _write_payment(transaction, payment, intent, decision, at)
    if decision.payment is PaymentState.FAILED:
        names = {"registration_id": order.registration_id, "payment_id": payment.payment_id}
        await outbox.record(transaction, PaymentFailed(**names, reason=intent.report.reason))
    await _take_step(transaction, order, payment, decision, at)
    return (decision.payment or payment.state).value


async def _write_payment(
    transaction: Transaction, payment: Payment, intent: Intent, decision: Decision, at: dt.datetime
) -> None:
    columns: dict[str, object] = {}
    if payment.reference is None and intent.reference:
        columns |= {"provider_reference": intent.reference, "client_secret": intent.client_secret}
    if decision.payment is not None and decision.payment is not payment.state:
        reason = (intent.report.reason or "")[:_CODE_LENGTH].strip()
        columns |= {"state": decision.payment.value, "failure_code": reason or None}
    if decision.payment in PAID and intent.report.received is not None:
        minor, currency = intent.report.received
        columns |= {"received_amount": minor, "received_currency": currency, "processed_at": at}
    is_closed = payment.state in PAID or intent.report.state in {IntentState.SUCCEEDED, IntentState.CANCELLED}
    if is_closed is not payment.closed:
        columns |= {"closed_at": at if is_closed else None}
    if columns:
        await payments.set_payment(transaction, payment.payment_id, **columns)


async def _take_step(
    transaction: Transaction, order: Order, payment: Payment, decision: Decision, at: dt.datetime
) -> None:
    """Do with the order what was decided; what sells places comes last."""
    match decision.step:
        case Step.PROCESS:
            if order.state is RegistrationState.HELD:
                await orders.advance(transaction, order, RegistrationState.AWAITING_PAYMENT, at=at)
                order = replace(order, state=RegistrationState.AWAITING_PAYMENT)
            await orders.advance(transaction, order, RegistrationState.PROCESSING, at=at)
        case Step.REOPEN:
            await orders.advance(transaction, order, RegistrationState.HELD, at=at)
        case Step.RETAKE:
            if await confirm_again(transaction, order, now=at):
                await _tell_of_money(transaction, order, payment, None)
                return
            decision = hold_expired(Money(order.total_amount, order.currency))
    if decision.payment is PaymentState.SUCCEEDED:
        await _tell_of_money(transaction, order, payment, decision.problem)
    if decision.problem is not None:
        await payments.set_payment(transaction, payment.payment_id, problem=decision.problem.value)
    if decision.problem is not None and decision.refund is not None:
        reason = decision.problem.value
        refund = await payments.add_refund(transaction, payment.payment_id, decision.refund.minor, reason)
        names = {"registration_id": order.registration_id, "payment_id": payment.payment_id}
        await outbox.record(transaction, RefundRequested(**names, refund_id=refund))
    if decision.step is Step.CONFIRM:
        await confirm(transaction, order, now=at)


async def _tell_of_money(transaction: Transaction, order: Order, payment: Payment, problem: Problem | None) -> None:
    fact = PaymentSucceeded(
        registration_id=order.registration_id,
        payment_id=payment.payment_id,
        problem=None if problem is None else problem.value,
    )
    await outbox.record(transaction, fact)


async def _hear_of_refund(transaction: Transaction, provider: str, report: RefundReport) -> str:
    refund = None if report.refund_id is None else await payments.read_refund(transaction, report.refund_id)
    payment = None if refund is None else await payments.read_payment(transaction, refund.payment_id)
    order = None if payment is None else await orders.lock(transaction, payment.registration_id)
    if refund is None or payment is None or order is None or payment.provider != provider:
        return "unknown"
    refunds = await payments.refunds_of(transaction, payment.payment_id)
    refund = next(each for each in refunds if each.refund_id == refund.refund_id)
    state = _refund_state(refund, report)
    columns: dict[str, object] = {}
    if refund.reference is None and report.reference:
        columns["provider_reference"] = report.reference
    if state is not refund.state:
        reason = (report.reason or "")[:_CODE_LENGTH].strip()
        columns |= {"state": state.value, "failure_code": reason or None}
    if columns:
        await payments.set_refund(transaction, refund.refund_id, **columns)
    if state is not refund.state:
        await _write_refunded(transaction, payment)
        keys = (order.registration_id, payment.payment_id, refund.refund_id)
        names = dict(zip(("registration_id", "payment_id", "refund_id"), keys, strict=True))
        failed = state is RefundState.FAILED
        await outbox.record(
            transaction, RefundFailed(**names, reason=report.reason) if failed else RefundSucceeded(**names)
        )
    return state.value


def _refund_state(refund: Refund, report: RefundReport) -> RefundState:
    """A refund that failed has failed, whatever older news comes after; one that succeeded may fail yet."""
    if refund.state is RefundState.FAILED or report.done is None:
        return refund.state
    return RefundState.SUCCEEDED if report.done else RefundState.FAILED


async def _write_refunded(transaction: Transaction, payment: Payment) -> None:
    """Add up what was given back."""
    assert payment.received is not None, "what is given back was received"
    refunds = await payments.refunds_of(transaction, payment.payment_id)
    back = sum(each.amount for each in refunds if each.state is RefundState.SUCCEEDED)
    state = refunded_state(payment.received, back)
    await payments.set_payment(transaction, payment.payment_id, refunded_amount=back, state=state.value)
