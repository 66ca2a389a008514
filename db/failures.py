"""How a database that is away, or too busy, shows itself."""

from __future__ import annotations

import asyncpg

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
)
"""What a client may try again later; anything else is a fault of this program."""

NOT_MIGRATED: tuple[type[BaseException], ...] = (asyncpg.UndefinedTableError, asyncpg.UndefinedColumnError)
"""What a database answers that `boxoffice migrate` has not been run on."""
