"""The database as commands need it that change little: migrated."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from db import migrate
from db.database import Database, open_database
from server.app import database_options
from server.console import CommandError
from server.neighbours import neighbours
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
