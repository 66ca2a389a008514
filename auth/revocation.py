"""Whether a token was revoked: asked of Redis once a request, known in every process, decided by PostgreSQL.

Each process keeps all revocations that are of use, and asks PostgreSQL for new ones twice a second. So it knows what it
would lose with Redis, and rebuilds the mirror there when that turns out to have lost something.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Final

import structlog

from auth.tokens import LEEWAY, KeysUnavailable, Token, TokenRefused
from db.database import Database
from db.failures import NOT_MIGRATED, UNAVAILABLE
from db.revocations import Mirror, MirrorUnavailable, Revoked, sweep
from db.rows import Row
from db.statements.revocations import AFTER

POLL_SECONDS: Final = 0.5
"""How often PostgreSQL is asked for new revocations."""

SWEEP_SECONDS: Final = 3600.0
"""How often what is of no use any more is removed."""

_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Known:
    """The revocations that a process knows."""

    revision: int = -1
    tokens: dict[str, float] = field(default_factory=dict)
    subjects: dict[str, tuple[float, float]] = field(default_factory=dict)

    def add(self, revoked: Revoked) -> None:
        """Take a revocation in."""
        self.revision = max(self.revision, revoked.revision)
        until = revoked.expires_at.timestamp()
        if revoked.token_id is not None:
            self.tokens[revoked.token_id] = until
        elif revoked.subject is not None and revoked.issued_before is not None:
            before = revoked.issued_before.timestamp()
            self.subjects[revoked.subject] = max((before, until), self.subjects.get(revoked.subject, (0.0, 0.0)))

    def revokes(self, token: Token) -> bool:
        """Whether a token is among them. One that was issued in the very second of its subject's revocation is."""
        before, _ = self.subjects.get(token.subject, (-1.0, 0.0))
        return token.token_id in self.tokens or token.issued_at <= before

    def prune(self, now: float) -> None:
        """Forget what is of no use any more."""
        self.tokens = {name: until for name, until in self.tokens.items() if until > now}
        self.subjects = {name: its for name, its in self.subjects.items() if its[1] > now}


@dataclass(slots=True)
class Revocations:
    """The revocations, as one process sees them; kept up to date by `open_revocations`.

    Attributes:
        database: holds the truth.
        mirror: is asked once a request.
        known: what this process has seen.
        is_answering: whether the mirror did, the last time.
    """

    database: Database
    mirror: Mirror
    known: Known = field(default_factory=Known)
    is_answering: bool = True
    _rebuilding: asyncio.Task[None] | None = None

    async def check(self, token: Token) -> bool:
        """Refuse a token that was revoked.

        Returns:
            Whether it is known for certain that it was not. Else it was not as far as this process knows, and the
            mirror, which may know more, does not answer.

        Raises:
            TokenRefused: it was revoked.
            KeysUnavailable: nothing has been known since this process began.
        """
        is_certain = not self.known.revokes(token) and await self._ask(token)
        if self.known.revokes(token):
            raise TokenRefused("it was revoked")
        if not is_certain and self.known.revision < 0:
            raise KeysUnavailable("no revocation could be read yet")
        return is_certain

    async def _ask(self, token: Token) -> bool:
        if not self.is_answering:
            return False
        try:
            said = await self.mirror.ask(token.token_id, token.subject)
            if said.revision is None or said.revision < self.known.revision:
                await self.rebuild()
            elif (said.token and token.token_id is not None) or token.issued_at <= (said.issued_before or -1.0):
                raise TokenRefused("it was revoked")
        except MirrorUnavailable as error:
            self._lost(error)
            return False
        except (*UNAVAILABLE, *NOT_MIGRATED) as error:
            _log.warning("revocations not read", reason=repr(error))
            return False
        return True

    def _lost(self, error: MirrorUnavailable) -> None:
        if self.is_answering:
            _log.warning("revocations: no answer from the cache; writes and privileges are refused", reason=str(error))
        self.is_answering = False

    async def follow(self) -> None:
        """Take in what PostgreSQL has that this process does not know."""
        rows = await self.database.fetch(AFTER, {"revision": self.known.revision})
        for row in rows:
            self.known.add(_revoked(row))
        self.known.revision = max(self.known.revision, 0)

    async def rebuild(self) -> None:
        """Bring the mirror up to what PostgreSQL holds; whoever asks meanwhile waits for the same attempt.

        Raises:
            MirrorUnavailable: the mirror is away.
            OSError, TimeoutError, …: the database is (`db.failures`).
        """
        if self._rebuilding is None or self._rebuilding.done():
            self._rebuilding = asyncio.create_task(self._rebuild(), name="revocations mirror")
        await asyncio.shield(self._rebuilding)

    async def _rebuild(self) -> None:
        everything = Known()
        revoked = [_revoked(row) for row in await self.database.fetch(AFTER, {"revision": -1})]
        for each in revoked:
            everything.add(each)
            self.known.add(each)
        self.known.revision = max(self.known.revision, 0)
        await self.mirror.fill(revoked, self.known.revision)
        _log.info("revocations mirrored", count=len(revoked), revision=self.known.revision)

    async def probe(self) -> None:
        """Ask a mirror that was away whether it is back, and whether it still knows all."""
        try:
            said = await self.mirror.ask(None, None)
            if said.revision is None or said.revision < self.known.revision:
                await self.rebuild()
        except MirrorUnavailable:
            return
        _log.info("revocations: the cache answers again")
        self.is_answering = True


def _revoked(row: Row) -> Revoked:
    return Revoked(row["revision"], row["token_id"], row["subject"], row["issued_before"], row["expires_at"])


@asynccontextmanager
async def open_revocations(
    database: Database, mirror: Mirror, seconds: float = POLL_SECONDS
) -> AsyncIterator[Revocations]:
    """Read the revocations, and keep them as new as the database until the block ends.

    While the database is away, or has not been migrated, a process starts with none, and lets no token in unless the
    mirror answers.
    """
    revocations = Revocations(database, mirror)
    with suppress(*UNAVAILABLE, *NOT_MIGRATED):
        await revocations.follow()
    task = asyncio.create_task(_follow(revocations, seconds), name="revocations")
    try:
        yield revocations
    finally:
        for each in (task, revocations._rebuilding):  # noqa: SLF001 - its own
            if each is not None:
                each.cancel()
                with suppress(asyncio.CancelledError, Exception):
                    await each


async def _follow(revocations: Revocations, seconds: float) -> None:
    away, swept = False, time.monotonic()
    while True:
        await asyncio.sleep(seconds)
        try:
            await revocations.follow()
            if not revocations.is_answering:
                await revocations.probe()
            if time.monotonic() - swept > SWEEP_SECONDS:
                swept = time.monotonic()
                revocations.known.prune(time.time() - LEEWAY)
                async with revocations.database.write() as connection:
                    await sweep(connection)
        except Exception as error:  # noqa: BLE001 - what is known must be kept, whatever a look at the database fails on
            if not away:
                _log.warning("revocations not followed; those known hold on", reason=repr(error))
            away = True
        else:
            away = False
