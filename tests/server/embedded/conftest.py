"""A data folder for each test, and programs that run servers in a process of their own."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

OWNER = """
import asyncio, socket, sys
from pathlib import Path
from urllib.parse import urlsplit
import uvloop
from server.embedded.errors import EmbeddedServerError
from server.embedded.postgres import postgres
from server.embedded.valkey import valkey

async def main(kind, folder):
    async with {"postgres": postgres, "valkey": valkey}[kind](Path(folder)) as url:
        print(url, flush=True)
        try:
            await asyncio.sleep(60)
        finally:  # work that is in flight when the owner is asked to stop still has its server
            await asyncio.sleep(0.3)
            socket.create_connection(("127.0.0.1", urlsplit(url).port), timeout=5).close()

with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
    try:
        runner.run(main(*sys.argv[1:]))
    except KeyboardInterrupt:
        print("stopped")
    except EmbeddedServerError as error:
        sys.exit(str(error))
"""

Owner = Callable[..., tuple[subprocess.Popen[str], str]]


@pytest.fixture
def folder() -> Iterator[Path]:
    """A data folder that every user can reach, which pytest's own are not when root runs the tests."""
    path = Path(tempfile.mkdtemp(prefix="boxoffice data-"))  # with a space, as people have them
    path.chmod(0o711)
    yield path
    left = processes_on(path)
    for process in left:
        process.kill()
    shutil.rmtree(path)

    assert not left, "a server is left behind"


@pytest.fixture
def owner(folder: Path) -> Iterator[Owner]:
    """Starts a program that runs one server on the folder; gives the program and the server's URL."""
    started = []

    def start(kind: str, *prefix: str) -> tuple[subprocess.Popen[str], str]:
        process = subprocess.Popen(
            [*prefix, sys.executable, "-c", OWNER, kind, str(folder)],
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
            # What a shell runs in the background ignores SIGINT, and so would all that it starts.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 - it takes no lock
        )
        started.append(process)
        assert process.stdout is not None
        return process, process.stdout.readline().strip()

    yield start
    for process in started:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)


def processes_on(folder: Path) -> list[psutil.Process]:
    """Every process of this machine that works below the folder."""
    return [process for process in psutil.process_iter(["cwd"]) if (process.info["cwd"] or "").startswith(str(folder))]


@pytest.fixture
def servers_on(folder: Path) -> Callable[[], list[psutil.Process]]:
    return lambda: processes_on(folder)


@pytest.fixture
def as_root() -> None:
    if os.geteuid() != 0:
        pytest.skip("only root gives its servers to another user")
