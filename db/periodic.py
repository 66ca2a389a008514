"""Which job is due, and who does it: one process of any number, by a lease."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import and_, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from db.contention import Transaction
from db.periodic_models import PeriodicJob

MAX_ERROR: Final = 2000
"""The longest account of a failure that is kept, in characters."""


@dataclass(frozen=True, slots=True)
class Turn:
    """The right to do a job, until it is over; `until` is also the token by which its holder is known."""

    name: str
    until: dt.datetime
    failures: int


async def declare(transaction: Transaction, names: Sequence[str]) -> None:
    """See to it that each job has a row; a new one is due."""
    rows = [{"name": name} for name in sorted(names)]
    await transaction.execute(upsert(PeriodicJob).values(rows).on_conflict_do_nothing())


async def due(transaction: Transaction) -> list[str]:
    """The names of the jobs that are due and that nobody is at, the longest due first."""
    query = select(PeriodicJob.name).where(_is_free()).order_by(PeriodicJob.due_at)
    return list((await transaction.execute(query)).scalars())


async def take(transaction: Transaction, name: str, *, limit: dt.timedelta) -> Turn | None:
    """Take a job's turn, if it is due and nobody is at it."""
    until = func.now() + limit
    taken = (
        update(PeriodicJob)
        .where(PeriodicJob.name == name, _is_free())
        .values(running_until=until, started_at=func.now())
        .returning(PeriodicJob.running_until, PeriodicJob.failures)
    )
    row = (await transaction.execute(taken)).one_or_none()
    if row is None or row[0] is None:
        return None
    return Turn(name, row[0], row[1])


async def hasten(transaction: Transaction, name: str) -> None:
    """Have a job done as soon as a worker looks."""
    await transaction.execute(update(PeriodicJob).where(PeriodicJob.name == name).values(due_at=func.now()))


async def finish(transaction: Transaction, turn: Turn, *, after: dt.timedelta, figures: Mapping[str, Any]) -> None:
    """Write what a job came to, and that it is due after so long; nothing, where the turn has passed to another."""
    done = {"figures": dict(figures), "failures": 0, "last_error": None}
    await _end(transaction, turn, after, done)


async def fail(transaction: Transaction, turn: Turn, *, after: dt.timedelta, error: str) -> None:
    """Write that a job has failed, and is tried again after so long; nothing, where the turn has passed to another."""
    await _end(transaction, turn, after, {"failures": turn.failures + 1, "last_error": error[:MAX_ERROR]})


async def _end(transaction: Transaction, turn: Turn, after: dt.timedelta, values: Mapping[str, Any]) -> None:
    held = (PeriodicJob.name == turn.name, PeriodicJob.running_until == turn.until)
    ended = {"running_until": None, "finished_at": func.now(), "due_at": func.now() + after}
    await transaction.execute(update(PeriodicJob).where(*held).values({**ended, **values}))


async def all_jobs(transaction: Transaction) -> dict[str, Mapping[str, Any]]:
    """What is known of each job, by its name."""
    rows = (await transaction.execute(select(PeriodicJob.__table__))).mappings()
    return {row["name"]: dict(row) for row in rows}


def _is_free() -> Any:  # noqa: ANN401 - SQLAlchemy's conditions
    free = or_(PeriodicJob.running_until.is_(None), PeriodicJob.running_until <= func.now())
    return and_(PeriodicJob.due_at <= func.now(), free)
