import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from server.http.limits import HttpLimits
from tests.plugins.http_server import PATIENCE_SECONDS, serve
from tests.plugins.sample_graphql import sample_app


@pytest.fixture
def sample_url() -> Iterator[str]:
    """The HTTP layer before a small schema that has a mutation."""
    limits = HttpLimits()
    with serve(sample_app(limits), limits) as server:
        yield f"{server.url}/graphql"


@pytest.fixture
def boxoffice_url(database_url: str, redis_url: str, tmp_path: Path) -> Iterator[str]:
    """The whole program, as it is started to serve."""
    environment = {
        **os.environ,
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "SECRET_KEY": "of the audits, at least 32 characters",
        "PYTHONUNBUFFERED": "1",
    }
    program = Path(sys.executable).with_name("boxoffice")
    command = [str(program), "serve", "--port", "0", "--data-folder", str(tmp_path)]
    with _process(command, environment) as process:
        yield f"{_address(process)}/graphql"


@contextmanager
def _process(command: list[str], environment: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(PATIENCE_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                raise


def _address(process: subprocess.Popen[str]) -> str:
    """Where the program says that it listens; what it says later is read, lest it wait for a reader."""
    assert process.stdout is not None
    killer = threading.Timer(3 * PATIENCE_SECONDS, process.kill)
    killer.start()
    said = []
    try:
        for line in process.stdout:
            said.append(line)
            if found := re.search(r"http://127\.0\.0\.1:\d+", line):
                threading.Thread(target=process.stdout.read, daemon=True).start()
                return found[0]
    finally:
        killer.cancel()
    raise AssertionError(f"the program did not start:\n{''.join(said)}")
