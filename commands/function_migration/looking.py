"""Looking before, between and after: what is wrong with the hierarchies, and how far the move has come."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from commands.function_migration.migrating import PATIENCE, patiently, reading
from db import function_migration_runs as runs
from db.audit import record
from db.database import Database
from db.function_migration import Moves
from db.function_migration_runs import Run
from db.hierarchy_faults import (
    CHILDREN_LEFT_BEHIND,
    DELETED_FUNCTION,
    DELETED_PARENT,
    OTHER_FUNCTION,
    OTHER_ORGANISATION,
    PARENTS_LEFT_BEHIND,
    WITHOUT_PARENT,
    Faults,
)
from db.imports import Imports
from db.usage import usage_over_time
from domain.audit import Action, Actor
from domain.errors import Refusal
from domain.function_migration import IN_STEP, PARENT_TYPES, Phase
from domain.hierarchy_faults import (
    Fault,
    Finding,
    Place,
    between_hierarchies,
    in_deleted_function,
    left_behind,
    left_out,
    levels,
    other_organisation,
    under_deleted_parent,
)

SHOWN: Final = 1000
"""Findings of each kind that are told one by one."""

_ALWAYS: Final[tuple[tuple[str, Callable[[Place], Finding]], ...]] = (
    (OTHER_ORGANISATION, other_organisation),
    (DELETED_PARENT, under_deleted_parent),
    (DELETED_FUNCTION, in_deleted_function),
    (OTHER_FUNCTION, between_hierarchies),
)

_SINCE_BEGUN: Final = (
    (WITHOUT_PARENT, left_out),
    (PARENTS_LEFT_BEHIND, left_behind),
    (CHILDREN_LEFT_BEHIND, left_behind),
)
"""What is a fault once a move has been made, and nothing unusual before."""


class NotMigrated(Refusal):
    """No move is under way, or it has faults."""

    code = "NOT_MIGRATED"


@dataclass(frozen=True, slots=True)
class Validation:
    """What was found.

    Attributes:
        counts: how many faults of each kind that there are any of.
        findings: the faults, at most so many of a kind.
    """

    counts: dict[Fault, int]
    findings: list[Finding]


@dataclass(frozen=True, slots=True)
class Status:
    """How far the move has come.

    Attributes:
        phase: of the last move.
        events: how many there are, without deleted ones.
        events_with_function: how many of them are in a function.
        parents_left: parent events without a function.
        children_left: events that have not followed their parent.
        orphans: events whose parent or function is deleted.
        mismatches: events of which the hierarchies say different things.
        rollback_available: whether there is a move to undo.
        last_run: when the last move was begun, reached its end, or was ended.
        deprecated_calls: how many calls asked for a deprecated field within the last day.
        run: what workers were asked to do last.
    """

    phase: Phase
    events: int
    events_with_function: int
    parents_left: int
    children_left: int
    orphans: int
    mismatches: int
    rollback_available: bool
    last_run: dt.datetime | None
    deprecated_calls: int
    run: Run | None


async def validate(database: Database, *, shown: int = SHOWN) -> Validation:
    """Look for all that is wrong with the hierarchies; nothing is changed.

    Args:
        database: migrated.
        shown: findings of each kind to tell one by one.
    """
    async with database.write() as connection:
        moves = await reading(database, connection)
        latest = await moves.latest()
        types = latest.parent_types if latest else PARENT_TYPES
        faults = Faults(connection)
        findings = list(levels(await faults.levels()))
        counts = {fault: sum(each.fault is fault for each in findings) for fault in (Fault.CYCLE, Fault.DEEPER_LEVEL)}
        begun = latest is not None and latest.phase is not Phase.ROLLING_BACK
        for statement, finding in (*_ALWAYS, *(_SINCE_BEGUN if begun else ())):
            found, places = await faults.places(statement, shown, types)
            told = [finding(place) for place in places]
            findings += told
            if told:
                counts[told[0].fault] = counts.get(told[0].fault, 0) + found
    return Validation({fault: count for fault, count in counts.items() if count}, findings)


async def status(database: Database) -> Status:
    """How far the move has come; nothing is changed."""
    async with database.write() as connection:
        moves = await reading(database, connection)
        run = await runs.last(connection)  # first: what is done by the end of it, all that follows tells of
        latest, latest_of_all = await moves.latest(), await moves.latest(or_undone=True)
        left = await moves.left(latest.parent_types if latest else PARENT_TYPES)
        counts = await moves.counts()
        faults = Faults(connection)
        orphans, mismatches = 0, 0
        for statement in (DELETED_PARENT, DELETED_FUNCTION):
            orphans += (await faults.places(statement, 1, ()))[0]
        for statement in (OTHER_FUNCTION, *([WITHOUT_PARENT] if latest else [])):
            mismatches += (await faults.places(statement, 1, ()))[0]
    since = dt.datetime.now(dt.UTC) - dt.timedelta(days=1)
    moments = [latest_of_all.row[each] for each in ("started_at", "migrated_at", "ended_at")] if latest_of_all else []
    return Status(
        phase=latest_of_all.phase if latest_of_all else Phase.NOT_STARTED,
        events=counts["events"],
        events_with_function=counts["events_with_function"],
        parents_left=left.parents,
        children_left=left.children,
        orphans=orphans,
        mismatches=mismatches,
        rollback_available=latest is not None,
        last_run=max((each for each in moments if each), default=None),
        deprecated_calls=sum(usage.deprecated for usage in (await usage_over_time(database, since)).values()),
        run=run,
    )


async def complete(
    database: Database, *, actor: Actor, reason: str, force: bool = False, patience: float = PATIENCE
) -> Validation:
    """Declare the move complete: what is written to the old hierarchy moves nothing in the new one any more.

    Old clients go on to find what new ones write. The move can still be rolled back. Once it is, this does nothing.

    Args:
        database: migrated; as the owner of the tables, or under the roles that own nothing.
        actor: who says so, for the audit log.
        reason: why.
        force: although there are faults.
        patience: seconds for which it is tried while others stand in the way.

    Returns:
        The faults that there are.

    Raises:
        InvalidArgument: the reason is none, or holds a secret.
        NotMigrated: no move is under way, or it has faults.
    """
    action = Action("complete functions", "events", reason, actor)
    found = await validate(database)

    async def declare(moves: Moves) -> None:
        await moves.take_turn()
        latest = await moves.latest()
        if latest is not None and latest.phase is Phase.COMPLETE:
            return
        if latest is None or latest.phase not in IN_STEP:
            raise NotMigrated("No move is under way; `boxoffice functions migrate` makes one.")
        if latest.phase is Phase.MIGRATING:
            raise NotMigrated("The move has not reached its end; `boxoffice functions migrate` goes on with it.")
        if found.findings and not force:
            raise NotMigrated(
                f"There are {sum(found.counts.values()):,} faults; `boxoffice functions validate` tells them, and how "
                "to mend each."
            )
        await moves.enter(latest.key, Phase.COMPLETE)
        await record(moves.connection, action, at=await Imports(moves.connection).moment())

    await patiently(database, declare, patience)
    return found
