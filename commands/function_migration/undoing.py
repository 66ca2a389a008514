"""Going back from functions to parent events: each event stands where it stood, and what was made since stays."""

from __future__ import annotations

import math
import time
import uuid
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from commands.function_migration.migrating import patiently, reading, until_all_know
from db.audit import record
from db.database import Database
from db.function_migration import Migration, Moves
from db.function_rollback import Rollbacks, Undone
from db.imports import Imports
from domain.audit import Action, Actor
from domain.errors import Refusal
from domain.function_migration import Phase

BATCH: Final = 500
"""Changes that one transaction undoes."""

FUNCTIONS: Final = 50
"""Functions that one transaction removes."""

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done, and how much there is."""

Note = Callable[[Moves, int, int, Sequence[str]], Awaitable[None]]
"""Called within the transaction of each batch: functions it removed, changes it undid, names of functions that stay."""


class NothingToRollBack(Refusal):
    """No move was made that could be undone."""

    code = "NOTHING_TO_ROLL_BACK"


@dataclass(slots=True)
class RolledBack:
    """What going back came to.

    Attributes:
        undone: changes that are undone.
        kept: changes of links that somebody has changed since the move was complete, and that stay so.
        moved: events that clients had placed elsewhere during the move, and that are back.
        removed: functions that were made by the move and are gone.
        remaining: names of functions that were made by the move and stay, since what was made since needs them.
        is_paused: whether it was time to leave the rest for later.
    """

    undone: int = 0
    kept: int = 0
    moved: int = 0
    removed: int = 0
    remaining: list[str] = field(default_factory=list)
    is_paused: bool = False


def _unwatched(_what: str, _done: int, _total: int) -> None:
    """Nobody watches."""


async def _unnoted(_moves: Moves, _removed: int, _undone: int, _remaining: Sequence[str]) -> None:
    """Nobody keeps account."""


async def rehearse_rollback(database: Database) -> RolledBack:
    """What `roll_back` would do, as far as it can be told beforehand: links, moves by clients, and functions.

    Raises:
        NothingToRollBack: no move was made.
    """
    async with database.write() as connection:
        moves, rollbacks = await reading(database, connection), Rollbacks(connection)
        migration = await _latest(moves)
        removed, remaining = await rollbacks.outlook(migration.key)
        return RolledBack(
            undone=await rollbacks.changes(migration.key),
            moved=await rollbacks.moved(migration.key),
            removed=removed,
            remaining=remaining,
        )


@dataclass(frozen=True, slots=True)
class _Run:
    """A rollback under way."""

    database: Database
    migration: Migration
    progress: Progress
    note: Note
    pause_at: float
    back: RolledBack

    @property
    def pauses(self) -> bool:
        """Whether it is time to leave the rest for later."""
        return time.monotonic() >= self.pause_at


async def roll_back(
    database: Database,
    *,
    actor: Actor,
    reason: str,
    only: uuid.UUID | None = None,
    progress: Progress = _unwatched,
    note: Note = _unnoted,
    pause_at: float = math.inf,
) -> RolledBack:
    """Undo the last move; begun again after it was ended anywhere, it undoes what is left.

    Args:
        database: migrated; as the owner of the tables, or under the roles that own nothing.
        actor: who says so, for the audit log.
        reason: why.
        only: the move that is to be undone, where it matters that it is no other.
        progress: told how many changes are undone.
        note: told of each batch, within its transaction.
        pause_at: the moment (`time.monotonic`) from which no second batch is begun.

    Raises:
        InUse: others keep rows that are to be undone, or write events and do not end; what was undone stays so.
        InvalidArgument: the reason is none, or holds a secret.
        NothingToRollBack: no move was made, or it is another one by now.
    """
    action = Action("roll back functions", "events", reason, actor)
    migration = await patiently(database, lambda moves: _begin(moves, action, only))
    run = _Run(database, migration, progress, note, pause_at, RolledBack(is_paused=True))
    if not await until_all_know(database, pause_at):
        return run.back
    if await _undo(run) and await _remove_functions(run):
        await patiently(database, lambda moves: _end(moves, migration))
        run.back.is_paused = False
    return run.back


async def _latest(moves: Moves) -> Migration:
    latest = await moves.latest()
    if latest is None:
        raise NothingToRollBack("Nothing was migrated that is not rolled back.")
    return latest


async def _begin(moves: Moves, action: Action, only: uuid.UUID | None) -> Migration:
    """Cease to keep the hierarchies in step, and let no batch of the move follow."""
    await moves.take_turn()
    latest = await _latest(moves)
    if only not in (None, latest.key):
        raise NothingToRollBack("The move is rolled back; the one before it is another.")
    if latest.phase is not Phase.ROLLING_BACK:
        await moves.enter(latest.key, Phase.ROLLING_BACK)
        await record(moves.connection, action, at=await Imports(moves.connection).moment())
    return latest


async def _end(moves: Moves, migration: Migration) -> None:
    """Note that all is undone; a move before this one, which is complete, goes on to be told to old clients."""
    await moves.take_turn()
    await moves.enter(migration.key, Phase.ROLLED_BACK)


async def _undo(run: _Run) -> bool:
    """Put back what was linked, from the last change to the first; whether that was all of it."""
    key, back, looked = run.migration.key, run.back, 0
    back.moved = await patiently(run.database, lambda moves: Rollbacks(moves.connection).moved(key))
    total = await patiently(run.database, lambda moves: Rollbacks(moves.connection).changes(key))

    async def batch(moves: Moves) -> Undone:
        undone = await Rollbacks(moves.connection).undo(key, BATCH)
        await run.note(moves, 0, undone.undone, ())
        return undone

    run.progress("changes", looked, total)
    while (undone := await patiently(run.database, batch)).looked:
        back.undone, back.kept = back.undone + undone.undone, back.kept + undone.kept
        looked += undone.looked
        run.progress("changes", looked, max(looked, total))
        if run.pauses:
            return False
    return True


async def _remove_functions(run: _Run) -> bool:
    """Remove the functions that the move made; whether that was all of them."""

    async def some(moves: Moves) -> tuple[int, list[str]] | None:
        rollbacks = Rollbacks(moves.connection)
        functions = await rollbacks.made(run.migration.key, FUNCTIONS)
        if not functions:
            return None
        if not await rollbacks.empty(functions, BATCH):
            return 0, []
        remaining = await rollbacks.remove(functions)
        await run.note(moves, len(functions) - len(remaining), 0, remaining)
        return len(functions) - len(remaining), remaining

    while (done := await patiently(run.database, some)) is not None:
        run.back.removed += done[0]
        run.back.remaining += done[1]
        if run.pauses:
            return False
    return True
