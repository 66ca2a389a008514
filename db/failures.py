"""How a database that is away, or too busy, shows itself."""

from __future__ import annotations

import asyncpg
from sqlalchemy.exc import DBAPIError

UNAVAILABLE: tuple[type[BaseException], ...] = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
    asyncpg.QueryCanceledError,
    asyncpg.InterfaceError,
    # Of a connection that the server ended between two statements, the driver's state is no longer its own.
    asyncpg.InternalClientError,
)
"""What a client may try again later; anything else is a fault of this program."""

NOT_MIGRATED: tuple[type[BaseException], ...] = (asyncpg.UndefinedTableError, asyncpg.UndefinedColumnError)
"""What a database answers that `boxoffice migrate` has not been run on."""


def is_unavailable(error: BaseException) -> bool:
    """Whether an error says that the database is away or too busy, whichever of the two pools it came from."""
    if isinstance(error, DBAPIError):
        # SQLAlchemy's error, whose origin is its adapter's, whose cause is asyncpg's.
        cause = None if error.orig is None else error.orig.__cause__
        return error.connection_invalidated or isinstance(cause, UNAVAILABLE)
    return isinstance(error, UNAVAILABLE)
