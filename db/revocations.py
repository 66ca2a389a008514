"""Revocations: written to PostgreSQL, which holds the truth, and mirrored in Redis, which every process asks.

The mirror holds a key for each revoked token, one for each subject, and a marker: it holds all revocations up to the
marker's revision. A mirror without its marker, or with one behind what a process knows already, has lost something.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from redis.asyncio import Redis
from redis.exceptions import RedisError
from sqlalchemy import delete, func, insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from db.audit import record
from db.base import Base
from db.identity_models import Revocation
from domain.audit import Action

_TABLE: Final = Base.metadata.tables[Revocation.__tablename__]

_MARKER: Final = "boxoffice:revoked"
_TURN: Final = 0x7265766F
"""The advisory lock that lets one transaction revoke at a time: revisions grow in the order of commits."""

_CHUNK: Final = 1000
"""Keys that are mirrored at a time."""


class MirrorUnavailable(Exception):
    """The mirror does not answer, or not in time."""


@dataclass(frozen=True, slots=True)
class Revoked:
    """One revocation: of a token by its id, or of all that a subject was issued up to a moment.

    Attributes:
        revision: grows with each.
        token_id: the token's, or None.
        subject: whose tokens, or None.
        issued_before: the moment up to which those were issued.
        expires_at: when it is of no use any more.
        after: the revision of the one before, of those that were still there.
    """

    revision: int
    token_id: str | None
    subject: str | None
    issued_before: dt.datetime | None
    expires_at: dt.datetime
    after: int = 0


@dataclass(frozen=True, slots=True)
class Mirrored:
    """What the mirror says of a token.

    Attributes:
        revision: the greatest one that was mirrored; None where the mirror was lost.
        token: whether the token's id is revoked.
        issued_before: the moment up to which the subject's tokens are, in seconds of Unix time; None for none.
    """

    revision: int | None
    token: bool
    issued_before: float | None


_RAISE: Final = """
local marker = tonumber(redis.call('GET', KEYS[1]) or -1)
if marker >= tonumber(ARGV[1]) and marker < tonumber(ARGV[2]) then redis.call('SET', KEYS[1], ARGV[2]) end
"""
"""Raises the marker over one revocation, where the mirror holds all those before."""


@dataclass(frozen=True, slots=True)
class Mirror:
    """Revocations in Redis; the client's own limits are those of each exchange."""

    client: Redis

    async def ask(self, token_id: str | None, subject: str | None) -> Mirrored:
        """What there is on a token, by one MGET.

        Raises:
            MirrorUnavailable: nothing is known.
        """
        keys = [_MARKER, _token_key(token_id or ""), _subject_key(subject or "")]
        try:
            marker, token, before = await self.client.mget(keys)
            return Mirrored(
                None if marker is None else int(marker), token is not None, None if before is None else float(before)
            )
        except (RedisError, OSError, ValueError) as error:
            raise MirrorUnavailable(repr(error)) from error

    async def add(self, revoked: Revoked) -> None:
        """Mirror one revocation.

        Raises:
            MirrorUnavailable: that was not done.
        """
        try:
            await self._set([revoked])
            await self.client.eval(_RAISE, 1, _MARKER, str(revoked.after), str(revoked.revision))
        except (RedisError, OSError) as error:
            raise MirrorUnavailable(repr(error)) from error

    async def fill(self, revoked: Sequence[Revoked], revision: int) -> None:
        """Mirror all the revocations that there are up to a revision.

        Raises:
            MirrorUnavailable: that was not done, or not all of it.
        """
        try:
            for start in range(0, len(revoked), _CHUNK):
                await self._set(revoked[start : start + _CHUNK])
            await self.client.set(_MARKER, revision)
        except (RedisError, OSError) as error:
            raise MirrorUnavailable(repr(error)) from error

    async def _set(self, revoked: Sequence[Revoked]) -> None:
        async with self.client.pipeline(transaction=False) as pipeline:
            for each in revoked:
                until = int(each.expires_at.timestamp()) + 1
                if each.token_id is not None:
                    pipeline.set(_token_key(each.token_id), "1", exat=until)
                elif each.subject is not None and each.issued_before is not None:
                    pipeline.set(_subject_key(each.subject), repr(each.issued_before.timestamp()), exat=until)
            await pipeline.execute()


def _token_key(token_id: str) -> str:
    return f"{_MARKER}:token:{token_id}"


def _subject_key(subject: str) -> str:
    return f"{_MARKER}:subject:{subject}"


@dataclass(frozen=True, slots=True)
class Revocations:
    """Writing revocations, within a transaction."""

    connection: AsyncConnection

    async def add(
        self,
        action: Action,
        *,
        token_id: str | None = None,
        subject: str | None = None,
        issued_before: dt.datetime | None = None,
        expires_at: dt.datetime,
    ) -> Revoked:
        """Revoke when it is this transaction's turn, with an entry in the audit log.

        Args:
            action: what the log says of it.
            token_id: the token's, or
            subject: whose tokens, with
            issued_before: the moment up to which they were issued.
            expires_at: when no token that it is about can be valid any more.
        """
        await self.connection.execute(text("SELECT pg_advisory_xact_lock(:turn)"), {"turn": _TURN})
        before: int
        before, moment = (
            await self.connection.execute(select(func.coalesce(func.max(_TABLE.c.revision), 0), func.clock_timestamp()))
        ).one()
        values = {"token_id": token_id, "subject": subject, "issued_before": issued_before, "expires_at": expires_at}
        made = insert(_TABLE).values(**values, revoked_at=moment).returning(_TABLE.c.revision)
        revision: int = (await self.connection.execute(made)).scalar_one()
        await record(self.connection, action, at=moment)
        return Revoked(revision, token_id, subject, issued_before, expires_at, before)


async def sweep(connection: AsyncConnection) -> int:
    """Remove the revocations that are of no use any more; how many there were."""
    return (await connection.execute(delete(_TABLE).where(_TABLE.c.expires_at < func.now()))).rowcount
