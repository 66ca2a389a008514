"""Writing rows of the catalogue on a viewer's behalf, within a transaction.

Rows are found only where they are of an organisation that the viewer works for. Whoever writes locks what the row
belongs to first, in the order of `db.soft_delete.KEYS`, so that nothing is deleted meanwhile.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Executable, Table, insert, select, true, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from db.base import Base
from db.soft_delete import KEYS, Model
from db.visibility import ORGANISATION_OF, Reach

Values = Mapping[str, Any]
"""A row, or a part of it, by the names of columns."""

OWNER: Final = "owner_organisation_id"
"""What a row that was found has beside its columns: the organisation that it belongs to."""


class Clash(Exception):
    """Something else has the slug."""


@dataclass(frozen=True, slots=True)
class Editing:
    """Rows that a viewer may write, within a transaction of their own."""

    connection: AsyncConnection
    reach: Reach

    async def find(self, model: Model, key: uuid.UUID, *, share: bool = False) -> Values | None:
        """A row, locked: to be changed, or (`share`) to have something put below it.

        Returns:
            Its columns, and its organisation as `OWNER`; None where there is none, where it is deleted, and where it is
            of an organisation that the viewer does not work for.
        """
        organisation = ORGANISATION_OF[model]
        table = _table(model)
        columns = [column for column in table.columns if column.computed is None]
        query = select(*columns, organisation.label(OWNER)).where(
            KEYS[model] == key, table.c.deleted_at.is_(None), self._is_own(organisation)
        )
        # The lock that UPDATE takes, or the one that waits for it: foreign keys hold neither up.
        locked = query.with_for_update(read=share, key_share=not share, of=table)
        row = (await self.connection.execute(locked)).mappings().one_or_none()
        return None if row is None else dict(row)

    async def insert(self, model: Model, values: Values) -> None:
        """Add a row.

        Raises:
            Clash: something else has its slug; nothing was written.
        """
        await self._write(model, insert(_table(model)).values(values), values)

    async def update(self, model: Model, key: uuid.UUID, values: Values, *, at: dt.datetime) -> None:
        """Change a row that was found, and count the change.

        Raises:
            Clash: something else has its slug; nothing was written.
        """
        table = _table(model)
        counted = {**values, "version": table.c.version + 1, "updated_at": at}
        await self._write(model, update(table).where(KEYS[model] == key).values(counted), values)

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
        if "slug" not in values:
            await self.connection.execute(statement)
            return
        try:
            async with self.connection.begin_nested():
                await self.connection.execute(statement)
        except IntegrityError as error:
            if _constraint(error) != f"uq_{model.__tablename__}_slug":
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
