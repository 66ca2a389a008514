from collections.abc import AsyncIterator

import pytest

from tests.plugins.live import Live, live


@pytest.fixture
async def server(database_url: str, redis_url: str) -> AsyncIterator[Live]:
    """The application with the limits that it is shipped with, but for the waits."""
    async with live(database_url, redis_url, socket_init_timeout_seconds=1, socket_ping_seconds=1) as server:
        yield server
