"""An expired order that was paid after all becomes its buyer's, if its places can be taken again."""

from __future__ import annotations

import datetime as dt

from commands.selling.moving_on import confirm
from db import orders
from db.contention import Transaction
from db.orders import Order
from db.places import PoolExhausted


async def confirm_again(transaction: Transaction, order: Order, *, now: dt.datetime) -> bool:
    """Take the places again that an expired order gave back, and confirm it; whether there were enough.

    Where there were not, or its voucher has been used up, nothing has changed.
    """
    try:
        async with transaction.begin_nested():
            await _use_voucher(transaction, order)
            await confirm(transaction, order, now=now)
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
