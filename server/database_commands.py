"""Commands that bring the database to a schema and fill it."""

from __future__ import annotations

import asyncio

from alembic.util.exc import CommandError as AlembicError
from sqlalchemy.exc import DBAPIError

from commands.seed import SeedPlan, seed
from db import migrate
from db.database import open_database
from db.roles import RolesMissing
from server.console import CommandError, progress, say
from server.neighbours import database_options, neighbours
from server.settings import Settings


async def migrate_database(settings: Settings, revision: str, *, down: bool) -> None:
    """Take the database to a revision."""
    async with neighbours(settings, share=True) as complete:
        before = await asyncio.to_thread(migrate.current, _url(complete))
        await to_revision(complete, revision, down=down)
        after = await asyncio.to_thread(migrate.current, _url(complete))
    say(
        f"The database is at {after or 'base'}"
        + (", as it was." if after == before else f"; it was at {before or 'base'}.")
    )


async def to_revision(settings: Settings, revision: str, *, down: bool) -> None:
    """The same, told only where it fails.

    Raises:
        CommandError: why it does.
    """
    try:
        await asyncio.to_thread(migrate.downgrade if down else migrate.upgrade, _url(settings), revision)
    except (AlembicError, RolesMissing) as error:
        raise CommandError(f"the migration cannot be done: {error}") from error
    except DBAPIError as error:
        raise CommandError(f"the migration failed: {error.orig}") from error


async def seed_database(
    settings: Settings,
    *,
    functions: int,
    events_per_function: int,
    tickets_per_event: int,
    packages_per_function: int,
    random_seed: int,
) -> None:
    """Fill the database with made-up rows."""
    plan = SeedPlan(
        functions=functions,
        events_per_function=events_per_function,
        tickets_per_event=tickets_per_event,
        packages_per_function=packages_per_function,
        random_seed=random_seed,
    )
    async with neighbours(settings, share=True) as complete, open_database(database_options(complete)) as database:
        await to_revision(complete, "head", down=False)
        with progress() as advance:
            counts = await seed(database, plan, advance)
    say(f"Seeded {counts}.")


def _url(settings: Settings) -> str:
    return database_options(settings).url
