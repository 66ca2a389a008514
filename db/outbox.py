"""The outbox: facts are written in the transaction that made them true, and handed out to be delivered.

Whoever takes an entry holds a lease on it, not a lock: a transaction that stays open while a mail server thinks keeps
dead versions of hot rows (`capacity_pools`) from being cleaned up. The end of the lease is the token by which its
holder is known: whoever was overtaken cannot settle the entry any more.

Facts of one registration are delivered in the order of `sequence`: none is handed out before those ahead of it are
delivered, or dead. They are written while the registration's row is locked, so that none appears ahead of one later.
"""

from __future__ import annotations

import datetime as dt
import enum
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, and_, delete, exists, func, insert, select, update
from sqlalchemy.orm import aliased

from db.contention import Transaction
from db.outbox_models import OutboxEntry
from domain.facts import Fact, payload_of

MAX_ERROR: Final = 2000
"""The longest account of a failure that is kept, in characters."""

_PENDING: Final = and_(OutboxEntry.delivered_at.is_(None), OutboxEntry.dead_at.is_(None))


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A fact as it stands in the outbox.

    Attributes:
        sequence: its place in the order of all.
        registration_id: whose facts it stands in order with.
        topic: what has happened.
        payload: as `domain.facts` writes it.
        created_at: when it became true.
        attempts: how often it was handed out, this time included.
        delivered_at: when it was delivered; None while it is not.
        dead_at: when it was given up; None where it was not.
        next_attempt_at: when it is handed out, if it is neither; while it is out, when the lease ends.
        last_error: what was wrong the last time.
    """

    sequence: int
    registration_id: uuid.UUID | None
    topic: str
    payload: Mapping[str, Any]
    created_at: dt.datetime
    attempts: int
    delivered_at: dt.datetime | None
    dead_at: dt.datetime | None
    next_attempt_at: dt.datetime
    last_error: str | None


_COLUMNS: Final = tuple(getattr(OutboxEntry, name) for name in Entry.__slots__)


def _entry(row: Row[Any]) -> Entry:
    return Entry(**row._mapping)  # noqa: SLF001 - SQLAlchemy's own name for a public attribute


async def record(transaction: Transaction, fact: Fact) -> None:
    """Write down a fact, in the transaction that makes it true.

    Args:
        transaction: one that sells; where the fact is about a registration, it holds a lock on the registration's row.
        fact: what has happened.
    """
    values = {"registration_id": fact.registration_id, "topic": fact.topic, "payload": payload_of(fact)}
    await transaction.execute(insert(OutboxEntry).values(values).inline())


async def take(transaction: Transaction, *, at_most: int, lease: dt.timedelta) -> list[Entry]:
    """Take what is due, in order; nobody else gets it while the lease lasts.

    Args:
        transaction: committed before anything is delivered.
        at_most: how many.
        lease: longer than a delivery may take.

    Returns:
        The entries: at most one of each registration.
    """
    ahead = aliased(OutboxEntry)
    waits = exists().where(
        ahead.registration_id == OutboxEntry.registration_id,
        ahead.sequence < OutboxEntry.sequence,
        ahead.delivered_at.is_(None),
        ahead.dead_at.is_(None),
    )
    due = (
        select(OutboxEntry.sequence)
        .where(_PENDING, OutboxEntry.next_attempt_at <= func.now(), ~waits)
        .order_by(OutboxEntry.next_attempt_at, OutboxEntry.sequence)
        .limit(at_most)
        .with_for_update(skip_locked=True)
        .cte("due")
    )
    taken = (
        update(OutboxEntry)
        .where(OutboxEntry.sequence == due.c.sequence)
        .values(attempts=OutboxEntry.attempts + 1, next_attempt_at=func.now() + lease)
        .returning(*_COLUMNS)
    )
    return sorted(map(_entry, await transaction.execute(taken)), key=lambda each: each.sequence)


def _held(entry: Entry) -> ColumnElement[bool]:
    token = OutboxEntry.next_attempt_at == entry.next_attempt_at
    return and_(OutboxEntry.sequence == entry.sequence, token, _PENDING)


async def settle(transaction: Transaction, entry: Entry) -> bool:
    """Write that an entry is delivered; False if the lease has passed to another."""
    settled = update(OutboxEntry).where(_held(entry)).values(delivered_at=func.now(), last_error=None)
    return bool((await transaction.execute(settled)).rowcount)


async def put_back(transaction: Transaction, entry: Entry, *, wait: dt.timedelta, error: str) -> bool:
    """Write that an entry is to be tried again, and why; False if the lease has passed to another."""
    later = {"next_attempt_at": func.now() + wait}
    put = update(OutboxEntry).where(_held(entry)).values(last_error=error[:MAX_ERROR], **later)
    if not (await transaction.execute(put)).rowcount:
        return False
    if entry.registration_id is not None:
        # What stands behind it waits anyway; that it is not due keeps it out of the way of what is.
        behind = (OutboxEntry.registration_id == entry.registration_id, OutboxEntry.sequence > entry.sequence)
        due = OutboxEntry.next_attempt_at <= func.now()
        await transaction.execute(update(OutboxEntry).where(*behind, due, _PENDING).values(later))
    return True


async def bury(transaction: Transaction, entry: Entry, error: str) -> bool:
    """Write that an entry is given up; what stands behind it goes on. False if the lease has passed to another."""
    dead = update(OutboxEntry).where(_held(entry)).values(dead_at=func.now(), last_error=error[:MAX_ERROR])
    return bool((await transaction.execute(dead)).rowcount)


async def replay(transaction: Transaction, sequences: Sequence[int] | None = None) -> list[int]:
    """Have dead entries delivered after all: at once, with all attempts, and before what stands behind them.

    Args:
        transaction: of the relay or of an operator.
        sequences: which; None for all.

    Returns:
        Those that were dead.
    """
    chosen = () if sequences is None else (OutboxEntry.sequence.in_(sequences),)
    again = {"dead_at": None, "next_attempt_at": func.now(), "attempts": 0}
    dead = update(OutboxEntry).where(OutboxEntry.dead_at.is_not(None), *chosen)
    return sorted((await transaction.execute(dead.values(again).returning(OutboxEntry.sequence))).scalars())


class State(enum.Enum):
    """How far an entry has come."""

    PENDING = "pending"
    DEAD = "dead"
    DELIVERED = "delivered"


_IN_STATE: Final[Mapping[State, ColumnElement[bool]]] = {
    State.PENDING: _PENDING,
    State.DEAD: OutboxEntry.dead_at.is_not(None),
    State.DELIVERED: OutboxEntry.delivered_at.is_not(None),
}


async def listed(transaction: Transaction, state: State, *, at_most: int) -> list[Entry]:
    """The newest entries in a state, the newest first."""
    query = select(*_COLUMNS).where(_IN_STATE[state]).order_by(OutboxEntry.sequence.desc()).limit(at_most)
    return list(map(_entry, await transaction.execute(query)))


async def find(transaction: Transaction, sequence: int) -> Entry | None:
    """An entry; None where there is none."""
    row = (await transaction.execute(select(*_COLUMNS).where(OutboxEntry.sequence == sequence))).one_or_none()
    return None if row is None else _entry(row)


@dataclass(frozen=True, slots=True)
class Backlog:
    """What is left to do.

    Attributes:
        pending: how many entries wait.
        dead: how many were given up.
        oldest: since when the oldest that waits does; None where none waits.
    """

    pending: int
    dead: int
    oldest: dt.datetime | None


async def backlog(transaction: Transaction) -> Backlog:
    """What is left to do."""
    undelivered = OutboxEntry.delivered_at.is_(None)
    query = select(
        func.count().filter(OutboxEntry.dead_at.is_(None)),
        func.count().filter(OutboxEntry.dead_at.is_not(None)),
        func.min(OutboxEntry.created_at).filter(OutboxEntry.dead_at.is_(None)),
    ).where(undelivered)
    pending, dead, oldest = (await transaction.execute(query)).one()
    return Backlog(pending, dead, oldest)


async def prune(transaction: Transaction, *, older_than: dt.timedelta, at_most: int) -> int:
    """Remove entries that were delivered so long ago; how many that were."""
    old = (
        select(OutboxEntry.sequence)
        .where(OutboxEntry.delivered_at < func.now() - older_than)
        .order_by(OutboxEntry.delivered_at)
        .limit(at_most)
        .with_for_update(skip_locked=True)
    )
    removed = await transaction.execute(delete(OutboxEntry).where(OutboxEntry.sequence.in_(old)))
    return removed.rowcount
