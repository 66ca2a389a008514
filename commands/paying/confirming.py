"""An order becomes its buyer's: the places that it holds are sold, and it gets a number to be called by."""

from __future__ import annotations

import datetime as dt
import secrets
from typing import Final

from db import orders, outbox, places
from db.contention import Transaction
from db.orders import Order
from db.places import PoolExhausted
from domain.facts import RegistrationConfirmed
from domain.registrations import RegistrationState
from domain.sales import AttendeeState

_LETTERS: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: none is taken for another when read aloud or off a screen."""


def confirmation_number() -> str:
    """Ten random letters: 50 bits, told apart by the database where two should ever be the same."""
    return "".join(secrets.choice(_LETTERS) for _ in range(10))


async def confirm(transaction: Transaction, order: Order, *, at: dt.datetime) -> None:
    """Sell the places that a locked order holds, and confirm it, as the last thing in the transaction.

    Raises:
        InvalidTransition: it is not one that can be confirmed.
    """
    await _confirm(transaction, order, at)
    await places.sell(transaction, order.registration_id)


async def confirm_again(transaction: Transaction, order: Order, *, at: dt.datetime) -> bool:
    """Take the places again that an expired order gave back, and confirm it; whether there were enough.

    Where there were not, or its voucher has been used up, nothing has changed.
    """
    try:
        async with transaction.begin_nested():
            await _use_voucher(transaction, order)
            await _confirm(transaction, order, at)
            await places.retake(transaction, order.registration_id)
            await places.sell(transaction, order.registration_id)
    except (PoolExhausted, _UsedUp):
        return False
    return True


class _UsedUp(Exception):
    """The voucher of an order is used up."""


async def _use_voucher(transaction: Transaction, order: Order) -> None:
    if order.voucher_id is None:
        return
    if not await orders.use_voucher(transaction, order.voucher_id, order.registration_id):
        raise _UsedUp


async def _confirm(transaction: Transaction, order: Order, at: dt.datetime) -> None:
    number = confirmation_number()
    columns = {"confirmation_number": number, "confirmed_at": at}
    await orders.advance(transaction, order, RegistrationState.CONFIRMED, at=at, **columns)
    for state in (AttendeeState.RESERVED, AttendeeState.CANCELLED):
        await orders.set_attendees(transaction, [order.registration_id], state, AttendeeState.VALID)
    fact = RegistrationConfirmed(registration_id=order.registration_id, confirmation_number=number)
    await outbox.record(transaction, fact)
