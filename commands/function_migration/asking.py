"""Asking for the move by mutations: what takes longer than a request may is done by a worker, and asked for by a row.

A dry run and `complete` are done at once. Of what workers do there is one thing at a time: who asks for a second is
told of the first.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from commands.function_migration import looking, migrating, undoing
from commands.function_migration.planning import Planned
from commands.writing import UNSAID, Write, Writer
from db import function_migration_runs as runs
from db import periodic
from db.audit import record
from db.function_migration import Moves
from domain.audit import Action, check_reason
from domain.errors import InvalidArgument
from domain.function_migration import MOVING_JOB, Phase, RunKind
from domain.ids import uuid7
from domain.user_errors import InvalidInput, MigrationConflict, NotFound, NotPermitted, Rejected

SHOWN: Final = 100
"""Functions that a dry run names one by one, unless it is asked for another number."""

MOST_SHOWN: Final = 1000

MOST_TYPES: Final = 20
LONGEST_TYPE: Final = 100

_PATIENCE: Final = 3.0
"""Seconds for which a request tries to declare a move complete."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What would happen.

    Attributes:
        functions: how many would be made, or be gone.
        events: how many would be put into functions, or how many links would be put back.
        moved: events that clients have placed elsewhere since, and that would be back.
        remaining: names of functions that would stay though their move is undone.
        planned: the functions that would be made, as far as they were asked for.
    """

    functions: int
    events: int
    moved: int = 0
    remaining: Sequence[str] = ()
    planned: Sequence[Planned] = ()


async def run_function_migration(
    writer: Writer, *, dry_run: bool, parent_types: Sequence[str] | None, shown: int | None, reason: str | None
) -> Plan | uuid.UUID:
    """Tell what the move would make, or ask for it.

    Returns:
        The plan of a dry run, or the key of what was asked for.

    Raises:
        Rejected: `InvalidInput`, `NotPermitted`, `MigrationConflict`.
    """
    types = tuple(parent_types or ())
    most = SHOWN if shown is None else shown
    why = _checked(writer, reason)
    if not 0 <= most <= MOST_SHOWN:
        raise Rejected(InvalidInput(("shown",), f"`shown` is from 0 to {MOST_SHOWN:,}."))
    if len(types) > MOST_TYPES or not all(0 < len(each.strip()) <= LONGEST_TYPE for each in types):
        message = f"`parentTypes` are at most {MOST_TYPES} types of events, of at most {LONGEST_TYPE} characters each."
        raise Rejected(InvalidInput(("parentTypes",), message))
    if dry_run:
        told: list[Planned] = []
        would = await migrating.rehearse(writer.database, types, told.append, shown=most)
        return Plan(would.functions, would.events, planned=told)

    async def work(write: Write) -> uuid.UUID:
        await writer.database.act_for(write.connection, moves=True)
        latest = await Moves(write.connection).latest()
        if latest is not None and latest.phase is Phase.ROLLING_BACK:
            message = "The last move is being rolled back: let `rollBackFunctionMigration` end that first."
            raise Rejected(MigrationConflict(None, message))
        return await _ask(write, RunKind.MIGRATE, why, types=types)

    return await writer.transact(work)


async def roll_back_function_migration(writer: Writer, *, dry_run: bool, reason: str | None) -> Plan | uuid.UUID:
    """Tell what undoing the last move would come to, or ask for it.

    Returns:
        The plan of a dry run, or the key of what was asked for.

    Raises:
        Rejected: `InvalidInput`, `NotPermitted`, `NotFound`, `MigrationConflict`.
    """
    why = _checked(writer, reason)
    nothing = NotFound(None, "Nothing was migrated that is not rolled back.")
    if dry_run:
        try:
            back = await undoing.rehearse_rollback(writer.database)
        except undoing.NothingToRollBack:
            raise Rejected(nothing) from None
        return Plan(back.removed, back.undone, back.moved, back.remaining)

    async def work(write: Write) -> uuid.UUID:
        await writer.database.act_for(write.connection, moves=True)
        latest = await Moves(write.connection).latest()
        if latest is None:
            raise Rejected(nothing)
        return await _ask(write, RunKind.ROLL_BACK, why, migration=latest.key)

    return await writer.transact(work)


async def complete_function_migration(writer: Writer, *, force: bool, reason: str | None) -> None:
    """Declare the move complete; once it is, this changes nothing.

    Raises:
        Rejected: `InvalidInput`, `NotPermitted`, `MigrationConflict`.
    """
    why = _checked(writer, reason)
    try:
        await looking.complete(writer.database, actor=writer.actor, reason=why, force=force, patience=_PATIENCE)
    except looking.NotMigrated as error:
        raise Rejected(MigrationConflict(None, str(error))) from None


def _checked(writer: Writer, reason: str | None) -> str:
    """The reason, as it is kept."""
    if writer.within is not None:
        message = "This deployment shows a part of the installation: the move is made where all of it is shown."
        raise Rejected(NotPermitted(None, message))
    why = reason or UNSAID
    try:
        check_reason(why)
    except InvalidArgument as error:
        raise Rejected(InvalidInput(("reason",), str(error))) from None
    return why


async def _ask(
    write: Write, kind: RunKind, reason: str, *, types: Sequence[str] = (), migration: uuid.UUID | None = None
) -> uuid.UUID:
    """Note what workers are to do, and have them look at once."""
    key, actor = uuid7(), write.writer.actor
    asked = await runs.ask(
        write.connection, key, kind, actor=actor, reason=reason, parent_types=types, migration_id=migration
    )
    if not asked:
        other = await runs.under_way(write.connection)
        what = (
            "Something" if other is None else f"{other.kind.value}, asked for at {other.asked_at:%Y-%m-%d %H:%M} UTC,"
        )
        raise Rejected(MigrationConflict(None, f"{what} is under way; `migrationStatus` tells how far it is."))
    await write.writer.database.act_for(write.connection, None)
    await periodic.hasten(write.connection, MOVING_JOB)
    name = f"ask to {kind.value.lower().replace('_', ' ')} functions"
    details = {"parent_types": list(types)} if types else {}
    await record(write.connection, Action(name, "events", reason, actor, details), at=write.writer.now)
    return key
