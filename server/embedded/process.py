"""Start a server program, wait until it answers, stop it.

Each program runs in a session of its own, so that the Ctrl-C of a terminal reaches Boxoffice alone, which then stops
its servers in order. A Boxoffice that was killed with SIGKILL leaves its servers running; the next start on the
folder finds them and stops them first. (PR_SET_PDEATHSIG would stop them at once, but it follows the thread that
started the process, is forgotten on a change of user, and needs code between fork and exec.)
"""

import asyncio
import os
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import psutil

from server.embedded.data_folder import DataFolder
from server.embedded.errors import EmbeddedServerError

READY_SECONDS = 120.0
"""How long a server may take to answer; recovery after a crash is part of it."""
STOP_SECONDS = 30.0
"""How long a server may take to write its data when it is stopped; then it is killed."""
PORT_ATTEMPTS = 5
"""How often another port is tried when the chosen one was taken in the meantime."""
KILL_SECONDS = 5.0
"""How long killed processes may take to disappear."""
POLL_SECONDS = 0.02
ENVIRONMENT = {"LC_ALL": "C", "TZ": "UTC", "PATH": os.defpath}
"""All that a server sees of the environment: no PG* variable may change what it does."""


@dataclass(frozen=True, slots=True)
class Launch:
    """How to start a server on one port."""

    command: Sequence[str]
    settings: str
    """Handed over on standard input, where no other user can read them."""
    url: str
    answers: Callable[[], Awaitable[str | None]]
    """Connects for real; None when the server answers, else why it does not."""


@asynccontextmanager
async def running(
    home: DataFolder, prepare: Callable[[int], Launch], stop_signal: signal.Signals
) -> AsyncIterator[str]:
    """Start a server on a free port of 127.0.0.1, yield its URL, and stop it.

    Args:
        home: the claimed folder; the server starts with ``home.data`` as its working directory.
        prepare: from a port to the launch.
        stop_signal: what asks the server for an orderly end.

    Raises:
        EmbeddedServerError: it ended or did not answer in time; the message has the last lines of its log.
    """
    process, url = await _start(home, prepare)
    try:
        yield url
    finally:
        await _stop(process, home, stop_signal)


def run_to_end(home: DataFolder, command: Sequence[str], text: str = "") -> None:
    """Run a program under the server's account to its end, with ``text`` on its standard input (blocks).

    Raises:
        EmbeddedServerError: it failed, or did not end within `READY_SECONDS`.
    """
    process = _spawn(home, command, text, cwd=home.path)
    try:
        status = process.wait(READY_SECONDS)
    except subprocess.TimeoutExpired:
        status = None
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
    if status != 0:
        raise EmbeddedServerError(f"{Path(command[0]).name} failed in {home.path}: {_last_lines(home.log)}")


async def stop_strays(home: DataFolder, name: str, stop_signal: signal.Signals) -> None:
    """Stop what a killed Boxoffice left running on the folder; the claim says that nobody else uses it.

    Raises:
        EmbeddedServerError: they outlive SIGKILL.
    """
    for stray in _strays(home, name):
        with suppress(psutil.Error):
            # A worker process of PostgreSQL shows a title instead; it ends with, or soon after, its postmaster. What
            # is about to end shows nothing.
            if [Path(each).name for each in stray.cmdline()[:1]] == [name]:
                stray.send_signal(stop_signal)
    gone = await asyncio.to_thread(_gone, home, name, STOP_SECONDS)
    if not gone and not await asyncio.to_thread(_kill_strays, home, name):
        raise EmbeddedServerError(f"The old server on {home.path} does not end. Its processes need a look.")


def _kill_strays(home: DataFolder, name: str) -> bool:
    for stray in _strays(home, name):
        with suppress(psutil.Error):
            stray.kill()
    return _gone(home, name, KILL_SECONDS)


def _gone(home: DataFolder, name: str, seconds: float) -> bool:
    # Not by waiting for each process: what no parent reaps, as in many containers, stays in the table for ever.
    deadline = time.monotonic() + seconds
    while _strays(home, name):
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True


def _strays(home: DataFolder, name: str) -> list[psutil.Process]:
    def works_here(process: psutil.Process) -> bool:
        # Everyone may read a command line. The working directory, the only trace on PostgreSQL's worker processes,
        # is closed to the root of a container, which lacks CAP_SYS_PTRACE.
        with suppress(psutil.Error):
            return process.name() == name and (str(home.data) in process.cmdline() or process.cwd() == str(home.data))
        return False

    return [process for process in psutil.process_iter() if works_here(process)]


async def _start(home: DataFolder, prepare: Callable[[int], Launch]) -> tuple[subprocess.Popen[bytes], str]:
    for _ in range(PORT_ATTEMPTS):
        launch = prepare(_free_port())
        process = _spawn(home, launch.command, launch.settings, cwd=home.data)
        ready = False
        try:
            ready = await _answers(process, launch)
        finally:
            if not ready:
                _kill(process, home)
        if ready:
            return process, launch.url
        if b"Address already in use" not in home.log.read_bytes():
            break
    raise EmbeddedServerError(f"The server on {home.path} ended at its start: {_last_lines(home.log)}")


async def _answers(process: subprocess.Popen[bytes], launch: Launch) -> bool:
    reason: str | None = None
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            return False
        reason = await launch.answers()
        if reason is None:
            return True
        await asyncio.sleep(POLL_SECONDS)
    name = Path(launch.command[0]).name
    raise EmbeddedServerError(f"{name} does not answer within {READY_SECONDS:.0f} seconds: {reason}")


async def _stop(process: subprocess.Popen[bytes], home: DataFolder, stop_signal: signal.Signals) -> None:
    try:
        process.send_signal(stop_signal)
        with suppress(subprocess.TimeoutExpired):
            await asyncio.to_thread(process.wait, STOP_SECONDS)
    finally:  # also when a second Ctrl-C cancels the wait
        _kill(process, home)


def _kill(process: subprocess.Popen[bytes], home: DataFolder) -> None:
    if process.poll() is None:
        process.kill()
        process.wait()
        assert isinstance(process.args, list)
        _kill_strays(home, Path(process.args[0]).name)


def _spawn(home: DataFolder, command: Sequence[str], text: str, cwd: Path) -> subprocess.Popen[bytes]:
    account = home.account
    with tempfile.TemporaryFile() as stdin, _private(home.log) as log:
        stdin.write(text.encode())
        stdin.seek(0)
        try:
            return subprocess.Popen(  # noqa: S603 - the program comes from a wheel, its arguments from this room
                list(command),
                stdin=stdin,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=cwd,
                env=ENVIRONMENT,
                start_new_session=True,
                user=account.uid if account else None,
                group=account.gid if account else None,
                extra_groups=[] if account else None,
                umask=0o077,
            )
        except OSError as error:
            who = f" as the user {account.name}" if account else ""
            raise EmbeddedServerError(f"{command[0]} cannot be started{who}: {error}") from error


def _private(path: Path) -> BinaryIO:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _last_lines(log: Path) -> str:
    lines = log.read_text(errors="replace").strip().splitlines()
    return " | ".join(lines[-6:]) or f"it printed nothing to {log}"
