"""Feature flags that were changed: reading them all, and writing one."""

from __future__ import annotations

import datetime as dt
from typing import Final

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from db.base import Base
from db.database import Database
from db.flag_models import FeatureFlag
from db.rows import Row
from db.statement import compile_statement
from domain.flags import Flag

_TABLE: Final = Base.metadata.tables[FeatureFlag.__tablename__]

CHANGED: Final = compile_statement("flags.changed", select(*_TABLE.c).order_by(_TABLE.c.key), Row)
"""Every flag that was changed."""


async def changed_flags(database: Database) -> dict[str, Flag]:
    """The flags that were changed, by key.

    Raises:
        OSError, TimeoutError, …: the database is away (`db.failures`).
    """
    return {row["key"]: _flag(row) for row in await database.fetch(CHANGED, {})}


async def changed_flag(connection: AsyncConnection, key: str) -> Flag | None:
    """A flag as it was changed, kept from others until the transaction ends; None where nobody has changed it."""
    query = select(*_TABLE.c).where(_TABLE.c.key == key).with_for_update()
    row = (await connection.execute(query)).mappings().one_or_none()
    if row is None:
        return None
    return Flag(row["key"], row["enabled"], row["rollout_percentage"], row["segments"], row["updated_at"])


async def put_flag(connection: AsyncConnection, flag: Flag, *, at: dt.datetime) -> None:
    """Write what a flag is from now on."""
    values = {
        "enabled": flag.enabled,
        "rollout_percentage": flag.percentage,
        "segments": {kind: list(members) for kind, members in flag.segments.items()},
        "updated_at": at,
    }
    made = upsert(_TABLE).values(key=flag.key, **values)
    await connection.execute(made.on_conflict_do_update(index_elements=["key"], set_=values))


def _flag(row: Row) -> Flag:
    return Flag(row["key"], row["enabled"], row["rollout_percentage"], row["segments"], row["updated_at"])
