"""Where a benchmark takes place: servers and processes of its own on a temporary folder, gone at the end."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import secrets
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from db.migrate import upgrade
from server.embedded.postgres import postgres
from server.embedded.valkey import valkey

BARE = {"PATH": os.defpath, "PYTHONPATH": str(Path(__file__).resolve().parents[1])}
"""The environment of programs that are measured: they are those of the tree that this file is in."""

START_SECONDS = 60.0
STOP_SECONDS = 20.0
POLL_SECONDS = 0.05

_ADDRESS = re.compile(r"http://127\.0\.0\.1:(\d+)/")


@dataclass(frozen=True, slots=True)
class Place:
    """A migrated, empty database and a cache."""

    folder: Path
    database_url: str
    redis_url: str
    secret: str


@dataclass(frozen=True, slots=True)
class Served:
    """A process that answers."""

    port: int
    pid: int


@asynccontextmanager
async def place() -> AsyncIterator[Place]:
    """Start PostgreSQL and Valkey, and migrate."""
    folder = _temporary_folder()
    try:
        async with postgres(folder) as database, valkey(folder) as cache:
            await asyncio.to_thread(upgrade, database)
            yield Place(folder, f"{database}?sslmode=disable", cache, secrets.token_hex(32))
    finally:
        await asyncio.to_thread(_remove, folder)


def ends_in_order() -> None:
    """Let SIGTERM end this program as Ctrl-C does: with everything that it started."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)


def _temporary_folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="boxoffice-bench-"))
    folder.chmod(0o711)  # as root, PostgreSQL runs as another user and must get through
    return folder


def _remove(folder: Path) -> None:
    for path in (folder / "postgres", folder / "valkey", folder):  # where data had to move, a link says where to
        shutil.rmtree(path.resolve(), ignore_errors=True)


def boxoffice_settings(where: Place) -> dict[str, str]:
    """The settings of a server there: those that it comes with, without a log line and a limit for every request."""
    return {
        "DATABASE_URL": where.database_url,
        "REDIS_URL": where.redis_url,
        "SECRET_KEY": where.secret,
        "HOST": "127.0.0.1",
        "PORT": "0",
        "LOG_LEVEL": "warning",
        "RATE_LIMITS": "false",
    }


@asynccontextmanager
async def serving(where: Place, command: Sequence[str], settings: Mapping[str, str]) -> AsyncIterator[Served]:
    """Start a process that prints the address it listens on, and stop it at the end.

    Raises:
        RuntimeError: it ended at its start; the message has what it printed.
        TimeoutError: it does not listen.
    """
    output = where.folder / f"{Path(command[-1]).stem}-{secrets.token_hex(4)}.out"
    with _new(output) as stream:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=stream,
            stderr=asyncio.subprocess.STDOUT,
            env={**BARE, "PYTHONUNBUFFERED": "1", **settings},
            cwd=where.folder,  # no .env here could change what is measured
            start_new_session=True,
        )
    try:
        yield Served(await _port_of(process, output), process.pid)
    finally:
        with contextlib.suppress(ProcessLookupError, TimeoutError):
            process.terminate()
            async with asyncio.timeout(STOP_SECONDS):
                await process.wait()
        if process.returncode is None:
            process.kill()
            await process.wait()


def _new(file: Path) -> BinaryIO:
    return file.open("wb")


def _read(file: Path) -> str:
    return file.read_text(errors="replace")


async def _port_of(process: asyncio.subprocess.Process, output: Path) -> int:
    """The port that the process prints, once it is listened on.

    Raises:
        RuntimeError: the process ended; the message has what it printed.
    """
    async with asyncio.timeout(START_SECONDS):
        while True:
            found = _ADDRESS.search(_read(output))
            if found:
                return await _listening(int(found[1]))
            if process.returncode is not None:
                raise RuntimeError(f"{output.stem} ended at its start: {_read(output)}")
            await asyncio.sleep(POLL_SECONDS)


async def _listening(port: int) -> int:
    while True:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(POLL_SECONDS)
            continue
        writer.close()
        await writer.wait_closed()
        return port
