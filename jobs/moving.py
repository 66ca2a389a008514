"""Doing what administrators have asked for about the move to functions, slice by slice.

The rows tell what is left to do, so a worker that is killed leaves a whole database, and the rest to the next. Each
slice ends well before the job's turn does.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Final, TypeVar

from commands.function_migration.migrating import migrate
from commands.function_migration.undoing import NothingToRollBack, roll_back
from db import function_migration_runs as runs
from db.contention import Transaction, transact
from db.database import Database
from db.function_migration import Moves
from db.function_migration_runs import Run
from domain.errors import Refusal
from domain.function_migration import Phase, RunKind
from jobs.scheduled import Figures

T = TypeVar("T")

SLICE_SECONDS: Final = 20.0
"""For so long batches are begun; then the turn is given up, and taken again."""

GIVEN_UP: Final = dt.timedelta(minutes=10)
"""What does not come on for so long, since others keep what it needs, is at its end."""

PATIENCE: Final = 5.0
"""Seconds for which a transaction is begun again when others are in its way."""


async def move_functions(database: Database, *, seconds: float = SLICE_SECONDS) -> Figures:
    """Go on with what was asked for, if anything was.

    Args:
        database: under the roles that own nothing, or as the owner.
        seconds: for how long batches are begun.
    """
    run = await _write(database, _begin)
    if run is None:
        return {}
    pause_at = time.monotonic() + seconds
    try:
        is_paused = await (_migrate if run.kind is RunKind.MIGRATE else _roll_back)(database, run, pause_at)
    except Refusal as refusal:
        reason = str(refusal)
        await _write(database, lambda connection: runs.end(connection, run.key, failure=reason))
        return {"failed": 1}
    if not is_paused:
        await _write(database, lambda connection: runs.end(connection, run.key))
        return {"ended": 1}
    standing = (
        f"Others keep what is left to do, for {GIVEN_UP.total_seconds() / 60:g} minutes by now; what is done stays."
    )
    given_up = await _write(database, lambda connection: runs.give_up(connection, run.key, GIVEN_UP, standing))
    return {"failed": 1} if given_up else {"left": 1}


async def _begin(connection: Transaction) -> Run | None:
    run = await runs.under_way(connection)
    if run is not None:
        await runs.start(connection, run.key)
    return run


async def _migrate(database: Database, run: Run, pause_at: float) -> bool:
    async def note(moves: Moves, functions: int, events: int) -> None:
        if functions or events:
            await runs.progress(moves.connection, run.key, functions=functions, events=events)

    done = await migrate(
        database, actor=run.actor, reason=run.reason, types=run.parent_types, note=note, pause_at=pause_at
    )
    return done.phase is Phase.MIGRATING


async def _roll_back(database: Database, run: Run, pause_at: float) -> bool:
    async def note(moves: Moves, removed: int, undone: int, remaining: Sequence[str]) -> None:
        if removed or undone or remaining:
            await runs.progress(moves.connection, run.key, functions=removed, events=undone, remaining=remaining)

    go_back = partial(roll_back, only=run.migration_id, note=note, pause_at=pause_at)
    try:
        return (await go_back(database, actor=run.actor, reason=run.reason)).is_paused
    except NothingToRollBack:
        return False  # it was at its end before that could be noted


async def _write(database: Database, work: Callable[[Transaction], Awaitable[T]]) -> T:
    async def moving(connection: Transaction) -> T:
        await database.act_for(connection, moves=True)
        return await work(connection)

    return await transact(database, moving, patience=PATIENCE)
