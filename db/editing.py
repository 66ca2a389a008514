"""Writing rows of the catalogue on a viewer's behalf, within a transaction.

Rows are found only where they are of an organisation that the viewer works for. Whoever writes locks what the row
belongs to first, in the order of `db.soft_delete.KEYS`, so that nothing is deleted meanwhile.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Executable, Table, delete, exists, func, insert, select, true, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import InstrumentedAttribute

from db.base import Base
from db.deployment import shown
from db.models import Event, Organisation, PackageItem, Ticket, TicketPool
from db.pricing_models import PriceRule, TicketTax
from db.soft_delete import KEYS, Model
from db.visibility import ORGANISATION_OF, Reach

Column = InstrumentedAttribute[Any]

Values = Mapping[str, Any]
"""A row, or a part of it, by the names of columns."""

OWNER: Final = "owner_organisation_id"
"""What a row that was found has beside its columns: the organisation that it belongs to."""


class Clash(Exception):
    """Something else has the slug, or the code."""


@dataclass(frozen=True, slots=True)
class Editing:
    """Rows that a viewer may write, within a transaction of their own."""

    connection: AsyncConnection
    reach: Reach

    async def find(self, model: Model, key: uuid.UUID, *, share: bool = False, deleted: bool = False) -> Values | None:
        """A row, locked: to be changed, or (`share`) to have something put below it.

        Args:
            model: its table.
            key: its own.
            share: whether others may hold it too.
            deleted: whether it may be deleted.

        Returns:
            Its columns, and its organisation as `OWNER`; None where there is none, where it is deleted, where it is of
            an organisation that the viewer does not work for, and where the deployment does not show it.
        """
        organisation = ORGANISATION_OF[model]
        table = _table(model)
        columns = [column for column in table.columns if column.computed is None]
        query = select(*columns, organisation.label(OWNER)).where(KEYS[model] == key, self._is_own(organisation))
        if not deleted:
            query = query.where(table.c.deleted_at.is_(None))
        # The lock that UPDATE takes, or the one that waits for it: foreign keys hold neither up.
        locked = shown(query, model, self.reach.within).with_for_update(read=share, key_share=not share, of=table)
        row = (await self.connection.execute(locked)).mappings().one_or_none()
        return None if row is None else dict(row)

    async def insert(self, model: Model, values: Values) -> None:
        """Add a row.

        Raises:
            Clash: something else has its slug, or its code; nothing was written.
        """
        await self._write(model, insert(_table(model)).values(values), values)

    async def update(self, model: Model, key: uuid.UUID, values: Values, *, at: dt.datetime) -> None:
        """Change a row that was found, and count the change.

        Raises:
            Clash: something else has its slug, or its code; nothing was written.
        """
        table = _table(model)
        counted = {**values, "version": table.c.version + 1, "updated_at": at}
        await self._write(model, update(table).where(KEYS[model] == key).values(counted), values)

    async def next_position(self, event_id: uuid.UUID) -> int:
        """The place after the last ticket of an event."""
        last = select(func.coalesce(func.max(Ticket.position) + 1, 0)).where(Ticket.event_id == event_id)
        position: int = (await self.connection.execute(last)).scalar_one()
        return position

    async def pools_of(self, ticket_id: uuid.UUID) -> set[uuid.UUID]:
        """The pools that a ticket draws on."""
        query = select(TicketPool.pool_id).where(TicketPool.ticket_id == ticket_id)
        return set((await self.connection.scalars(query)).all())

    async def set_pools(self, ticket_id: uuid.UUID, pools: AbstractSet[uuid.UUID]) -> None:
        """Have a ticket draw on these pools and on no others."""
        has = await self.pools_of(ticket_id)
        if gone := has - pools:
            old = delete(TicketPool).where(TicketPool.ticket_id == ticket_id, TicketPool.pool_id.in_(gone))
            await self.connection.execute(old)
        if new := sorted(pools - has):
            links = [{"ticket_id": ticket_id, "pool_id": pool} for pool in new]
            await self.connection.execute(insert(TicketPool), links)

    async def taxes_of(self, ticket_id: uuid.UUID) -> set[uuid.UUID]:
        """The taxes on a ticket."""
        query = select(TicketTax.tax_id).where(TicketTax.ticket_id == ticket_id)
        return set((await self.connection.scalars(query)).all())

    async def set_taxes(self, ticket_id: uuid.UUID, taxes: AbstractSet[uuid.UUID]) -> None:
        """Have these taxes on a ticket, and no others."""
        has = await self.taxes_of(ticket_id)
        if gone := has - taxes:
            old = delete(TicketTax).where(TicketTax.ticket_id == ticket_id, TicketTax.tax_id.in_(gone))
            await self.connection.execute(old)
        if new := sorted(taxes - has):
            links = [{"ticket_id": ticket_id, "tax_id": tax} for tax in new]
            await self.connection.execute(insert(TicketTax), links)

    async def has_amounts(self, column: Column, key: uuid.UUID) -> bool:
        """Whether a rule gives something a price of its own, which is in its currency."""
        query = select(exists().where(column == key, PriceRule.amount.is_not(None), PriceRule.deleted_at.is_(None)))
        has: bool = (await self.connection.execute(query)).scalar_one()
        return has

    async def is_there(self, organisation_id: uuid.UUID) -> bool:
        """Whether there is such an organisation, whoever works for it."""
        query = select(Organisation.organisation_id).where(
            Organisation.organisation_id == organisation_id, Organisation.deleted_at.is_(None)
        )
        found = await self.connection.execute(shown(query, Organisation, self.reach.within))
        return found.first() is not None

    async def items_of(self, package_id: uuid.UUID) -> list[Values]:
        """What a package holds, in its order: `ticket_id`, `quantity` and the ticket's `price_amount`."""
        query = (
            select(PackageItem.ticket_id, PackageItem.quantity, Ticket.price_amount)
            .join(Ticket, Ticket.ticket_id == PackageItem.ticket_id)
            .where(PackageItem.package_id == package_id)
            .order_by(PackageItem.position, PackageItem.ticket_id)
        )
        return [dict(row) for row in (await self.connection.execute(query)).mappings()]

    async def set_items(self, package_id: uuid.UUID, items: Sequence[Values]) -> None:
        """Have a package hold these items and no others."""
        await self.connection.execute(delete(PackageItem).where(PackageItem.package_id == package_id))
        rows = [{**each, "package_id": package_id, "position": place} for place, each in enumerate(items)]
        await self.connection.execute(insert(PackageItem), rows)

    async def sold_for(self, function_id: uuid.UUID, tickets: Collection[uuid.UUID]) -> dict[uuid.UUID, Values]:
        """Those tickets that are of a function's events: `price_amount` and `price_currency`, held against deletion."""
        query = (
            select(Ticket.ticket_id, Ticket.price_amount, Ticket.price_currency)
            .join(Event, Event.event_id == Ticket.event_id)
            .where(
                Ticket.ticket_id.in_(tickets),
                Event.function_id == function_id,
                Ticket.deleted_at.is_(None),
                Event.deleted_at.is_(None),
                self._is_own(ORGANISATION_OF[Event]),
            )
            .order_by(Ticket.ticket_id)
            .with_for_update(read=True, of=_table(Ticket))
        )
        found = await self.connection.execute(shown(query, Ticket, self.reach.within))
        return {row["ticket_id"]: dict(row) for row in found.mappings()}

    async def moment(self) -> dt.datetime:
        """The time by the database's clock, which goes on within a transaction."""
        at: dt.datetime = (await self.connection.execute(select(func.clock_timestamp()))).scalar_one()
        return at

    async def would(self, write: Callable[[], Awaitable[None]]) -> bool:
        """Whether something could be written; it is undone. Others' rows are not seen, though their slugs count."""
        attempt = await self.connection.begin_nested()
        try:
            await write()
        except Clash:
            return False
        finally:
            await attempt.rollback()
        return True

    async def _write(self, model: Model, statement: Executable, values: Values) -> None:
        unique = [name for name in ("slug", "code") if name in values]
        if not unique:
            await self.connection.execute(statement)
            return
        try:
            async with self.connection.begin_nested():
                await self.connection.execute(statement)
        except IntegrityError as error:
            if _constraint(error) != f"uq_{model.__tablename__}_{unique[0]}":
                raise
            raise Clash from error

    def _is_own(self, organisation: ColumnElement[Any]) -> ColumnElement[bool]:
        return true() if self.reach.sees_all else organisation.in_(self.reach.organisations.get("STAFF", ()))


def _table(model: Model) -> Table:
    return Base.metadata.tables[model.__tablename__]


def _constraint(error: IntegrityError) -> str | None:
    """The constraint that was broken, as asyncpg names it."""
    cause = None if error.orig is None else error.orig.__cause__
    return getattr(cause, "constraint_name", None)
