"""Transactions that may meet others: begun again when they do, for so long."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Final, TypeAlias, TypeVar

import asyncpg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from db.database import Database
from db.selling import sale
from db.visibility import Reach
from domain.errors import Refusal

T = TypeVar("T")

Transaction: TypeAlias = AsyncConnection
"""A transaction under way, for rooms that hand it on and do not speak SQL."""

_PAUSE: Final = 0.1
"""Seconds before beginning again."""

_LONGEST_WAIT: Final = 5.0
"""Seconds to wait for one lock, before everything is undone and begun again."""

_UNIQUE_VIOLATION: Final = "23505"
_MET: Final = frozenset({_UNIQUE_VIOLATION, "40001", "40P01", "55P03"})
"""Codes (PostgreSQL's appendix A) that say another transaction was in the way: unique_violation, serialization_failure,
deadlock_detected, lock_not_available."""

_REFUSED: Final = ("22", "23")
"""Classes of codes that say a row cannot be: data exceptions, integrity constraint violations."""


class Disturbed(Exception):
    """What the transaction stands on has been changed by another one; it is begun again."""


class InUse(Refusal):
    """Others keep what is to be written."""

    code = "IN_USE"


class RowRefused(Refusal):
    """A row breaks a rule that the database holds."""

    code = "ROW_REFUSED"


async def transact(
    database: Database,
    work: Callable[[AsyncConnection], Awaitable[T]],
    *,
    patience: float,
    keep: bool = True,
    reach: Reach | None = None,
    sells: bool = False,
) -> T:
    """Do work in a transaction; when it meets another one, undo it and do it again.

    Args:
        database: where.
        work: is given the connection, and may be called several times: whatever it does outside of the transaction
            must not mind.
        patience: seconds during which it is begun again.
        keep: False undoes all of it at the end.
        reach: of the viewer on whose behalf it writes; None for the server itself, and for operators.
        sells: whether it writes orders and takes places.

    Raises:
        InUse: others were in the way all the time; nothing was changed.
        RowRefused: a row cannot be; nothing was changed.
    """
    deadline = time.monotonic() + patience
    while True:
        try:
            lock_timeout = min(_LONGEST_WAIT, database.timeout / 2)
            begun = (
                sale(database, lock_timeout=lock_timeout) if sells else database.write(reach, lock_timeout=lock_timeout)
            )
            async with begun as connection:
                result = await work(connection)
                if not keep:
                    await connection.rollback()
        except (Disturbed, DBAPIError, asyncpg.PostgresError) as error:
            code = getattr(getattr(error, "orig", error), "sqlstate", None) or ""
            if not isinstance(error, Disturbed) and code not in _MET and not code.startswith(_REFUSED):
                raise
            if code.startswith(_REFUSED) and code != _UNIQUE_VIOLATION:
                raise RowRefused(f"The database refuses a row: {_reason(error)}.") from error
            if time.monotonic() >= deadline:
                raise InUse(
                    f"Others were writing the same for {patience:g} seconds, and nothing was changed; "
                    f"try again later. The last that stood in the way: {_reason(error)}."
                ) from error
        else:
            return result
        await asyncio.sleep(_PAUSE)


def _reason(error: Exception) -> str:
    """The database's own words, without the driver's class before them."""
    words = str(getattr(error, "orig", error)).partition(">: ")
    return (words[2] or words[0]).splitlines()[0].rstrip(".")
