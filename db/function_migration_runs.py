"""What administrators ask workers to do about the move to functions, and what it comes to: one thing at a time."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert

from db.contention import Transaction
from db.function_migration_models import FunctionMigrationRun
from domain.audit import Actor
from domain.function_migration import RunKind, RunState


@dataclass(frozen=True, slots=True)
class Run:
    """Something that was asked of workers.

    Attributes:
        key: its own.
        kind: what it is.
        migration_id: the move that is to be rolled back.
        parent_types: that make an event a parent; none for those of the last time.
        actor: who asked for it.
        reason: why.
        asked_at: when.
        started_at: when a worker began.
        progressed_at: when one last came on with it.
        ended_at: when it was at its end.
        functions: how many were made, or removed.
        events: how many links were set, or put back.
        remaining: names of functions that stay though their move is undone.
        failure: why it was given up; None where it was not.
    """

    key: uuid.UUID
    kind: RunKind
    migration_id: uuid.UUID | None
    parent_types: tuple[str, ...]
    actor: Actor
    reason: str
    asked_at: dt.datetime
    started_at: dt.datetime | None
    progressed_at: dt.datetime | None
    ended_at: dt.datetime | None
    functions: int
    events: int
    remaining: tuple[str, ...]
    failure: str | None

    @property
    def state(self) -> RunState:
        """How far workers are with it."""
        if self.ended_at is not None:
            return RunState.SUCCEEDED if self.failure is None else RunState.FAILED
        return RunState.QUEUED if self.started_at is None else RunState.RUNNING


async def ask(
    transaction: Transaction,
    key: uuid.UUID,
    kind: RunKind,
    *,
    actor: Actor,
    reason: str,
    parent_types: Sequence[str] = (),
    migration_id: uuid.UUID | None = None,
) -> bool:
    """Ask for something to be done, unless something else is under way; whether that is so now."""
    asked = insert(FunctionMigrationRun).values(
        run_id=key,
        kind=kind.value,
        migration_id=migration_id,
        parent_types=list(parent_types),
        reason=reason,
        actor=actor.name,
        actor_role=actor.role,
        client_id=actor.client_id,
        request_id=actor.request_id,
    )
    noted = await transaction.execute(asked.on_conflict_do_nothing().returning(FunctionMigrationRun.run_id))
    return noted.first() is not None


async def under_way(transaction: Transaction) -> Run | None:
    """What is not at its end."""
    query = select(FunctionMigrationRun.__table__).where(FunctionMigrationRun.ended_at.is_(None))
    row = (await transaction.execute(query)).mappings().first()
    return None if row is None else _run(row)


async def last(transaction: Transaction) -> Run | None:
    """What was asked for last, ended or not."""
    query = select(FunctionMigrationRun.__table__).order_by(FunctionMigrationRun.asked_at.desc()).limit(1)
    row = (await transaction.execute(query)).mappings().first()
    return None if row is None else _run(row)


async def start(transaction: Transaction, key: uuid.UUID) -> None:
    """Note that a worker begins, unless one has before."""
    is_new = (FunctionMigrationRun.run_id == key, FunctionMigrationRun.started_at.is_(None))
    now = func.clock_timestamp()
    await transaction.execute(update(FunctionMigrationRun).where(*is_new).values(started_at=now, progressed_at=now))


async def progress(
    transaction: Transaction, key: uuid.UUID, *, functions: int, events: int, remaining: Sequence[str] = ()
) -> None:
    """Add to what something has come to, in the transaction that does it."""
    run = FunctionMigrationRun
    more = {
        "functions": run.functions + functions,
        "events": run.events + events,
        "remaining": func.array_cat(run.remaining, list(remaining), type_=run.remaining.type),
        "progressed_at": func.clock_timestamp(),
    }
    await transaction.execute(update(run).where(run.run_id == key).values(more))


async def end(transaction: Transaction, key: uuid.UUID, *, failure: str | None = None) -> None:
    """Note that something is at its end, or given up and why; what has ended stays so."""
    is_open = (FunctionMigrationRun.run_id == key, FunctionMigrationRun.ended_at.is_(None))
    ended = {"ended_at": func.clock_timestamp(), "failure": failure}
    await transaction.execute(update(FunctionMigrationRun).where(*is_open).values(ended))


async def give_up(transaction: Transaction, key: uuid.UUID, after: dt.timedelta, failure: str) -> bool:
    """Give something up that has not come on for so long; whether it has not."""
    run = FunctionMigrationRun
    stands = (run.run_id == key, run.ended_at.is_(None), run.progressed_at < func.clock_timestamp() - after)
    values = {"ended_at": func.clock_timestamp(), "failure": failure}
    given_up = await transaction.execute(update(run).where(*stands).values(values).returning(run.run_id))
    return given_up.first() is not None


def _run(row: Mapping[Any, Any]) -> Run:
    return Run(
        key=row["run_id"],
        kind=RunKind(row["kind"]),
        migration_id=row["migration_id"],
        parent_types=tuple(row["parent_types"]),
        actor=Actor(row["actor"], row["actor_role"], row["client_id"], row["request_id"]),
        reason=row["reason"],
        asked_at=row["asked_at"],
        started_at=row["started_at"],
        progressed_at=row["progressed_at"],
        ended_at=row["ended_at"],
        functions=row["functions"],
        events=row["events"],
        remaining=tuple(row["remaining"]),
        failure=row["failure"],
    )
