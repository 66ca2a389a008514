"""The database as commands need it that change little: migrated."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from commands.announcing import announced
from db import migrate
from db.cache import open_cache
from db.database import Database, open_database
from server.console import CommandError
from server.neighbours import database_options, neighbours
from server.settings import Settings


@asynccontextmanager
async def registry_database(settings: Settings) -> AsyncIterator[Database]:
    """The database, once it is known to have the registry's tables."""
    async with migrated_database(settings) as (_, database):
        yield database


@asynccontextmanager
async def migrated_database(settings: Settings) -> AsyncIterator[tuple[Settings, Database]]:
    """The settings filled in, and the database, once it is known to have the tables of this program."""
    async with neighbours(settings, share=True) as complete, open_database(database_options(complete)) as database:
        url = database_options(complete).url
        if settings.database_url is None:
            await asyncio.to_thread(migrate.upgrade, url)
        elif await asyncio.to_thread(migrate.current, url) != migrate.head():
            raise CommandError("the database is not at the schema of this program; `boxoffice migrate` brings it there")
        yield complete, database


@asynccontextmanager
async def changing_registry(settings: Settings) -> AsyncIterator[Database]:
    """The database for changing the registry: the block ends when every running process serves what was changed.

    Raises:
        CacheAway: the cache cannot be reached; nothing was done.
        NotEverywhere: it is changed, but not known to be served everywhere.
    """
    async with migrated_database(settings) as (complete, database):
        assert complete.redis_url is not None, "filled in by `neighbours`"
        url, limit = complete.redis_url.get_secret_value(), complete.redis_timeout_seconds
        async with open_cache(url, limit) as cache, announced(database, cache):
            yield database
