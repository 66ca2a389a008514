"""Transactions of orders: begun by one message, with the statements that every order sends executed by asyncpg itself.

What SQLAlchemy's connection does around a statement costs several times what PostgreSQL does with it, and most of what
an order costs this process (`docs/decisions/0018-selling.md`). Everything else goes on through SQLAlchemy's connection,
in the same transaction.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any, TypeAlias, cast

import asyncpg
from sqlalchemy.ext.asyncio import AsyncConnection

from db.database import Database
from db.row_security import SALES_ROLE

Driver: TypeAlias = "asyncpg.Connection[Any]"


@asynccontextmanager
async def sale(database: Database, *, lock_timeout: float) -> AsyncIterator[AsyncConnection]:
    """A transaction of selling: committed when the block ends, unless that was done within; undone when it raises.

    Args:
        database: where.
        lock_timeout: the longest wait for one lock, in seconds.

    Raises:
        TimeoutError: no connection came free in time, or a statement took too long.
    """
    begin = ["BEGIN", f"SET LOCAL lock_timeout = {max(1, round(lock_timeout * 1000))}"]
    # To plan such statements anew for each set of keys takes longer than to run them.
    begin.append("SET LOCAL plan_cache_mode = force_generic_plan")
    if database.others or database.switches:
        begin += [f"SET LOCAL ROLE {SALES_ROLE}", "SET LOCAL boxoffice.viewer = ''"]
    async with database.turn(), database.writing.connect() as connection:
        await connection.execution_options(isolation_level="AUTOCOMMIT")  # it leaves BEGIN and COMMIT to this
        driver = await driver_of(connection)
        try:
            await driver.execute("; ".join(begin))
            yield connection
            if driver.is_in_transaction():
                await driver.execute("COMMIT")
        except BaseException:
            await _undo(connection, driver)
            raise


async def driver_of(connection: AsyncConnection) -> Driver:
    """The connection as asyncpg knows it, for what is sent by every order; a transaction has been begun."""
    return cast("Driver", (await connection.get_raw_connection()).driver_connection)


async def _undo(connection: AsyncConnection, driver: Driver) -> None:
    """Leave nothing open on a connection that the next one borrows."""
    try:
        await driver.execute("ROLLBACK")
    except BaseException:  # noqa: BLE001 - what is being raised already says more
        with suppress(Exception):
            await connection.invalidate()
