"""The database as commands of the registry need it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from commands.announcing import announced
from db import migrate
from db.cache import open_cache
from db.database import Database, open_database
from server.app import database_options
from server.console import CommandError
from server.neighbours import neighbours
from server.settings import Settings


@asynccontextmanager
async def registry_database(settings: Settings) -> AsyncIterator[Database]:
    """The database, once it is known to have the registry's tables."""
    async with neighbours(settings, share=True) as complete, open_database(database_options(complete)) as database:
        await _migrated(settings, complete)
        yield database


@asynccontextmanager
async def changing_registry(settings: Settings) -> AsyncIterator[Database]:
    """The same for changing it: the block ends when every running process serves what was changed.

    Raises:
        CacheAway: the cache cannot be reached; nothing was done.
        NotEverywhere: it is changed, but not known to be served everywhere.
    """
    async with neighbours(settings, share=True) as complete, open_database(database_options(complete)) as database:
        await _migrated(settings, complete)
        assert complete.redis_url is not None, "filled in by `neighbours`"
        url, limit = complete.redis_url.get_secret_value(), complete.redis_timeout_seconds
        async with open_cache(url, limit) as cache, announced(database, cache):
            yield database


async def _migrated(settings: Settings, complete: Settings) -> None:
    """Bring a database of this program's own to its schema; any other one must be there."""
    url = database_options(complete).url
    if settings.database_url is None:
        await asyncio.to_thread(migrate.upgrade, url)
    elif await asyncio.to_thread(migrate.current, url) != migrate.head():
        raise CommandError("the database is not at the schema of this program; `boxoffice migrate` brings it there")
