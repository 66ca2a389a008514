"""The registry of a process: kept as new as the database, and served only while it is known to be the newest.

Every second the process gives a sign of life, and only then asks for the newest version. If that is what it has loaded,
it may serve for `lease` seconds from before the sign: whoever changes the registry afterwards sees the sign, and waits
until the process has the change, or until no sign has come for longer than a lease (`commands.announcing`). A process
that is stopped, paused, or cut off finds its lease over before it serves anything else, and refuses until it has asked
again.

There are two witnesses, the database and the cache, and a lease from either is enough. So what is loaded is served on
while one of them is away; it cannot have changed unseen, because a change needs both.
"""

from __future__ import annotations

import asyncio
import os
import socket
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Final

import structlog

from db.cache import Cache
from db.database import Database
from db.failures import NOT_MIGRATED, UNAVAILABLE
from db.registry import keep_analyses
from db.serving import (
    CACHE_UNAVAILABLE,
    Signals,
    bury_in_database,
    open_signals,
    registry_version,
    tell_database,
)
from domain.leases import Beat, Lease, now
from persisted_queries.compiling import Target
from persisted_queries.loading import load_registry
from persisted_queries.registry import BreakingSchema, Registry

POLL_SECONDS: Final = 1.0
"""How often each witness is asked, at least."""

LEASE_SECONDS: Final = 5.0
"""How long a process serves without an answer."""

_ATTEMPTS: Final = 10
"""How often the registry may change while it is loaded, before others get their turn."""

_log = structlog.get_logger(__name__)


class StaleRegistry(Exception):
    """Whether what is loaded is the newest is not known; nothing may be served from it."""


@dataclass(slots=True)
class LiveRegistry:
    """The registry of a process.

    Attributes:
        database: where it is.
        target: what operations must fit.
        cache: where processes hear of changes.
        lease_seconds: how long it serves without an answer.
        current: the newest snapshot that was loaded, whether it may be served or not.
    """

    database: Database
    target: Target
    cache: Cache
    lease_seconds: float = LEASE_SECONDS
    current: Registry = field(default_factory=Registry)
    _process: str = field(default_factory=lambda: str(uuid.uuid4()))
    _name: str = field(default_factory=lambda: f"{socket.gethostname()[:80]}:{os.getpid()}")
    _beats: int = 0
    _signals: Signals | None = None
    _by_database: Lease = field(init=False)
    _by_cache: Lease = field(init=False)

    def __post_init__(self) -> None:
        self._by_database, self._by_cache = Lease(self.lease_seconds), Lease(self.lease_seconds)

    def served(self) -> Registry:
        """The snapshot to serve from; takes less than a microsecond.

        Raises:
            StaleRegistry: neither the database nor the cache has confirmed for too long that it is the newest.
        """
        if self._by_database.holds or self._by_cache.holds:
            return self.current
        raise StaleRegistry

    async def ask_database(self) -> None:
        """Take a new snapshot if there is one, and a lease.

        Raises:
            OSError, TimeoutError, …: the database is away (`db.failures.UNAVAILABLE`).
        """
        for _ in range(_ATTEMPTS):
            begun = now()
            # In this order: whoever changes the registry after the question finds the sign.
            await tell_database(self.database, self._sign())
            if await registry_version(self.database) == self.current.version:
                self._by_database.confirm(begun)
                return
            self.current = await load_registry(self.database, self.target, self.current)
            self._complain()

    async def ask_cache(self) -> None:
        """Take a lease, if what is loaded is what was announced last.

        Raises:
            RedisError, OSError: the cache is away.
            OSError, TimeoutError, …: the database is away, and has not yet told where in the cache to ask.
        """
        signals = await self._place()
        begun, sign = now(), self._sign()
        announced = await signals.tell(sign)
        if announced == sign.version:
            self._by_cache.confirm(begun)
        elif sign.version > (-1 if announced is None else announced) and self._by_database.holds:
            # Whoever changed it was cut off before it could say so; or the cache has forgotten.
            await signals.raise_version(sign.version)

    async def hear(self, wake: asyncio.Event) -> None:
        """Wake someone whenever a change is announced; ends when the cache goes away.

        Raises:
            RedisError, OSError: the cache is away.
            OSError, TimeoutError, …: the database is away, and has not yet told where in the cache to listen.
        """
        async for _ in (await self._place()).listen():
            wake.set()

    async def _place(self) -> Signals:
        if self._signals is None:
            self._signals = await open_signals(self.database, self.cache)
        return self._signals

    async def leave(self) -> None:
        """Say that nothing is served any more, so that nobody waits."""
        self._by_database, self._by_cache = Lease(0), Lease(0)
        last = self._sign()
        with suppress(*UNAVAILABLE, *NOT_MIGRATED):
            await bury_in_database(self.database, last)
        if self._signals is not None:
            with suppress(*CACHE_UNAVAILABLE):
                await self._signals.forget(self._process)

    def _sign(self) -> Beat:
        self._beats += 1
        return Beat(self._process, self._name, self.current.version, self._beats, self.lease_seconds)

    def _complain(self) -> None:
        for fault in (fault for each in self.current.broken for fault in each.faults):
            _log.error("operation not served: the schema breaks it", fault=str(fault))
        for entry in self.current.stopped:
            called = f"{entry.release.client.name} {entry.release.name} {entry.public_id}"
            _log.error("operation not served: not granted", operation=called, fields=entry.ungranted)


@asynccontextmanager
async def open_registry(
    database: Database,
    target: Target,
    cache: Cache,
    *,
    allow_breaking: bool = False,
    lease: float = LEASE_SECONDS,
    seconds: float = POLL_SECONDS,
) -> AsyncIterator[LiveRegistry]:
    """Load the registry, and keep it as new as the database until the block ends.

    While the database is away, or has not been migrated, a process starts with nothing to serve, and asks again.

    Args:
        database: where it is.
        target: what operations must fit.
        cache: where processes hear of changes.
        allow_breaking: start although the schema breaks operations that ought to be served. They are not served, and
            the log names them.
        lease: how long it serves without an answer, in seconds.
        seconds: how often it asks.

    Raises:
        BreakingSchema: it does, and that was not allowed.
    """
    live = LiveRegistry(database, target, cache, lease)
    try:
        await live.ask_database()
    except (*UNAVAILABLE, *NOT_MIGRATED) as error:
        _log.warning("registry not loaded", reason=repr(error))
    if live.current.broken and not allow_breaking:
        await live.leave()
        raise BreakingSchema(live.current.broken)
    wake = asyncio.Event()
    tasks = [
        asyncio.create_task(_repeat("database", live.ask_database, seconds, wake), name="registry: database"),
        asyncio.create_task(_repeat("cache", live.ask_cache, seconds), name="registry: cache"),
        asyncio.create_task(_listen(live, wake, seconds), name="registry: announcements"),
        asyncio.create_task(keep_prepared(database, target, live.current), name="registry: preparations"),
    ]
    try:
        yield live
    finally:
        await _end(tasks)
        await live.leave()


async def _end(tasks: Collection[asyncio.Task[None]]) -> None:
    """Cancel tasks until they have ended: a driver that is connecting may take being cancelled for a timeout."""
    pending = set(tasks)
    while pending:
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=0.2)


async def _repeat(
    witness: str, ask: Callable[[], Awaitable[None]], seconds: float, wake: asyncio.Event | None = None
) -> None:
    away, wake = False, wake or asyncio.Event()
    while True:
        try:
            await ask()
        except Exception as error:  # noqa: BLE001 - what is served must go on, whatever asking fails on
            if not away:
                _log.warning(
                    "registry not confirmed; what is loaded is served on a lease", by=witness, reason=repr(error)
                )
            away = True
        else:
            if away:
                _log.info("registry confirmed again", by=witness)
            away = False
        with suppress(TimeoutError):
            await asyncio.wait_for(wake.wait(), seconds)
        wake.clear()


async def keep_prepared(database: Database, target: Target, registry: Registry) -> None:
    """Store what was prepared for this schema, so that the next process loads it without validating; log how far it is.

    While processes of two schemas run, what the last one stored stands; the others' next start prepares again.
    """
    found = {digest: analysis.to_json() for digest, analysis in registry.prepared.items()}
    if not found:
        return

    def tell(done: int) -> None:
        _log.info("operations prepared for this schema are stored", done=done, of=len(found))

    try:
        await keep_analyses(database, target.sha256, found, tell)
    except Exception as error:  # noqa: BLE001 - the next process prepares them again, and that is all
        _log.warning("operations prepared for this schema are not stored", reason=repr(error))


async def _listen(live: LiveRegistry, wake: asyncio.Event, seconds: float) -> None:
    """Hear of changes at once, while the cache is there; the rest of the time, asking now and then is enough."""
    while True:
        with suppress(*CACHE_UNAVAILABLE, *UNAVAILABLE):
            await live.hear(wake)
        await asyncio.sleep(min(seconds, POLL_SECONDS))
