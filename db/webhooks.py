"""What receiving webhooks and running jobs asks and writes, within one transaction."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import delete, func, select, text, tuple_, update
from sqlalchemy.dialects.postgresql import insert as upsert

from db.base import Base
from db.contention import Transaction
from db.webhook_models import WebhookDelivery

_DELIVERIES: Final = Base.metadata.tables[WebhookDelivery.__tablename__]

DELIVERY: Final = 0x77686F6B
JOB: Final = 0x6A6F6273
"""Kinds of what is done by one transaction at a time: the first of an advisory lock's two keys."""


async def try_turn(transaction: Transaction, kind: int, name: str) -> bool:
    """Whether no other transaction is at it; none will be until this one ends. Does not wait."""
    # Two names with one hash do not run at the same time: rare, and no harm.
    query = text("SELECT pg_try_advisory_xact_lock(:kind, hashtext(:name))")
    return bool((await transaction.execute(query, {"kind": kind, "name": name})).scalar_one())


async def add_delivery(transaction: Transaction, source: str, delivery_id: str, type_: str) -> bool:
    """Write that a delivery is here; False if it was before."""
    values = {"source": source, "delivery_id": delivery_id, "type": type_}
    statement = upsert(_DELIVERIES).values(values).on_conflict_do_nothing().returning(_DELIVERIES.c.source)
    return (await transaction.execute(statement)).first() is not None


async def result_of(transaction: Transaction, source: str, delivery_id: str) -> Mapping[str, Any]:
    """What a delivery that is here came to."""
    table = _DELIVERIES
    query = select(table.c.result).where(table.c.source == source, table.c.delivery_id == delivery_id)
    result: Mapping[str, Any] = (await transaction.execute(query)).scalar_one()
    return result


async def set_result(transaction: Transaction, source: str, delivery_id: str, result: Mapping[str, Any]) -> None:
    """Write what a delivery came to."""
    table = _DELIVERIES
    changed = update(table).where(table.c.source == source, table.c.delivery_id == delivery_id)
    await transaction.execute(changed.values(result=dict(result)))


async def remove_deliveries(transaction: Transaction, *, older_than: dt.timedelta, at_most: int) -> int:
    """Remove the oldest deliveries of those that are older than so long; how many that were."""
    table = _DELIVERIES
    old = (
        select(table.c.source, table.c.delivery_id)
        .where(table.c.received_at < func.now() - older_than)
        .order_by(table.c.received_at)
        .limit(at_most)
    )
    removed = await transaction.execute(delete(table).where(tuple_(table.c.source, table.c.delivery_id).in_(old)))
    return removed.rowcount
