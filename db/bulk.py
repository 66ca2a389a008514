"""Loading many rows at once: COPY, with indexes out of the way while nobody needs them.

The driver's own calls take a time limit each, which SQLAlchemy's do not; so a load runs on the connection below the
transaction, and may take longer than `DatabaseOptions.timeout`, which is meant for requests.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from db.database import Database
from db.models import Base
from domain.errors import Refusal

TIMEOUT = 600.0
"""The longest that one statement of a load may take, in seconds: a COPY, the building of one index."""

LOCK_TIMEOUT = 10.0
"""The longest to wait for tables that others use."""

_MEMORY = "256MB"
"""What PostgreSQL may take to build one index; more than its default, which sorts a million rows on disk."""

Table = type[Base]


class TablesInUse(Refusal):
    """Others hold the tables that were to be loaded."""

    code = "TABLES_IN_USE"


@dataclass(frozen=True, slots=True)
class SetAside:
    """Indexes and foreign keys that are gone until the statements in `restore` are run."""

    restore: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BulkLoad:
    """A load in one transaction; made by `begin_bulk_load`."""

    connection: asyncpg.Connection[Any]
    timeout: float

    async def only_one(self, key: int) -> bool:
        """Whether nobody else is in a load of this key; nobody will be, until the transaction ends."""
        return bool(await self.connection.fetchval("SELECT pg_try_advisory_xact_lock($1)", key))

    async def wait_for_turn(self, key: int) -> None:
        """Wait until nobody else is in a load of this key.

        Raises:
            TablesInUse: the other one takes too long.
        """
        await self.run(f"SELECT pg_advisory_xact_lock({key})")

    async def are_empty(self, tables: Sequence[Table]) -> bool:
        """Whether the tables hold no row, not even a deleted one."""
        exists = " OR ".join(f"EXISTS (SELECT FROM {table.__tablename__})" for table in tables)
        return not await self.connection.fetchval(f"SELECT {exists}", timeout=self.timeout)

    async def holds(self, table: Table, column: str, value: object) -> bool:
        """Whether a row, deleted or not, has the value in a column."""
        query = f'SELECT EXISTS (SELECT FROM {table.__tablename__} WHERE "{column}" = $1)'  # noqa: S608 - names from the models
        return bool(await self.connection.fetchval(query, value, timeout=self.timeout))

    async def copy(self, table: Table, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """Add rows by COPY. They are taken one by one as the server takes them in, and never gathered.

        Args:
            table: where to.
            columns: names as the database has them; the others get their defaults.
            rows: values in the order of `columns`; a JSONB column takes JSON text.

        Raises:
            asyncpg.PostgresError: a row does not fit the table.
            TimeoutError: it took longer than `timeout`; it was cancelled.
        """
        await self.connection.copy_records_to_table(
            table.__tablename__, columns=list(columns), records=rows, timeout=self.timeout
        )

    async def owns(self, tables: Sequence[Table]) -> bool:
        """Whether this role may change the tables themselves."""
        names = [table.__tablename__ for table in tables]
        return bool(await self.connection.fetchval(_OWNS, names, timeout=self.timeout))

    async def set_aside_indexes(self, tables: Sequence[Table]) -> SetAside:
        """Drop the foreign keys and the secondary indexes of tables, as they are found, operators' own included.

        Filling the tables first and building each index from all rows is several times faster than keeping fifteen
        indexes right row by row. Keys and unique constraints stay. Everybody else waits for the tables until the
        transaction ends: for tables that are empty, nobody has a reason to mind.

        Raises:
            TablesInUse: others hold the tables.
        """
        names = [table.__tablename__ for table in tables]
        rows = await self.connection.fetch(_SECONDARY, names, timeout=self.timeout)
        for row in rows:
            await self.run(row["drop"])
        return SetAside(tuple(row["restore"] for row in rows))

    async def run(self, statement: str) -> None:
        """Run a statement that returns nothing of interest.

        Raises:
            TablesInUse: others hold what it needs.
            asyncpg.PostgresError: the database refused.
            TimeoutError: it took longer than `timeout`; it was cancelled.
        """
        try:
            await self.connection.execute(statement, timeout=self.timeout)
        except asyncpg.LockNotAvailableError as error:
            raise TablesInUse(
                f"The tables to be loaded are in use, for more than {LOCK_TIMEOUT:g} seconds; try again."
            ) from error


async def begin_bulk_load(connection: AsyncConnection, timeout: float = TIMEOUT) -> BulkLoad:  # noqa: ASYNC109 - a limit for each statement, handed to the driver
    """Start a load in the transaction of `Database.write()`.

    Args:
        connection: what `write()` gave.
        timeout: the longest that one statement may take, in seconds.
    """
    # The first statement by way of SQLAlchemy begins the transaction that the driver's own calls are then part of.
    await connection.execute(
        text(
            "SELECT set_config('statement_timeout', :statement, true), set_config('lock_timeout', :lock, true), "
            "set_config('maintenance_work_mem', greatest(pg_size_bytes(current_setting('maintenance_work_mem')), "
            "pg_size_bytes(:memory)) / 1024 || 'kB', true)"
        ),
        # The driver's limit comes first; the server's own stands behind it, in place of one meant for requests.
        {"statement": _milliseconds(timeout + 5), "lock": _milliseconds(LOCK_TIMEOUT), "memory": _MEMORY},
    )
    driver = (await connection.get_raw_connection()).driver_connection
    assert isinstance(driver, asyncpg.Connection)
    assert driver.is_in_transaction()
    return BulkLoad(driver, timeout)


async def vacuum_analyze(database: Database, table: Table, timeout: float = TIMEOUT) -> None:  # noqa: ASYNC109 - the same
    """Tell the planner what a table holds, and spare the first readers the work of marking its rows as visible.

    Raises:
        TimeoutError: it took longer than `timeout` seconds; it was cancelled.
    """
    # VACUUM runs outside of transactions only.
    async with database.writing.connect() as plain:
        connection = await plain.execution_options(isolation_level="AUTOCOMMIT")
        driver = (await connection.get_raw_connection()).driver_connection
        assert isinstance(driver, asyncpg.Connection)
        await driver.execute(f"VACUUM (ANALYZE) {table.__tablename__}", timeout=timeout)


def _milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:.0f}ms"


_OWNS = """
SELECT bool_and(pg_has_role(relowner, 'USAGE')) FROM pg_class WHERE oid = ANY ($1::text[]::regclass[])
"""

_SECONDARY = """
WITH tables AS (SELECT unnest($1::text[])::regclass AS id),
foreign_keys AS (
  SELECT 1 AS place, conname::text AS name,
         format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname) AS drop,
         format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid))
           AS restore
  FROM pg_constraint WHERE contype = 'f' AND conrelid IN (SELECT id FROM tables)
),
indexes AS (
  SELECT 0 AS place, indexrelid::regclass::text AS name,
         format('DROP INDEX %s', indexrelid::regclass) AS drop, pg_get_indexdef(indexrelid) AS restore
  FROM pg_index
  WHERE indrelid IN (SELECT id FROM tables)
    AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid) -- keys, unique constraints
)
SELECT drop, restore FROM (SELECT * FROM foreign_keys UNION ALL SELECT * FROM indexes) AS secondary ORDER BY place, name
"""
