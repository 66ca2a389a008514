"""Following the database: what changed is asked for several times a second, and what shows it is dropped.

An answer that is kept may be given only as long as it is known to be right, so what counts is not when something was
heard of a change but *as of when it is known that there was none*: the moment at which the last question was sent that
was answered. A process that was paused, starved or cut off has an old one, and gives no kept answer as fresh.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Final

import structlog

from db.changes import NOTHING, read_changes, remove_changes
from db.database import Database
from domain import leases
from domain.changes import ChangeLog, Snapshot
from server.caching.store import Store

POLL_SECONDS: Final = 0.2
"""How often the database is asked for changes."""

FRESH_SECONDS: Final = 0.8
"""For how long the answer to that holds: within a second, with some of it left for the way."""

_MARK_SECONDS: Final = 30.0
"""How often it is noted which changes there were, so as to know later which are old."""

_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Follower:
    """What a process knows of changes.

    Attributes:
        database: a connection of its own, so that a busy server does not keep itself from knowing.
        store: what is dropped from.
        retention: for how many seconds changes are remembered, here and in the database.
        as_of: up to when changes are known, by `domain.leases.now`.
        snapshot: which transactions these are.
        server: whose transactions; empty before the first answer.
        is_away: the last question was not answered.
    """

    database: Database
    store: Store
    retention: float
    as_of: float = float("-inf")
    snapshot: Snapshot = NOTHING
    server: str = ""
    is_away: bool = False
    log: ChangeLog = field(default_factory=ChangeLog)
    _marks: deque[tuple[float, int]] = field(default_factory=deque)

    def is_fresh(self, now: float) -> bool:
        """Whether what is kept is known to be right."""
        return now - self.as_of < FRESH_SECONDS

    async def look(self) -> None:
        """Ask for changes once.

        Raises:
            Exception: whatever keeps the database from answering.
        """
        asked_at = leases.now()
        news = await read_changes(self.database, self.snapshot)
        if self.server and news.server != self.server:
            _log.warning("another database server: all answers are dropped", server=news.server)
            self._begin_anew()
            news = await read_changes(self.database, NOTHING)
        self.server = news.server
        for change in news.changes:
            self.store.drop(self.log.add(change))
        self.snapshot, self.as_of, self.is_away = news.snapshot, asked_at, False

    def _begin_anew(self) -> None:
        self.store.clear()
        self.log.clear()
        self._marks.clear()
        self.snapshot = NOTHING

    async def forget(self) -> None:
        """Forget, here and in the database, the changes that all snapshots have which anybody may still ask about.

        Raises:
            Exception: whatever keeps the database from removing them.
        """
        now = self.as_of
        if not self._marks or now - self._marks[-1][0] >= _MARK_SECONDS:
            self._marks.append((now, self.snapshot.xmin))
        if now - self._marks[0][0] < self.retention:
            return
        _, before = self._marks.popleft()
        self.log.forget(before)
        await remove_changes(self.database, before)


@asynccontextmanager
async def following(follower: Follower) -> AsyncIterator[None]:
    """Follow until the block ends; looked for changes once before it begins, if the database answers."""
    await _look(follower)
    task = asyncio.create_task(_follow(follower), name="follow changes")
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _follow(follower: Follower) -> None:
    while True:
        await asyncio.sleep(POLL_SECONDS)
        await _look(follower)


async def _look(follower: Follower) -> None:
    try:
        await follower.look()
    except Exception as error:  # noqa: BLE001 - whatever it is, following must go on
        if not follower.is_away:
            _log.warning("changes not read; kept answers are not given as fresh", reason=repr(error))
        follower.is_away = True
    else:
        await _forget(follower)


async def _forget(follower: Follower) -> None:
    try:
        await follower.forget()
    except Exception as error:  # noqa: BLE001 - the same; other processes try it too
        _log.warning("old changes not removed", reason=repr(error))
