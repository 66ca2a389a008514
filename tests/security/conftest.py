"""Servers under attack, each for all tests of a worker."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.plugins.servers import database_from
from tests.security.site import Site
from tests.security.site import site as open_site


@pytest.fixture(scope="session")
def home() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="boxoffice-attacked-"))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def site(postgres_server: str, template_database: str, kept_redis_url: str, home: Path) -> Iterator[Site]:
    with database_from(postgres_server, template_database) as url, open_site(url, kept_redis_url, home) as site:
        yield site


@pytest.fixture(scope="session")
def strict_site(postgres_server: str, template_database: str, kept_redis_url: str, home: Path) -> Iterator[Site]:
    """A server that counts, and lets nobody do much."""
    settings = {
        "RATE_LIMITS": "true",
        "RATE_LIMIT_ADDRESS": "40/1",
        "RATE_LIMIT_VIEWER": "40/1",
        "ROUTE_LIMIT": "5/minute",
        "MAX_STREAMS_OF_ADDRESS": "5",
        "TRUSTED_HOSTS": '["127.0.0.1"]',
    }
    with (
        database_from(postgres_server, template_database) as url,
        open_site(url, kept_redis_url, home, **settings) as site,
    ):
        yield site
