"""What becomes of a registration after it was ordered: it is completed, cancelled, or expires."""

from __future__ import annotations

import datetime as dt
import secrets
import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from auth.permissions import Permission, organisations_of
from auth.viewer import Role, Viewer
from commands.writing import Sale, Writer
from db import orders, outbox, places, waiting
from db.audit import record
from db.contention import Transaction
from db.orders import Order
from domain.audit import Action
from domain.facts import (
    Fact,
    RegistrationCancelled,
    RegistrationConfirmed,
    RegistrationExpired,
    RegistrationRefunded,
)
from domain.inputs import heading, id_of
from domain.registrations import SOLD, InvalidTransition, RegistrationState, step
from domain.sales import AttendeeState, WaitingState
from domain.user_errors import BadTransition, HoldExpired, InvalidInput, NotFound, Rejected

_LETTERS: Final = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""Digits and letters that nobody takes for one another."""

_ENDINGS: Final[Mapping[RegistrationState, Callable[..., Fact]]] = {
    RegistrationState.EXPIRED: RegistrationExpired,
    RegistrationState.CANCELLED: RegistrationCancelled,
    RegistrationState.REFUNDED: RegistrationRefunded,
}

_OFFERS: Final[Mapping[RegistrationState, WaitingState]] = {
    RegistrationState.EXPIRED: WaitingState.LAPSED,
    RegistrationState.CANCELLED: WaitingState.LEFT,
}
"""What becomes of an offer by what becomes of its registration."""

SWEPT_AT_ONCE: Final = 200
"""Registrations that expire in one transaction."""


def key_of(global_id: str) -> uuid.UUID:
    """The key behind the id of a registration.

    Raises:
        Rejected: it is no such id.
    """
    try:
        key: uuid.UUID = id_of("Registration")(global_id)
    except ValueError as error:
        raise Rejected(InvalidInput(("id",), f"`id` {error}.")) from None
    return key


def is_of(viewer: Viewer, order: Order) -> bool:
    """Whether an order is a viewer's own: a customer's, or that of a guest's token."""
    if viewer.registration_id is not None:
        return order.registration_id == viewer.registration_id
    return viewer.customer_id is not None and order.customer_id == viewer.customer_id


def runs(viewer: Viewer, organisation_id: uuid.UUID) -> bool:
    """Whether a viewer runs a seller, and so may do what whoever ordered may."""
    return viewer.role is Role.ADMIN or organisation_id in organisations_of(viewer, Permission.MANAGER)


def is_shown(writer: Writer, order: Order) -> bool:
    """Whether an order is of what the deployment shows."""
    return writer.within is None or writer.within.shows(order.function_id, order.organisation_id)


async def own_order(sale: Sale, key: uuid.UUID) -> Order:
    """A registration that the writer may move on, locked.

    Raises:
        Rejected: there is none, or none of theirs, which is the same.
    """
    order = await orders.lock(sale.connection, key)
    viewer = sale.writer.viewer
    hidden = order is None or not is_shown(sale.writer, order)
    if order is None or hidden or not (is_of(viewer, order) or runs(viewer, order.organisation_id)):
        raise Rejected(NotFound(("id",), "There is no registration of yours with this id."))
    return order


def check_step(order: Order, target: RegistrationState) -> None:
    """Refuse a step that there is not.

    Raises:
        Rejected: `BadTransition`.
    """
    try:
        step(order.state, target)
    except InvalidTransition as invalid:
        raise Rejected(BadTransition(None, str(invalid), invalid.source, invalid.target)) from None


async def complete_registration(writer: Writer, *, global_id: str) -> uuid.UUID:
    """Confirm an order that costs nothing.

    Raises:
        Rejected: `NotFound`; `BadTransition`; `HoldExpired`; `InvalidInput` where something is to be paid.
    """
    key = key_of(global_id)

    async def work(sale: Sale) -> None:
        order = await own_order(sale, key)
        if order.state is RegistrationState.EXPIRED:
            raise _over()
        check_step(order, RegistrationState.CONFIRMED)
        if order.total_amount:
            raise Rejected(InvalidInput(("id",), "This order is not free: start a payment."))
        check_hold(order, writer.now)
        await confirm(sale.connection, order, now=writer.now)

    return await writer.sell(key, work)


def check_hold(order: Order, now: dt.datetime) -> None:
    """Refuse an order whose hold is over, although no sweep has come to it yet.

    Raises:
        Rejected: `HoldExpired`.
    """
    if order.hold_expires_at is not None and order.hold_expires_at <= now:
        raise _over()


def _over() -> Rejected:
    return Rejected(HoldExpired(("id",), "The hold on its places is over; order again."))


async def confirm(connection: Transaction, order: Order, *, now: dt.datetime) -> None:
    """Confirm an order: its places are sold, its attendees may come.

    One whose hold had expired takes its places again (`EXPIRED` to `CONFIRMED`). Call it last in a transaction.

    Raises:
        InvalidTransition: it cannot be confirmed from the state that it is in.
        PoolExhausted: it had expired, and others have its places; the transaction must not be committed.
    """
    number = order.confirmation_number or "".join(secrets.choice(_LETTERS) for _ in range(8))
    was = AttendeeState.RESERVED
    if order.state is RegistrationState.EXPIRED:
        was = AttendeeState.CANCELLED
    await orders.advance(
        connection,
        order,
        RegistrationState.CONFIRMED,
        at=now,
        confirmation_number=number,
        confirmed_at=now,
        hold_expires_at=None,
    )
    await orders.set_attendees(connection, [order.registration_id], was, AttendeeState.VALID)
    await waiting.settle(connection, [order.registration_id], WaitingState.TAKEN, at=now)
    fact = RegistrationConfirmed(registration_id=order.registration_id, confirmation_number=number)
    await outbox.record(connection, fact)
    if order.state is RegistrationState.EXPIRED:
        await places.retake(connection, order.registration_id)
    await places.sell(connection, order.registration_id)


async def cancel_registration(writer: Writer, *, global_id: str, reason: str | None = None) -> uuid.UUID:
    """Cancel an order: one on hold, or a confirmed one that cost nothing. What was paid for is refunded instead.

    Args:
        writer: whose it is, or who runs the seller: that is written to the audit log.
        global_id: which.
        reason: why; whoever ordered is told so.

    Raises:
        Rejected: `NotFound`; `BadTransition`; `InvalidInput` where it was paid for, or the reason is none.
    """
    key = key_of(global_id)
    try:
        why = None if reason is None else heading(reason)
    except ValueError as error:
        raise Rejected(InvalidInput(("reason",), f"`reason` {error}.")) from None

    async def work(sale: Sale) -> None:
        order = await own_order(sale, key)
        check_step(order, RegistrationState.CANCELLED)
        if order.state in SOLD and order.total_amount:
            raise Rejected(InvalidInput(("id",), "This order was paid for: it is refunded, rather than cancelled."))
        if not is_of(writer.viewer, order):
            await _note(sale, key, why)
        await end(sale.connection, [order], RegistrationState.CANCELLED, now=writer.now, reason=why)

    return await writer.sell(key, work)


async def _note(sale: Sale, key: uuid.UUID, reason: str | None) -> None:
    """Write into the audit log who cancels somebody else's order."""
    writer = sale.writer
    action = Action("cancel registration", str(key), reason or writer.reason, writer.actor, {})
    await writer.database.act_for(sale.connection)
    await record(sale.connection, action, at=writer.now)
    await writer.database.act_for(sale.connection, sells=True)


async def end(
    connection: Transaction,
    ended: Sequence[Order],
    target: RegistrationState,
    *,
    now: dt.datetime,
    reason: str | None = None,
) -> list[uuid.UUID]:
    """End orders that are locked: nobody comes, their vouchers may be used again, and their places are given back.

    Call it last in a transaction; a second time, nothing is left to give back.

    Args:
        connection: of selling.
        ended: the orders.
        target: `EXPIRED`, `CANCELLED` or `REFUNDED`.
        now: when.
        reason: why, of what is cancelled.

    Returns:
        The pools that have places again.

    Raises:
        InvalidTransition: one of them cannot end so from the state that it is in.
    """
    keys = [order.registration_id for order in ended]
    said = {} if reason is None else {"reason": reason}
    for order in ended:
        await orders.advance(connection, order, target, at=now, hold_expires_at=None)
        await outbox.record(connection, _ENDINGS[target](registration_id=order.registration_id, **said))
    for state in (AttendeeState.RESERVED, AttendeeState.VALID):
        await orders.set_attendees(connection, keys, state, AttendeeState.CANCELLED)
    if target in _OFFERS:
        await waiting.settle(connection, keys, _OFFERS[target], at=now)
    if target is not RegistrationState.REFUNDED and any(order.voucher_id is not None for order in ended):
        await orders.forgo_vouchers(connection, keys)
    return await places.release(connection, keys)


async def expire(connection: Transaction, *, now: dt.datetime) -> int:
    """End the oldest holds that are over; how many. Two that do it at the same time end different ones."""
    over = await orders.lock_expired(connection, now, SWEPT_AT_ONCE)
    if over:
        await end(connection, over, RegistrationState.EXPIRED, now=now)
    return len(over)
