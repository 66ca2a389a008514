"""Processes of the program that may be killed: each comes back with the same settings, at the same address."""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.invariants.neighbours import PATIENCE_SECONDS, free_port
from tests.plugins.program import PROGRAM, environment

AT_WORK = "Boxoffice delivers what the outbox holds"
"""What a worker says when it has begun."""


@dataclass(slots=True)
class Member:
    """A process that serves, or that works."""

    arguments: tuple[str, ...]
    settings: Mapping[str, str]
    log: Path
    base: str | None = None
    process: subprocess.Popen[bytes] | None = None
    starts: int = 0

    def start(self) -> None:
        """Start it; it takes a moment until it answers."""
        self.starts += 1
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*PROGRAM, *self.arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.log.parent,
                env=environment(self.settings),
                start_new_session=True,
            )

    def kill(self) -> None:
        """Kill it without a word."""
        assert self.process is not None
        assert self.process.poll() is None, f"it ended by itself: {self.said()}"
        self.process.kill()
        self.process.wait(10)

    def stop(self) -> None:
        """Tell it to end, and see to it that it does."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(10)

    def said(self) -> str:
        return self.log.read_text(errors="replace")[-2000:] if self.log.exists() else ""

    async def works(self) -> None:
        """Wait until a worker is at work: one that finds no database or cache at its start ends, as it should."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while self.log.read_text(errors="replace").count(AT_WORK) < self.starts:
                assert self.process is not None
                assert self.process.poll() is None, f"it ended at its start: {self.said()}"
                await asyncio.sleep(0.05)

    async def answers(self) -> None:
        """Wait until it is ready."""
        async with asyncio.timeout(PATIENCE_SECONDS), httpx.AsyncClient(timeout=5) as client:
            while True:
                assert self.process is not None
                assert self.process.poll() is None, f"it ended at its start: {self.said()}"
                try:
                    if (await client.get(f"{self.base}/health/ready")).is_success:
                        return
                except httpx.HTTPError:
                    pass
                await asyncio.sleep(0.05)


def server(number: int, settings: Mapping[str, str], folder: Path) -> Member:
    """A `boxoffice serve` at an address of its own."""
    port = free_port()
    arguments = ("serve", "--port", str(port))
    return Member(arguments, settings, folder / f"server-{number}.log", f"http://127.0.0.1:{port}")


def worker(settings: Mapping[str, str], folder: Path) -> Member:
    """A `boxoffice worker`."""
    return Member(("worker",), settings, folder / "worker.log")


def settings_of(database_url: str, redis_url: str, secret: str, folder: Path) -> dict[str, str]:
    """What all members are set up with: the defaults, but for what makes days pass in seconds."""
    return {
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "SECRET_KEY": secret,
        "DATA_FOLDER": os.fspath(folder),
        "LOG_LEVEL": "warning",
        "RATE_LIMITS": "false",  # all buyers come from one address
        "TRIAL_PAYMENTS": "true",
        "PAYMENT_POLL_SECONDS": "1",
        "HOST": "127.0.0.1",
        "DATABASE_POOL_SIZE": "5",  # PostgreSQL lets a hundred in
    }
