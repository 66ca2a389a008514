"""The move from parent events to functions, as administrators see it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import strawberry

from commands.function_migration.asking import Plan
from commands.function_migration.looking import Validation, status, validate
from domain.errors import InvalidArgument
from domain.hierarchy_faults import Finding
from domain.ids import encode_global_id
from resolvers.payloads import Payload
from schema.enums import MigrationFault, MigrationKind, MigrationRunState
from schema.fields import column, derived, edge
from schema.mutating import looking
from schema.user_error import UserError

MOST_FINDINGS = 1000


def _shown(
    shown: Annotated[
        int, strawberry.argument(description=f"Findings of each kind to tell, from 1 to {MOST_FINDINGS:,}.")
    ] = 20,
) -> Mapping[str, Any]:
    if not 1 <= shown <= MOST_FINDINGS:
        raise InvalidArgument(f"`shown` is from 1 to {MOST_FINDINGS:,}.")
    return {"shown": shown}


def _events_of(findings: Sequence[Finding]) -> list[str]:
    return [encode_global_id("Event", each.event_id) for each in findings]


def _is_clean(validations: Sequence[Validation]) -> list[bool]:
    return [not each.counts for each in validations]


def _counts(validations: Sequence[Validation]) -> list[list[tuple[MigrationFault, int]]]:  # type: ignore[valid-type] # an enum by another name
    return [list(each.counts.items()) for each in validations]


def _fault_of(counts: Sequence[tuple[Any, int]]) -> list[Any]:
    return [fault for fault, _ in counts]


def _count_of(counts: Sequence[tuple[Any, int]]) -> list[int]:
    return [count for _, count in counts]


@strawberry.type(description="Something that is wrong with an event's place in the hierarchies.")
class MigrationFinding:
    """`domain.hierarchy_faults.Finding`, shown."""

    fault: MigrationFault = column("What kind of fault it is.")  # type: ignore[valid-type] # an enum by another name
    event_id: strawberry.ID = derived(_events_of, "The event that the remedy changes.")
    says: str = column("What is wrong.")
    remedy: str = column("What mends it: SQL for the operator to look at and run, or a command.")


@strawberry.type(description="How many events have a fault.")
class MigrationFaultCount:
    """An item of `commands.function_migration.looking.Validation.counts`, shown."""

    fault: MigrationFault = derived(_fault_of, "What kind of fault it is.")  # type: ignore[valid-type] # the same
    events: int = derived(_count_of, "How many events have it.")


@strawberry.type(description="All that is wrong with the hierarchies; behind one fault another may stand.")
class MigrationValidation:
    """`commands.function_migration.looking.Validation`, shown."""

    is_clean: bool = derived(_is_clean, "Whether nothing is wrong.")
    counts: list[MigrationFaultCount] = derived(_counts, "How many events have which fault.")
    findings: list[MigrationFinding] = column("The faults one by one, as many of each kind as were asked for.")


@strawberry.type(description="Something that workers were asked to do about the move, and what it came to.")
class MigrationRun:
    """`db.function_migration_runs.Run`, shown."""

    kind: MigrationKind = column("What they were asked to do.")  # type: ignore[valid-type] # the same
    state: MigrationRunState = column("How far they are with it.")  # type: ignore[valid-type] # the same
    asked_at: dt.datetime = column("When it was asked for.")
    asked_by: str = derived(lambda runs: [each.actor.name for each in runs], "Who asked for it.")
    reason: str = column("Why.")
    started_at: dt.datetime | None = column("When a worker began; null while none has.")
    ended_at: dt.datetime | None = column("When it was at its end; null before.")
    functions: int = column("How many functions were made, or are gone.")
    events: int = column("How many events were put into functions, or how many links were put back.")
    remaining: list[str] = column("Names of functions that stay though their move is undone: something needs them.")
    failure: str | None = column("Why it was given up; what was done stays done. Null where it was not.")


@strawberry.type(description="How far the move from parent events to functions has come.")
class MigrationStatus:
    """`commands.function_migration.looking.Status`, shown."""

    phase: str = derived(
        lambda statuses: [each.phase.value for each in statuses],
        "It is one of `NOT_STARTED`, `MIGRATING`, `MIGRATED`, `COMPLETE`, `ROLLING_BACK` and `ROLLED_BACK`.",
    )
    events: int = column("How many events there are.", name="eventsTotal")
    events_with_function: int = column("How many of them are in a function.")
    parents_left: int = column("Parent events without a function.")
    children_left: int = column("Events that have not followed their parent.")
    orphans: int = column("Events whose parent or function is deleted.")
    mismatches: int = column("Events of which the hierarchies say different things.")
    deprecated_calls: int = column("Calls that asked for a deprecated field within a day.", name="legacyFieldReads24h")
    rollback_available: bool = column("Whether there is a move to undo.")
    last_run: dt.datetime | None = column("When the last move was begun, reached its end, or was ended.")
    run: MigrationRun | None = column("What workers were asked to do last; null where they were not.")
    validation: MigrationValidation | None = edge(
        looking(validate), "What is wrong with the hierarchies, looked for now.", arguments=_shown, complexity=50
    )


@strawberry.type(description="A function that would be made of a parent event.")
class PlannedFunction:
    """`commands.function_migration.planning.Planned`, shown."""

    name: str = derived(lambda plans: [each.row["name"] for each in plans], "Its name.")
    slug: str = derived(lambda plans: [each.row["slug"] for each in plans], "Its slug.")
    taken: str | None = derived(
        lambda plans: [None if each.row["slug"] == each.parent.slug else each.parent.slug for each in plans],
        "The event's own slug, where another function has that.",
        name="takenSlug",
    )
    start_date: dt.date = derived(lambda plans: [each.row["start_date"] for each in plans], "Its first day.")
    end_date: dt.date = derived(lambda plans: [each.row["end_date"] for each in plans], "Its last day.")
    events: int = derived(lambda plans: [each.parent.children + 1 for each in plans], "How many events it would have.")
    event_id: strawberry.ID = derived(
        lambda plans: [encode_global_id("Event", each.parent.event_id) for each in plans], "The parent event."
    )


@strawberry.type(description="What would happen; nothing is changed.")
class MigrationPlan:
    """`commands.function_migration.asking.Plan`, shown."""

    functions: int = column("How many functions would be made, or be gone.")
    events: int = column("How many events would be put into functions, or how many links would be put back.")
    moved: int = column("Events that clients have placed elsewhere since, and that would be back.")
    remaining: list[str] = column("Names of functions that would stay though their move is undone.")
    planned: list[PlannedFunction] = column("The functions that would be made, as many as were asked for.")


def _plan_of(payloads: Sequence[Payload]) -> list[Plan | None]:
    return [each.result if isinstance(each.result, Plan) else None for each in payloads]


@strawberry.type(description="A step of the move to functions.")
class MigrationPayload:
    """`resolvers.payloads.Payload` of a step, shown."""

    status: MigrationStatus | None = edge(looking(status), "How far the move is, now.", complexity=20)
    plan: MigrationPlan | None = derived(_plan_of, "What would happen; null unless this is a dry run.")
    user_errors: list[UserError] = column("Why nothing was done; none where it was.")
