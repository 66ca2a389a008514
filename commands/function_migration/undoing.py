"""Going back from functions to parent events: each event stands where it stood, and what was made since stays."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from commands.function_migration.migrating import patiently, until_all_know
from db.audit import record
from db.database import Database
from db.function_migration import Migration, Moves
from db.function_rollback import Rollbacks
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
    """

    undone: int = 0
    kept: int = 0
    moved: int = 0
    removed: int = 0
    remaining: list[str] = field(default_factory=list)


def _unwatched(_what: str, _done: int, _total: int) -> None:
    """Nobody watches."""


async def rehearse_rollback(database: Database) -> RolledBack:
    """What `roll_back` would do, as far as it can be told beforehand: links, moves by clients, and functions.

    Raises:
        NothingToRollBack: no move was made.
    """
    async with database.write() as connection:
        moves, rollbacks = Moves(connection), Rollbacks(connection)
        await moves.only_read()
        migration = await _latest(moves)
        removed, remaining = await rollbacks.outlook(migration.key)
        return RolledBack(
            undone=await rollbacks.changes(migration.key),
            moved=await rollbacks.moved(migration.key),
            removed=removed,
            remaining=remaining,
        )


async def roll_back(database: Database, *, actor: Actor, reason: str, progress: Progress = _unwatched) -> RolledBack:
    """Undo the last move; begun again after it was ended anywhere, it undoes what is left.

    Args:
        database: migrated; as the owner of the tables.
        actor: who says so, for the audit log.
        reason: why.
        progress: told how many changes are undone.

    Raises:
        InUse: others keep rows that are to be undone, or write events and do not end; what was undone stays so.
        InvalidArgument: the reason is none, or holds a secret.
        NothingToRollBack: no move was made.
    """
    action = Action("roll back functions", "events", reason, actor)
    migration = await patiently(database, lambda moves: _begin(moves, action))
    await until_all_know(database)
    back = RolledBack(moved=await patiently(database, lambda moves: Rollbacks(moves.connection).moved(migration.key)))
    total = await patiently(database, lambda moves: Rollbacks(moves.connection).changes(migration.key))
    looked = 0
    progress("changes", looked, total)
    while True:
        undone = await patiently(database, lambda moves: Rollbacks(moves.connection).undo(migration.key, BATCH))
        if not undone.looked:
            break
        back.undone, back.kept = back.undone + undone.undone, back.kept + undone.kept
        looked += undone.looked
        progress("changes", looked, max(looked, total))
    await _remove_functions(database, migration, back)
    await patiently(database, lambda moves: _end(moves, migration))
    return back


async def _latest(moves: Moves) -> Migration:
    latest = await moves.latest()
    if latest is None:
        raise NothingToRollBack("Nothing was migrated that is not rolled back.")
    return latest


async def _begin(moves: Moves, action: Action) -> Migration:
    """Cease to keep the hierarchies in step, and let no batch of the move follow."""
    await moves.take_turn()
    latest = await _latest(moves)
    if latest.phase is not Phase.ROLLING_BACK:
        await moves.enter(latest.key, Phase.ROLLING_BACK)
        await record(moves.connection, action, at=await Imports(moves.connection).moment())
    return latest


async def _end(moves: Moves, migration: Migration) -> None:
    """Note that all is undone; a move before this one, which is complete, goes on to be told to old clients."""
    await moves.take_turn()
    await moves.enter(migration.key, Phase.ROLLED_BACK)


async def _remove_functions(database: Database, migration: Migration, back: RolledBack) -> None:
    async def some(moves: Moves) -> tuple[int, list[str]] | None:
        rollbacks = Rollbacks(moves.connection)
        functions = await rollbacks.made(migration.key, FUNCTIONS)
        if not functions:
            return None
        if not await rollbacks.empty(functions, BATCH):
            return 0, []
        remaining = await rollbacks.remove(functions)
        return len(functions) - len(remaining), remaining

    while (done := await patiently(database, some)) is not None:
        back.removed += done[0]
        back.remaining += done[1]
