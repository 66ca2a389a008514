"""Giving money back: all of a payment, a part of it, or what was paid for some of the attendees.

Whose money goes back whole loses the place with it; what is refunded beside that, such as a fee, takes nothing away.
The places go at once, and the money is owed from then on: it is asked for until the provider has given it back.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from auth.permissions import Permission, organisations_of
from auth.viewer import Role, Viewer
from commands.catalogue.rows import key_of
from commands.paying.asking import make_refund
from commands.paying.starting import needs_key
from commands.selling.moving_on import is_of, is_shown
from commands.writing import Sale, Writer
from db import orders, outbox, payments, places
from db.audit import record
from db.contention import Transaction
from db.orders import Order
from db.payments import Payment, Place
from domain.audit import Action
from domain.facts import RefundRequested, RegistrationRefunded
from domain.inputs import MAX_HEADING
from domain.money import Money, minor_unit_digits
from domain.payments import PAID, refundable
from domain.registrations import SOLD, RegistrationState
from domain.user_errors import InvalidInput, LimitExceeded, NotFound, NotPermitted, Rejected
from integrations.payments.port import ProviderError

_AT: Final = ("paymentId",)


@dataclass(frozen=True, slots=True)
class _Plan:
    """What goes back: so much money, and the places of so many attendees; `is_all` where nothing is left then."""

    amount: int
    attendees: Sequence[uuid.UUID]
    is_all: bool


async def create_refund(
    writer: Writer,
    *,
    payment_id: str,
    amount: Decimal | None = None,
    attendee_ids: Sequence[str] | None = None,
    reason: str | None = None,
) -> uuid.UUID:
    """Give money back.

    Args:
        writer: on whose behalf; they handle the money of the seller.
        payment_id: the payment's global id.
        amount: how much, in its currency; without it, what was paid for the attendees, or all that is left.
        attendee_ids: whose places go with it.
        reason: why, for the record.

    Returns:
        The payment's key.

    Raises:
        Rejected: `InvalidInput`, `NotFound`, `NotPermitted`; `LimitExceeded` where less is left.
    """
    needs_key(writer)
    key = key_of(payment_id, "Payment", *_AT)
    attendees = [key_of(each, "Attendee", "attendeeIds") for each in dict.fromkeys(attendee_ids or ())]
    if reason is not None and not 0 < len(reason.strip()) <= MAX_HEADING:
        raise Rejected(InvalidInput(("reason",), f"`reason` has from 1 to {MAX_HEADING} characters."))

    made: list[tuple[uuid.UUID, str]] = []

    async def work(sale: Sale) -> None:
        made.clear()
        found = await payments.read_payment(sale.connection, key)
        order = None if found is None else await orders.lock(sale.connection, found.registration_id)
        if found is None or order is None or not (is_shown(writer, order) and _sees(writer.viewer, order)):
            raise Rejected(NotFound(_AT, "`paymentId`: there is no payment of yours with this id."))
        if not _handles_money(writer.viewer, order):
            raise Rejected(NotPermitted(_AT, "`paymentId`: an `OWNER` or `FINANCE` of the seller may refund it."))
        payment = await payments.read_payment(sale.connection, key)
        assert payment is not None, "payments stay"
        plan = await _plan(sale.connection, order, payment, amount, attendees)
        await _note(sale, key, plan, reason)
        made.append((await _refund(sale, order, payment, plan, reason), payment.provider))

    await writer.sell(key, work)
    for refund, name in made:
        provider = writer.payments.providers.get(name)
        if provider is not None:
            # Whoever follows payments asks for it again.
            with suppress(ProviderError):
                await make_refund(writer.database, provider, refund)
    return key


async def _note(sale: Sale, key: uuid.UUID, plan: _Plan, reason: str | None) -> None:
    """Write into the audit log who gives money back."""
    writer, details = sale.writer, {"amount": plan.amount, "attendees": len(plan.attendees)}
    action = Action("refund payment", str(key), reason or "asked for by a mutation", writer.actor, details)
    await writer.database.act_for(sale.connection)
    await record(sale.connection, action, at=writer.now)
    await writer.database.act_for(sale.connection, sells=True)


def _sees(viewer: Viewer, order: Order) -> bool:
    return (
        is_of(viewer, order)
        or _handles_money(viewer, order)
        or order.organisation_id in organisations_of(viewer, Permission.STAFF)
    )


def _handles_money(viewer: Viewer, order: Order) -> bool:
    return viewer.role is Role.ADMIN or order.organisation_id in organisations_of(viewer, Permission.FINANCE)


async def _plan(
    transaction: Transaction, order: Order, payment: Payment, amount: Decimal | None, attendees: Sequence[uuid.UUID]
) -> _Plan:
    """What is to go back.

    Raises:
        Rejected: it cannot.
    """
    if payment.state not in PAID or payment.received is None:
        raise Rejected(InvalidInput(_AT, f"`paymentId`: nothing was received; the payment is {payment.state.value}."))
    refunds = await payments.refunds_of(transaction, payment.payment_id)
    left = refundable(payment.received, ((each.state, each.amount) for each in refunds))
    keeps = payment.problem is None and order.state in SOLD
    there = {each.attendee_id: each for each in await payments.places_of(transaction, order.registration_id)}
    chosen = _chosen(there, attendees) if keeps or not attendees else _none_kept()
    wanted = _minor(amount, payment.received) if amount is not None else sum(each.amount for each in chosen) or left
    if wanted > left or left == 0:
        message = f"`amount`: {Money(left, payment.received.currency).amount} of this payment are left to refund."
        raise Rejected(LimitExceeded(("amount",), message))
    is_all = keeps and wanted == left
    ended = [each for each in there.values() if each.is_valid] if is_all else chosen
    return _Plan(wanted, [each.attendee_id for each in ended], is_all)


def _chosen(there: dict[uuid.UUID, Place], attendees: Sequence[uuid.UUID]) -> list[Place]:
    chosen = [there[key] for key in attendees if key in there and there[key].is_valid]
    if len(chosen) < len(attendees):
        message = "`attendeeIds`: not all are attendees of this registration who have a place."
        raise Rejected(InvalidInput(("attendeeIds",), message))
    if chosen and not any(each.amount for each in chosen):
        raise Rejected(InvalidInput(("attendeeIds",), "`attendeeIds`: nothing was paid for them."))
    return chosen


def _none_kept() -> list[Place]:
    message = "`attendeeIds`: this payment pays for nobody's place; leave them out to refund it."
    raise Rejected(InvalidInput(("attendeeIds",), message))


def _minor(amount: Decimal, received: Money) -> int:
    digits = minor_unit_digits(received.currency)
    scaled = amount.scaleb(digits) if amount.is_finite() and abs(amount.adjusted()) < 18 else Decimal(-1)  # noqa: PLR2004 - digits of a bigint
    if scaled <= 0 or scaled != scaled.to_integral_value():
        message = f"`amount` is more than nothing, with at most {digits} decimals, in {received.currency}."
        raise Rejected(InvalidInput(("amount",), message))
    return int(scaled)


async def _refund(sale: Sale, order: Order, payment: Payment, plan: _Plan, reason: str | None) -> uuid.UUID:
    transaction = sale.connection
    refund = await payments.add_refund(transaction, payment.payment_id, plan.amount, reason)
    names = {"registration_id": order.registration_id, "payment_id": payment.payment_id}
    await outbox.record(transaction, RefundRequested(**names, refund_id=refund))
    if payment.problem is not None or order.state not in SOLD:
        return refund
    target = RegistrationState.REFUNDED if plan.is_all else RegistrationState.PARTIALLY_REFUNDED
    await orders.advance(transaction, order, target, at=sale.writer.now)
    if plan.attendees:
        await payments.end_attendees(transaction, plan.attendees, refund)
    if plan.is_all:
        await outbox.record(transaction, RegistrationRefunded(registration_id=order.registration_id))
        await places.release(transaction, [order.registration_id])
    elif plan.attendees:
        await places.give_back(transaction, order.registration_id, plan.attendees)
    return refund
