"""Databases and rows for the tests of the database room."""

import os
from collections.abc import AsyncIterator, Iterator

import asyncpg
import pytest

from tests.plugins.servers import database_from

SERVER = "BOXOFFICE_TEST_POSTGRES_URL"
"""Set it to run these tests, and no others, on another server: the URL of a role that may create databases.
`other_postgres.py` starts one."""

if SERVER in os.environ:

    @pytest.fixture(scope="session")
    def postgres_server() -> str:
        """The server that the environment names."""
        return os.environ[SERVER]


@pytest.fixture(scope="module")
def module_database_url(postgres_server: str, template_database: str) -> Iterator[str]:
    """The URL of a migrated, empty database for tests of one module that undo what they do."""
    with database_from(postgres_server, template_database) as url:
        yield url


@pytest.fixture
async def connection(module_database_url: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection in a transaction that is undone at the end."""
    connection = await asyncpg.connect(module_database_url, timeout=10, command_timeout=30)
    try:
        transaction = connection.transaction()
        await transaction.start()
        yield connection
        await transaction.rollback()
    finally:
        await connection.close(timeout=10)
