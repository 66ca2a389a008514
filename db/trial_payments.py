"""What the trial provider of payments asks and writes, within one transaction."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import delete as deleting
from sqlalchemy import func, select
from sqlalchemy import update as updating
from sqlalchemy.dialects.postgresql import insert as upsert

from db.base import Base
from db.contention import Transaction
from db.trial_models import TrialEvent, TrialIntent, TrialRefund

_INTENTS: Final = Base.metadata.tables[TrialIntent.__tablename__]
_REFUNDS: Final = Base.metadata.tables[TrialRefund.__tablename__]
_EVENTS: Final = Base.metadata.tables[TrialEvent.__tablename__]

Columns = Mapping[str, Any]
"""A row, by the names of its columns."""


@dataclass(frozen=True, slots=True)
class Due:
    """An event to send: `number` is its place in the queue, `attempts` how often it was tried before."""

    number: int
    event_id: str
    payload: Mapping[str, Any]
    attempts: int


async def ensure_intent(transaction: Transaction, columns: Columns) -> Columns:
    """The intent of a payment, which is made if there is none."""
    made = upsert(_INTENTS).values(dict(columns)).on_conflict_do_nothing(index_elements=["payment_id"])
    await transaction.execute(made)
    found = select(_INTENTS).where(_INTENTS.c.payment_id == columns["payment_id"])
    return dict((await transaction.execute(found)).mappings().one())


async def intent(
    transaction: Transaction, *, reference: str | None = None, secret: str | None = None, lock: bool = False
) -> Columns | None:
    """An intent by its reference, or by the payer's secret; `lock` keeps others from changing it meanwhile."""
    table = _INTENTS
    known = table.c.client_secret == secret if reference is None else table.c.reference == reference
    query = select(table).where(known)
    row = (await transaction.execute(query.with_for_update() if lock else query)).mappings().one_or_none()
    return None if row is None else dict(row)


async def set_intent(transaction: Transaction, reference: str, **columns: object) -> None:
    """Write how an intent stands."""
    await transaction.execute(updating(_INTENTS).where(_INTENTS.c.reference == reference).values(columns))


async def refund(transaction: Transaction, *, key: str | None = None, reference: str | None = None) -> Columns | None:
    """A refund by the key that it was asked for with, or by its reference."""
    known = _REFUNDS.c.reference == reference if key is None else _REFUNDS.c.key == key
    row = (await transaction.execute(select(_REFUNDS).where(known))).mappings().one_or_none()
    return None if row is None else dict(row)


async def refunded(transaction: Transaction, intent_reference: str) -> int:
    """How much of an intent was given back, in minor units."""
    total = select(func.coalesce(func.sum(_REFUNDS.c.amount), 0)).where(_REFUNDS.c.intent_reference == intent_reference)
    return int((await transaction.execute(total)).scalar_one())


async def add_refund(
    transaction: Transaction, key: str, reference: str, refund_id: uuid.UUID, intent_reference: str, amount: int
) -> None:
    """Write that money was given back."""
    columns = {"key": key, "reference": reference, "refund_id": refund_id, "amount": amount}
    await transaction.execute(upsert(_REFUNDS).values(intent_reference=intent_reference, **columns))


async def add_event(transaction: Transaction, event_id: str, payload: Columns, *, after: dt.timedelta) -> None:
    """Have an event sent, after so long."""
    values = {"event_id": event_id, "payload": dict(payload), "due_at": func.now() + after}
    await transaction.execute(upsert(_EVENTS).values(values))


async def take_due(transaction: Transaction, *, at_most: int, again_after: dt.timedelta) -> list[Due]:
    """The events that are due, in order; others do not take them until `again_after` has passed."""
    table = _EVENTS
    due = select(table.c.number).where(table.c.due_at <= func.now()).order_by(table.c.due_at, table.c.number)
    chosen = due.limit(at_most).with_for_update(skip_locked=True).scalar_subquery()
    taken = (
        updating(table)
        .where(table.c.number.in_(chosen))
        .values(due_at=func.now() + again_after, attempts=table.c.attempts + 1)
        .returning(table.c.number, table.c.event_id, table.c.payload, table.c.attempts)
    )
    rows = (await transaction.execute(taken)).all()
    return sorted((Due(*row) for row in rows), key=lambda each: each.number)


async def forget_event(transaction: Transaction, number: int) -> None:
    """An event was received, or nobody ever will."""
    await transaction.execute(deleting(_EVENTS).where(_EVENTS.c.number == number))
