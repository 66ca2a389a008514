"""A folder to run the program in."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def home() -> Iterator[Path]:
    """A folder that the servers of a program started as root can reach, so that they leave nothing elsewhere."""
    folder = Path(tempfile.mkdtemp(prefix="boxoffice-home-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)
