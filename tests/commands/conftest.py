"""What the tests of commands can ask for."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from db.database import DatabaseOptions, open_database
from tests.commands.importing.desk import Desk


@pytest.fixture
async def desk(database_url: str) -> AsyncIterator[Desk]:
    """A desk that imports schedules into an empty database."""
    async with open_database(DatabaseOptions(database_url, pool_size=4)) as database:
        plain = await asyncpg.connect(database_url, timeout=10)
        try:
            yield Desk(database, plain)
        finally:
            await plain.close(timeout=10)
