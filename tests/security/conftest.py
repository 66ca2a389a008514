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
