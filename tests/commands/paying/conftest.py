"""A till of a test's own."""

import pytest

from tests.commands.paying.till import Till
from tests.plugins.graph import Graph


@pytest.fixture
async def till(graph: Graph) -> Till:
    """An order of two tickets that waits to be paid."""
    return await Till(graph).open()
