from collections.abc import AsyncIterator

import asyncpg
import pytest

from db.database import DatabaseOptions, open_database
from tests.commands.function_migration.house import House


@pytest.fixture
async def house(database_url: str) -> AsyncIterator[House]:
    """A house with one organisation and no events."""
    async with open_database(DatabaseOptions(database_url, pool_size=4)) as database:
        plain = await asyncpg.connect(database_url, timeout=10)
        try:
            house = House(database, plain)
            await house.organisation(house.home)
            yield house
        finally:
            await plain.close(timeout=10)
