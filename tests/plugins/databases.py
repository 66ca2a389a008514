"""A database as programs have it open: fixtures over `database_url`, which each test has for itself."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from db.database import Database, DatabaseOptions, open_database


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """As an operator has it, who owns the tables."""
    async with open_database(DatabaseOptions(database_url, pool_size=4)) as opened:
        yield opened


@pytest.fixture
async def rows(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection to put rows in by, and to look at them."""
    connection = await asyncpg.connect(database_url, timeout=10, command_timeout=30)
    try:
        yield connection
    finally:
        await connection.close(timeout=10)
