"""Deleting and restoring, for every table that has `deleted_at`: the one place that writes it.

What is deleted takes with it what belongs to it (`BELONGINGS`), stamped with the same moment, so that restoring brings
back exactly what went together: what had been deleted before carries an earlier moment and stays deleted.

Nothing else is touched. What is said of something (prices, vouchers, taxes, who may buy) stays, and means nothing
without it. A package whose ticket is gone stays, and cannot be sold until the ticket is back or the
organiser changes the package. Links between tickets, pools and packages stay, so that restoring finds them.

A row that is being written while its owner is being deleted escapes, unless the writer holds its owner with
`SELECT … FOR SHARE`.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, Uuid, and_, bindparam, exists, false, func, not_, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import InstrumentedAttribute, aliased

from db.models import CapacityPool, Event, Function, Organisation, Package, Ticket, TicketPool
from db.pricing_models import EligibilityRule, PriceRule, Tax, Voucher
from domain.errors import Refusal

Model = type[
    Organisation | Function | CapacityPool | Event | Ticket | Package | PriceRule | Voucher | EligibilityRule | Tax
]
Key = InstrumentedAttribute[Any]
Owned = Callable[[Key], ColumnElement[bool]]


class OwnerDeleted(Refusal):
    """What was to be restored belongs to something that is itself deleted."""

    code = "OWNER_DELETED"


class SlugTaken(Refusal):
    """Something else has taken the slug, or the code, of what was to be restored; the transaction cannot go on."""

    code = "TAKEN"


@dataclass(frozen=True, slots=True)
class Belonging:
    """Rows of `model` go with the rows of `owner` that they belong to.

    `where` makes the condition on `model` from a test of the column that holds the owner's key.
    """

    model: Model
    owner: Model
    where: Callable[[Owned], ColumnElement[bool]]


KEYS: dict[Model, Key] = {
    Organisation: Organisation.organisation_id,
    Function: Function.function_id,
    CapacityPool: CapacityPool.pool_id,
    Event: Event.event_id,
    Ticket: Ticket.ticket_id,
    Package: Package.package_id,
    PriceRule: PriceRule.rule_id,
    Voucher: Voucher.voucher_id,
    EligibilityRule: EligibilityRule.rule_id,
    Tax: Tax.tax_id,
}
"""Owners before what belongs to them. All deletions lock tables in this order, and rows in the order of their keys."""

BELONGINGS = (
    Belonging(Function, Organisation, lambda owned: owned(Function.organisation_id)),
    Belonging(CapacityPool, Organisation, lambda owned: owned(CapacityPool.organisation_id)),
    Belonging(Event, Organisation, lambda owned: owned(Event.organisation_id)),
    Belonging(Event, Function, lambda owned: owned(Event.function_id)),
    # In the old hierarchy the parent is what a function is in the new one. An event that has a function belongs to
    # that, whatever parent it still names, and outlives the parent.
    Belonging(Event, Event, lambda owned: and_(owned(Event.parent_event_id), Event.function_id.is_(None))),
    Belonging(Ticket, Event, lambda owned: owned(Ticket.event_id)),
    # Without its pool, a ticket would be sold without limit.
    Belonging(
        Ticket,
        CapacityPool,
        lambda owned: exists().where(TicketPool.ticket_id == Ticket.ticket_id, owned(TicketPool.pool_id)),
    ),
    Belonging(Package, Function, lambda owned: owned(Package.function_id)),
)


async def soft_delete(
    connection: AsyncConnection, model: Model, keys: Sequence[uuid.UUID], *, at: dt.datetime
) -> Mapping[str, int]:
    """Delete rows and what belongs to them, within the caller's transaction.

    Args:
        connection: from `Database.write()`.
        model: one of `KEYS`.
        keys: of its rows; those that are deleted already, or do not exist, are left alone.
        at: the moment, with a zone. One moment is one deletion: what bears the same is restored together.

    Returns:
        How many rows of each table were deleted, by table; a table without any counts as 0.
    """
    return await _mark(connection, model, keys, lambda each: each.deleted_at.is_(None), deleted_at=at, updated_at=at)


async def restore(
    connection: AsyncConnection, model: Model, keys: Sequence[uuid.UUID], *, at: dt.datetime
) -> Mapping[str, int]:
    """Undo the deletion of rows and of what was deleted with them, within the caller's transaction.

    What belongs to something else that is still deleted stays deleted.

    Args:
        connection: from `Database.write()`.
        model: one of `KEYS`.
        keys: of its rows; those that are not deleted, or do not exist, are left alone.
        at: the moment of restoring, with a zone.

    Returns:
        How many rows of each table were restored, by table; a table without any counts as 0.

    Raises:
        OwnerDeleted: a row belongs to something that is deleted and not among `keys`; the transaction must be undone.
        SlugTaken: something else has taken the slug of a row since; the transaction is lost.
    """
    restored: Counter[str] = Counter()
    # The latest deletion first: whatever was deleted before its owner is then no longer without one.
    for moment, own in await _deletions(connection, model, keys):

        def was(each: Model, moment: dt.datetime = moment) -> ColumnElement[bool]:
            return and_(each.deleted_at == moment, not_(_owner_is_deleted(each)))

        try:
            restored.update(await _mark(connection, model, own, was, deleted_at=None, updated_at=at))
        except IntegrityError as error:
            raise SlugTaken(
                "Something else has taken a slug, or the code, of what was to be restored; change one of them."
            ) from error
    if left := await _deletions(connection, model, keys):
        count = sum(len(own) for _, own in left)
        raise OwnerDeleted(f"{count} of {model.__tablename__} belong to what is deleted; restore that first.")
    return restored


async def _deletions(
    connection: AsyncConnection, model: Model, keys: Sequence[uuid.UUID]
) -> list[tuple[dt.datetime, list[uuid.UUID]]]:
    """The rows among `keys` that are deleted, locked, by the moment of their deletion, the latest first."""
    key = KEYS[model]
    rows = await connection.execute(
        select(key, model.deleted_at)
        .where(_among(key, keys), model.deleted_at.is_not(None))
        .order_by(key)
        .with_for_update(key_share=True)
    )
    moments: dict[dt.datetime, list[uuid.UUID]] = {}
    for own, moment in rows:
        moments.setdefault(moment, []).append(own)
    return sorted(moments.items(), reverse=True)


async def _mark(
    connection: AsyncConnection,
    model: Model,
    keys: Sequence[uuid.UUID],
    was: Callable[[Model], ColumnElement[bool]],
    **values: dt.datetime | None,
) -> Counter[str]:
    """Write `values` into rows and what belongs to them, as far as they are as `was` says."""
    marked: dict[Model, set[uuid.UUID]] = {}
    for each, key in KEYS.items():
        conditions = [
            belonging.where(partial(_among, keys=marked[belonging.owner]))
            for belonging in BELONGINGS
            if belonging.model is each and marked.get(belonging.owner)
        ]
        if each is model:
            conditions.append(_among(key, keys))
        fresh = await _update(connection, each, conditions, was(each), values)
        marked[each] = set(fresh)
        while fresh and each is Event:
            children = [its.where(partial(_among, keys=fresh)) for its in BELONGINGS if its.model is its.owner]
            fresh = await _update(connection, each, children, was(each), values)
            marked[each].update(fresh)
    return Counter({each.__tablename__: len(rows) for each, rows in marked.items() if rows})


async def _update(
    connection: AsyncConnection,
    model: Model,
    conditions: Sequence[ColumnElement[bool]],
    was: ColumnElement[bool],
    values: Mapping[str, dt.datetime | None],
) -> Sequence[uuid.UUID]:
    if not conditions:
        return ()
    key = KEYS[model]
    chosen = select(key).where(or_(*conditions), was).order_by(key).with_for_update(key_share=True)
    statement = (
        update(model)
        .where(key.in_(chosen.scalar_subquery()))
        .values(version=model.version + 1, **values)
        .returning(key)
    )
    return (await connection.scalars(statement)).all()


def _owner_is_deleted(model: Model) -> ColumnElement[bool]:
    def deleted(owner: Model) -> Owned:
        other = aliased(owner)
        key = getattr(other, KEYS[owner].key)
        return lambda column: exists().where(key == column, other.deleted_at.is_not(None))

    return or_(false(), *(its.where(deleted(its.owner)) for its in BELONGINGS if its.model is model))


def _among(column: Key, keys: Collection[uuid.UUID]) -> ColumnElement[bool]:
    # One parameter, however many keys.
    return column == func.any(bindparam(None, list(keys), type_=ARRAY(Uuid)))
