"""Writing on somebody's behalf: one command, one transaction, and what was done in the audit log with it.

A command is `async def name(writer, **arguments)`. It checks what it was given, and hands its work to
`Writer.transact`; the work raises `Rejected` for what the caller can mend, and then nothing of it stays.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar, cast

from auth.check_in_codes import NO_KEYS, CheckInKeys
from auth.reach import reach_of
from auth.viewer import Viewer
from db.audit import record
from db.contention import Transaction, transact
from db.database import Database
from db.deployment import Within
from db.once import Once
from db.visibility import Reach
from domain.audit import Action, Actor
from domain.sales import Terms
from integrations.feature_flags import Flags
from integrations.payments.port import NO_PAYMENTS, Payments

T = TypeVar("T")

UNSAID: Final = "No reason was given."
"""The reason in the audit log where none was."""

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
        self.actions.append(Action(name, subject, self.writer.reason, self.writer.actor, details))


@dataclass(frozen=True, slots=True)
class Sale:
    """A transaction under way that writes orders and takes places, which no viewer may by their own rights.

    It works under the role of selling: who may do what is decided by the command.
    """

    connection: Transaction
    writer: Writer


@dataclass(frozen=True, slots=True)
class Writer:
    """On whose behalf a command writes, and where.

    Attributes:
        database: where.
        viewer: whose permissions count.
        actor: the same, as the audit log names them.
        now: the one clock of the operation.
        terms: on which is sold.
        once: by what a repeat of the request is known; None where it is not.
        payments: whom to pay by.
        flags: feature flags, as this process knows them.
        within: what the deployment shows, beyond which nothing is written either; None for everything.
        keys: of codes for the door.
        reason: why, as the audit log is told.
    """

    database: Database
    viewer: Viewer
    actor: Actor
    now: dt.datetime
    terms: Terms = field(default_factory=Terms)
    once: Once | None = None
    payments: Payments = NO_PAYMENTS
    flags: Flags = field(default_factory=Flags)
    within: Within | None = None
    keys: CheckInKeys = NO_KEYS
    reason: str = "asked for by a mutation"

    async def transact(self, work: Callable[[Write], Awaitable[T]]) -> T:
        """Do work in one transaction, with the viewer's reach, and what it notes in the audit log.

        Args:
            work: may be called several times, where others stand in its way: whatever it does outside of the
                transaction must not mind.

        Raises:
            Rejected: the work did; nothing stays.
            InFlight: the same request, by its idempotency key, is under way.
            Mismatch: the idempotency key was used for another request.
            InUse: others were in the way all the time; nothing stays.
            RowRefused: a row breaks a rule that the database holds; nothing stays.
        """
        reach = reach_of(self.viewer, self.within)

        async def attempt(connection: Transaction) -> T:
            if self.once is not None:
                await self.database.act_for(connection, sells=True)
                before: Any = await self.once.before(connection)
                if self.once.is_recorded:
                    return cast("T", before)
                await self.database.act_for(connection, reach)
            write = Write(connection, reach, self)
            result = await work(write)
            if write.actions:
                await self.database.act_for(connection, None)
                for action in write.actions:
                    await record(connection, action, at=self.now)
            # What returns neither a key nor an id sets something, which done twice is done once.
            if self.once is not None and isinstance(result, uuid.UUID | str):
                await self.database.act_for(connection, sells=True)
                await self.once.record(connection, result)
            return result

        return await self._once(transact(self.database, attempt, patience=PATIENCE, reach=reach))

    async def sell(self, key: uuid.UUID, work: Callable[[Sale], Awaitable[None]]) -> uuid.UUID:
        """Do work on a registration in one transaction of selling; once, where the request has an idempotency key.

        Args:
            key: of the registration.
            work: as that of `transact`. It takes places last: it is followed by the commit alone.

        Returns:
            The key; that of the first time, where this is a repeat and nothing was done.

        Raises:
            Rejected: the work did; nothing stays.
            InFlight: the same request is under way.
            Mismatch: the idempotency key was used for another request.
            InUse: others were in the way all the time; nothing stays.
            RowRefused: a row breaks a rule that the database holds; nothing stays.
        """

        async def attempt(connection: Transaction) -> uuid.UUID:
            if self.once is not None:
                before = await self.once.before(connection)
                if self.once.is_recorded:
                    return before if isinstance(before, uuid.UUID) else key
                await self.once.record(connection, key)
            await work(Sale(connection, self))
            return key

        return await self._once(transact(self.database, attempt, patience=PATIENCE, sells=True))

    async def _once(self, done: Awaitable[T]) -> T:
        """What was done; an effect that was undone has not been recorded either."""
        try:
            return await done
        except BaseException:
            if self.once is not None:
                self.once.is_recorded = False
            raise
