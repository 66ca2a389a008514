"""Payments and refunds that are on their way, followed until the provider has said its last word.

Whoever follows takes a few that are due and asks after them; meanwhile they are nobody else's. What was taken by a
process that died is due again a little later: after twice as long each time, an hour at most.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

import structlog

from commands.paying.asking import PATIENCE, follow_up, make_refund
from db import payments
from db.contention import Transaction, transact
from db.database import Database
from integrations.payments.port import Payments, ProviderError

LONGEST_PAUSE: Final = dt.timedelta(hours=1)
REFUND_PAUSE: Final = dt.timedelta(seconds=30)

_AT_ONCE: Final = 20

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Followed:
    """How many payments were asked after, how many refunds asked for, and of how many nothing was learnt."""

    payments: int
    refunds: int
    failed: int


async def follow(database: Database, paying: Payments) -> Followed:
    """Ask after all payments and refunds that are due.

    Args:
        database: where they are.
        paying: whom to ask.
    """

    async def take_payments(transaction: Transaction) -> list[payments.Payment]:
        return await payments.take_payments_to_check(
            transaction, at_most=_AT_ONCE, again_after=paying.poll, longest=LONGEST_PAUSE
        )

    async def take_refunds(transaction: Transaction) -> list[payments.DueRefund]:
        return await payments.take_refunds_to_make(
            transaction, at_most=_AT_ONCE, again_after=REFUND_PAUSE, longest=LONGEST_PAUSE
        )

    failed = 0
    due = await transact(database, take_payments, patience=PATIENCE, sells=True)
    for payment in due:
        provider = paying.providers.get(payment.provider)
        try:
            if provider is None:
                raise _unknown(payment.provider)
            await follow_up(database, provider, payment)
        except ProviderError as error:
            failed += 1
            _log.warning("payment not followed", payment_id=str(payment.payment_id), reason=str(error))
    back = await transact(database, take_refunds, patience=PATIENCE, sells=True)
    for refund_id, name in back:
        provider = paying.providers.get(name)
        try:
            if provider is None:
                raise _unknown(name)
            await make_refund(database, provider, refund_id)
        except ProviderError as error:
            failed += 1
            _log.warning("refund not made", refund_id=str(refund_id), reason=str(error))
    return Followed(len(due), len(back), failed)


def _unknown(name: str) -> ProviderError:
    return ProviderError(f"the provider {name!r} is not set up here: see docs/payments.md")
