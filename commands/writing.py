"""Writing on somebody's behalf: one command, one transaction, and what was done in the audit log with it.

A command is `async def name(writer, **arguments)`. It checks what it was given, and hands its work to
`Writer.transact`; the work raises `Rejected` for what the caller can mend, and then nothing of it stays.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final, TypeVar

from auth.reach import reach_of
from auth.viewer import Viewer
from db.audit import record
from db.contention import Transaction, transact
from db.database import Database
from db.deployment import Within
from db.visibility import Reach
from domain.audit import Action, Actor
from integrations.feature_flags import Flags

T = TypeVar("T")

PATIENCE: Final = 3.0
"""Seconds during which a transaction is begun again that meets another one."""


@dataclass(frozen=True, slots=True)
class Write:
    """A transaction under way.

    Attributes:
        connection: what statements run on. It works under the viewer's role: PostgreSQL holds the row rules too.
        reach: how far the viewer sees.
        writer: on whose behalf.
        actions: what was done, for the audit log.
    """

    connection: Transaction
    reach: Reach
    writer: Writer
    actions: list[Action] = field(default_factory=list)

    def note(self, name: str, subject: str, **details: object) -> None:
        """Have an action written to the audit log, at the end and in the same transaction.

        Args:
            name: what was done, such as `update function`.
            subject: to what.
            details: what else there is to know; without secrets and personal data.
        """
        self.actions.append(Action(name, subject, "asked for by a mutation", self.writer.actor, details))


@dataclass(frozen=True, slots=True)
class Writer:
    """On whose behalf a command writes, and where.

    Attributes:
        database: where.
        viewer: whose permissions count.
        actor: the same, as the audit log names them.
        now: the one clock of the operation.
        flags: feature flags, as this process knows them.
        within: what the deployment shows, beyond which nothing is written either; None for everything.
    """

    database: Database
    viewer: Viewer
    actor: Actor
    now: dt.datetime
    flags: Flags = field(default_factory=Flags)
    within: Within | None = None

    async def transact(self, work: Callable[[Write], Awaitable[T]]) -> T:
        """Do work in one transaction, with the viewer's reach, and what it notes in the audit log.

        Args:
            work: may be called several times, where others stand in its way: whatever it does outside of the
                transaction must not mind.

        Raises:
            Rejected: the work did; nothing stays.
            InUse: others were in the way all the time; nothing stays.
            RowRefused: a row breaks a rule that the database holds; nothing stays.
        """
        reach = reach_of(self.viewer, self.within)

        async def attempt(connection: Transaction) -> T:
            write = Write(connection, reach, self)
            result = await work(write)
            if write.actions:
                await self.database.act_for(connection, None)
                for action in write.actions:
                    await record(connection, action, at=self.now)
            return result

        return await transact(self.database, attempt, patience=PATIENCE, reach=reach)
