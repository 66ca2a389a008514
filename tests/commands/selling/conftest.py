"""A shop of a test's own."""

import pytest

from tests.commands.selling.shop import Shop
from tests.plugins.graph import Graph


@pytest.fixture
def shop(graph: Graph) -> Shop:
    """Sells from an empty database."""
    return Shop(graph)
