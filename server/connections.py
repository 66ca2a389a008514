"""How many connections to PostgreSQL processes may open, beside how many it has for them."""

from __future__ import annotations

import asyncio
from typing import Final

import structlog

from db.database import Database
from db.failures import NOT_MIGRATED, UNAVAILABLE
from db.serving import room
from server.settings import Settings

OF_A_WORKER: Final = 10
"""The most that a worker writes with; it reads with none of those that serve."""

_ROLES_THAT_READ: Final = 3

_FOLLOWING: Final = 1
"""What follows the changes of rows has a connection of its own."""

_LIMIT_SECONDS: Final = 2.0

_log = structlog.get_logger(__name__)


def connections_of(settings: Settings, *, works: bool) -> int:
    """The most that a process which serves opens.

    Args:
        settings: of the process.
        works: whether it does the work of a worker, too.
    """
    follows = _FOLLOWING if settings.response_cache_bytes else 0
    reads = _ROLES_THAT_READ * settings.database_pool_size
    return reads + settings.database_write_pool_size + follows + (OF_A_WORKER if works else 0)


async def check_room(database: Database, settings: Settings, *, works: bool) -> None:
    """Warn where all processes that serve, each with as many as this one, could open more than PostgreSQL has.

    Behind a pooler nothing is said: there it is the pooler that opens them.
    """
    if not settings.database_prepared_statements:
        return
    try:
        async with asyncio.timeout(_LIMIT_SECONDS):
            there, processes = await room(database)
    except (*UNAVAILABLE, *NOT_MIGRATED):
        return  # it is said elsewhere
    each = connections_of(settings, works=works)
    if processes * each > there:
        _log.warning(
            "PostgreSQL has too few connections for all processes at their busiest: "
            "raise max_connections, lower DATABASE_POOL_SIZE, or put a pooler between",
            connections=there,
            processes=processes,
            most_of_each=each,
        )
