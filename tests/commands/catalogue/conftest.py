"""An office to change the catalogue from."""

import pytest

from tests.commands.catalogue.office import Office, office_of
from tests.plugins.graph import Graph


@pytest.fixture
def office(graph: Graph) -> Office:
    """An organisation and its people, over an empty database."""
    return office_of(graph)
