"""Making functions of parent events, batch by batch: each is one transaction, and after each the database is whole.

What is left to do is told by the rows, so that a move that was ended anywhere goes on when it is begun again. A
function and its events appear together, as far as a batch goes; what is more follows.
"""

from __future__ import annotations

import asyncio
import math
import time
import uuid
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final, TypeVar

from commands.function_migration.planning import Planned, plan
from db.audit import record
from db.contention import InUse, Transaction, transact
from db.database import Database
from db.function_migration import Migration, Moves
from db.function_migration_triggers import stand_apart
from db.imports import Imports
from domain.audit import Action, Actor
from domain.errors import Refusal
from domain.function_migration import IN_STEP, PARENT_TYPES, Phase
from domain.ids import uuid7

BATCH: Final = 250
"""Events that one transaction writes: as long are they kept from others."""

PARENTS: Final = 50
"""Parent events that one transaction looks at."""

PATIENCE: Final = 60.0
"""Seconds during which a batch is tried again, and during which rows that others keep are looked for again."""

_PAUSE: Final = 0.2

T = TypeVar("T")

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done, and how much there is."""

Report = Callable[[Planned], None]
"""Called with each function when it is made."""

Note = Callable[[Moves, int, int], Awaitable[None]]
"""Called within the transaction of each batch with how many functions it made, and how many events it put into one."""


class RollbackUnfinished(Refusal):
    """A move is being rolled back."""

    code = "ROLLBACK_UNFINISHED"


@dataclass(slots=True)
class Migrated:
    """What a run came to.

    Attributes:
        functions: how many were made.
        events: how many were put into a function, the parents among them.
        longest: seconds that the longest batch kept its rows from others.
        phase: how far the move has come.
    """

    functions: int = 0
    events: int = 0
    longest: float = 0.0
    phase: Phase = Phase.NOT_STARTED


@dataclass(frozen=True, slots=True)
class _Run:
    """A run under way."""

    database: Database
    migration: Migration
    report: Report
    advance: Callable[[int], None]
    note: Note
    pause_at: float
    done: Migrated = field(default_factory=Migrated)

    @property
    def pauses(self) -> bool:
        """Whether it is time to leave the rest for later."""
        return time.monotonic() >= self.pause_at


def _unseen(_planned: Planned) -> None:
    """Nobody reads."""


def _unwatched(_what: str, _done: int, _total: int) -> None:
    """Nobody watches."""


async def _unnoted(_moves: Moves, _functions: int, _events: int) -> None:
    """Nobody keeps account."""


async def rehearse(
    database: Database, types: Sequence[str] = (), report: Report = _unseen, *, shown: float = math.inf
) -> Migrated:
    """What `migrate` would do: nothing is written, and the database holds that.

    Args:
        database: migrated.
        types: that make an event a parent; those of the last time, or `PARENT_TYPES`, unless said.
        report: told of each function that would be made.
        shown: how many of those at most; they are counted in any case.
    """
    told = Migrated()
    async with database.write() as connection:
        moves = await reading(database, connection)
        latest = await moves.latest()
        chosen = tuple(types) or (latest.parent_types if latest else PARENT_TYPES)
        told.phase = latest.phase if latest else Phase.NOT_STARTED
        left = await moves.left(chosen)
        promised: set[str] = set()
        after: uuid.UUID | None = None
        while len(promised) < shown and (parents := await moves.parents(chosen, after, PARENTS, lock=False)):
            after = parents[-1].event_id
            for planned in await plan(moves, parents, frozenset(promised)):
                if len(promised) < shown:
                    promised.add(planned.row["slug"])
                    report(planned)
        told.functions, told.events = left.parents, left.parents + left.children
    return told


async def reading(database: Database, connection: Transaction) -> Moves:
    """A transaction in which what a move asks is asked, and nothing is written."""
    await database.act_for(connection, moves=True)
    moves = Moves(connection)
    await moves.only_read()
    return moves


async def migrate(
    database: Database,
    *,
    actor: Actor,
    reason: str,
    types: Sequence[str] = (),
    progress: Progress = _unwatched,
    report: Report = _unseen,
    note: Note = _unnoted,
    pause_at: float = math.inf,
) -> Migrated:
    """Make functions of all parent events, and keep both hierarchies in step from then on.

    Begun again after it was ended anywhere, it does what is left. Where nothing is, nothing is done.

    Args:
        database: migrated; as the owner of the tables, or under the roles that own nothing.
        actor: who says so, for the audit log.
        reason: why.
        types: that make an event a parent; those of the last time, or `PARENT_TYPES`, unless said.
        progress: told how many events are in functions.
        report: told of each function, when it is made.
        note: told of each batch, within its transaction.
        pause_at: the moment (`time.monotonic`) from which no second batch is begun: the phase is MIGRATING then.

    Raises:
        InUse: others keep rows that are left to do, or write events and do not end; what was done stays done.
        InvalidArgument: the reason is none, or holds a secret.
        RollbackUnfinished: the last move is being rolled back.
    """
    action = Action("migrate functions", "events", reason, actor)
    migration = await patiently(database, lambda moves: _begin(moves, action, types))
    if migration is None:
        latest = await patiently(database, Moves.latest)
        return Migrated(phase=latest.phase if latest else Phase.NOT_STARTED)
    if migration.phase is not Phase.MIGRATED and not await until_all_know(database, pause_at):
        return Migrated(phase=Phase.MIGRATING)
    left = await patiently(database, lambda moves: moves.left(migration.parent_types))
    total = left.parents + left.children
    run = _Run(database, migration, report, lambda done: progress("events", done, max(done, total)), note, pause_at)
    run.done.phase = Phase.MIGRATING
    run.advance(0)
    if not await _until_nothing_is_left(run):
        return run.done
    await patiently(database, lambda moves: moves.enter(migration.key, Phase.MIGRATED))
    run.done.phase = Phase.MIGRATED
    return run.done


async def _begin(moves: Moves, action: Action, types: Sequence[str]) -> Migration | None:
    """Begin a move, or go on with the one that there is, in the phase that it was in; None where nothing is to do."""
    await moves.take_turn()
    latest = await moves.latest()
    if latest is not None and latest.phase is Phase.ROLLING_BACK:
        raise RollbackUnfinished("The last move is being rolled back; end that first: `boxoffice functions rollback`.")
    chosen = tuple(types) or (latest.parent_types if latest else PARENT_TYPES)
    goes_on = latest is not None and latest.phase in IN_STEP
    if not await moves.left(chosen) and not (goes_on and latest is not None and latest.phase is Phase.MIGRATING):
        return None
    if latest is not None and goes_on:
        await moves.go_on(latest.key, chosen)
        return Migration(latest.key, latest.phase, chosen, latest.row)
    migration = Migration(uuid7(), Phase.NOT_STARTED, chosen, {})
    await moves.begin(migration.key, chosen)
    await record(moves.connection, action, at=await Imports(moves.connection).moment())
    return migration


async def until_all_know(database: Database, pause_at: float = math.inf) -> bool:
    """Wait until all are done who were writing events: whoever writes some later knows of the phase that was entered.

    Returns:
        Whether they are; False when it was time to pause before.

    Raises:
        InUse: one of them has not come to its end.
    """
    deadline = time.monotonic() + PATIENCE
    unaware = await patiently(database, Moves.writers)
    while unaware:
        if time.monotonic() >= pause_at:
            return False
        if time.monotonic() > deadline:
            raise InUse(
                f"{len(unaware)} transactions that were writing events have not ended for {PATIENCE:g} seconds "
                "(`pg_locks` tells which). Try again later."
            )
        await asyncio.sleep(_PAUSE)
        unaware &= await patiently(database, Moves.writers)
    return True


async def _until_nothing_is_left(run: _Run) -> bool:
    """Do batch by batch; whether nothing is left, or it was time to pause before."""
    deadline = time.monotonic() + PATIENCE
    while True:
        before = run.done.events
        await _make_functions(run)
        await _bring_stragglers(run)
        left = await patiently(run.database, lambda moves: moves.left(run.migration.parent_types))
        if not left or run.pauses:
            return not left
        if run.done.events > before:
            deadline = time.monotonic() + PATIENCE
        elif time.monotonic() > deadline:
            raise InUse(
                f"Others keep {left.parents + left.children} events that are left to do, for {PATIENCE:g} seconds by "
                "now; what is done stays done. Try again later."
            )
        await asyncio.sleep(_PAUSE)


async def _make_functions(run: _Run) -> None:
    after: uuid.UUID | None = None
    while True:
        made, linked, after = await _held(run, partial(_batch, run, after))
        if after is None:
            return
        _count(run, made, linked)
        if run.pauses:
            return


async def _batch(run: _Run, after: uuid.UUID | None, moves: Moves) -> tuple[list[Planned], int, uuid.UUID | None]:
    """Make functions of the next parents, as many as fit, with their children; also the last parent that was taken."""
    await _stand_in(run, moves)
    parents = await moves.parents(run.migration.parent_types, after, PARENTS)
    room, fitting = BATCH, 0
    for parent in parents:
        room -= 1 + parent.children
        if room < 0 and fitting:
            break
        fitting += 1
    taken = parents[:fitting]
    if not taken:
        return [], 0, None
    made = await plan(moves, taken)
    functions = {planned.parent.event_id: planned.key for planned in made}
    await moves.make(run.migration.key, {planned.parent.event_id: planned.row for planned in made})
    children = await moves.children_of(functions, BATCH)
    linked = await moves.link(run.migration.key, {child: functions[parent] for child, parent in children.items()})
    await run.note(moves, len(made), len(made) + linked)
    return made, linked, taken[-1].event_id


async def _bring_stragglers(run: _Run) -> None:
    """Children whose parent has a function already: of large families, and of functions that were there before."""
    after: uuid.UUID | None = None
    while True:
        linked, after = await _held(run, partial(_stragglers, run, after))
        if after is None:
            return
        _count(run, [], linked)
        if run.pauses:
            return


async def _stragglers(run: _Run, after: uuid.UUID | None, moves: Moves) -> tuple[int, uuid.UUID | None]:
    await _stand_in(run, moves)
    found = await moves.stragglers(after, BATCH)
    linked = await moves.link(run.migration.key, found)
    await run.note(moves, 0, linked)
    return linked, max(found, default=None)


async def _stand_in(run: _Run, moves: Moves) -> None:
    """Write for the move, which nobody ends meanwhile."""
    phase = await moves.hold(run.migration.key)
    if phase is Phase.ROLLING_BACK:
        raise RollbackUnfinished("The move is being rolled back meanwhile, and does not go on.")
    await stand_apart(moves.connection)


def _count(run: _Run, made: Sequence[Planned], linked: int) -> None:
    run.done.functions += len(made)
    run.done.events += len(made) + linked
    for planned in made:
        run.report(planned)
    run.advance(run.done.events)


async def _held(run: _Run, work: Callable[[Moves], Awaitable[T]]) -> T:
    """Do work as `patiently` does; note how long it kept rows from others."""
    begun = 0.0

    async def timed(moves: Moves) -> T:
        nonlocal begun
        begun = time.perf_counter()
        return await work(moves)

    result = await patiently(run.database, timed)
    run.done.longest = max(run.done.longest, time.perf_counter() - begun)
    return result


async def patiently(database: Database, work: Callable[[Moves], Awaitable[T]], patience: float | None = None) -> T:
    """Do work in a transaction that lets others by; begun again when it meets one, for so many seconds."""

    async def briefly(connection: Transaction) -> T:
        await database.act_for(connection, moves=True)
        moves = Moves(connection)
        await moves.wait_briefly()
        return await work(moves)

    return await transact(database, briefly, patience=PATIENCE if patience is None else patience)
