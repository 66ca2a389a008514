"""What `boxoffice functions` does, between its settings and its last line."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from commands.function_migration import looking, migrating, undoing
from commands.function_migration.planning import Planned
from db.usage import OperationKey, Usage, usage_by_operation
from domain.audit import Actor
from domain.hierarchy_faults import Fault, Finding
from server.console import CommandError, counted, moment, progress, say
from server.registry_database import registry_database
from server.settings import Settings

_SHOWN: Final = 10
"""How many operations are told of one by one."""


async def migrate(settings: Settings, types: Sequence[str], *, by: str, reason: str, dry_run: bool) -> None:
    """Make functions of parent events, or tell which."""
    async with registry_database(settings) as database:
        if dry_run:
            told = await migrating.rehearse(database, types, _tell)
            say(
                f"{counted(told.functions, 'function')} would be made, and {counted(told.events, 'event')} put into "
                "functions. This was a dry run: nothing was changed."
            )
            return
        with progress() as advance:
            done = await migrating.migrate(
                database, actor=Actor(by), reason=reason, types=types, progress=advance, report=_tell
            )
    if not done.events:
        say("Nothing is left to migrate.")
        return
    say(
        f"{counted(done.functions, 'function')} made, {counted(done.events, 'event')} put into functions; rows were "
        f"kept from others for {done.longest * 1000:,.0f} ms at the longest.",
        "Both hierarchies are kept in step from now on, until `boxoffice functions complete`.",
    )


def _tell(planned: Planned) -> None:
    say(str(planned))


async def validate(settings: Settings, shown: int) -> None:
    """Tell what is wrong with the hierarchies."""
    async with registry_database(settings) as database:
        found = await looking.validate(database, shown=shown)
    for fault, count in found.counts.items():
        findings = [each for each in found.findings if each.fault is fault][:shown]
        say(f"{fault.value}: {counted(count, 'event')}", *_lines(fault, findings))
        if count > len(findings):
            say(f"  … and {count - len(findings):,} more; --shown tells more")
    if found.findings:
        total = sum(found.counts.values())
        raise CommandError(f"{counted(total, 'fault')} found; mend and look again, since one may hide another")
    say("Nothing is wrong with the hierarchies.")


def _lines(fault: Fault, findings: Sequence[Finding]) -> list[str]:
    if fault is Fault.LEFT_BEHIND:
        return [*(f"  {each.says}" for each in findings), f"    {findings[0].remedy}"]
    return [line for each in findings for line in (f"  {each.says}", f"    {each.remedy}")]


async def status(settings: Settings) -> None:
    """Tell how far the move has come."""
    async with registry_database(settings) as database:
        found = await looking.status(database)
        used = await usage_by_operation(database, dt.datetime.now(dt.UTC) - dt.timedelta(days=1))
    rows = [
        ("phase", found.phase.value),
        ("events", f"{found.events:,}"),
        ("  in a function", f"{found.events_with_function:,}"),
        ("parent events left", f"{found.parents_left:,}"),
        ("children left", f"{found.children_left:,}"),
        ("orphans", f"{found.orphans:,}"),
        ("mismatches", f"{found.mismatches:,}"),
        ("deprecated calls", f"{found.deprecated_calls:,} within a day"),
        *_who_asks(used),
        ("rollback", "available" if found.rollback_available else "nothing to undo"),
        ("last run", f"{moment(found.last_run)} UTC" if found.last_run else "never"),
    ]
    say(*(f"{name:<18}  {value}" for name, value in rows))


def _who_asks(used: Mapping[OperationKey, Usage]) -> Iterator[tuple[str, str]]:
    """Which clients and operations ask for deprecated fields most."""
    asked = sorted(((key, each.deprecated) for key, each in used.items() if each.deprecated), key=lambda it: -it[1])
    for key, calls in asked[:_SHOWN]:
        operation = f"{key.release} {key.public_id}" if key.public_id else "what no release has"
        yield f"  {key.client or 'without a key'}", f"{calls:,} of {operation}"
    if len(asked) > _SHOWN:
        rest = sum(calls for _, calls in asked[_SHOWN:])
        yield "  others", f"{rest:,} of {counted(len(asked) - _SHOWN, 'operation')}"


async def complete(settings: Settings, *, by: str, reason: str, force: bool) -> None:
    """Declare the move complete."""
    async with registry_database(settings) as database:
        found = await looking.complete(database, actor=Actor(by), reason=reason, force=force)
    say("The move is complete; what is written to parent events moves nothing among functions any more.")
    if found.findings:
        say(f"It was forced although there are {counted(sum(found.counts.values()), 'fault')}.")


async def rollback(settings: Settings, *, by: str, reason: str, dry_run: bool) -> None:
    """Undo the move, or tell what that would come to."""
    async with registry_database(settings) as database:
        if dry_run:
            _tell_rollback(await undoing.rehearse_rollback(database), would=True)
            say("This was a dry run: nothing was changed.")
            return
        with progress() as advance:
            back = await undoing.roll_back(database, actor=Actor(by), reason=reason, progress=advance)
    _tell_rollback(back, would=False)


def _tell_rollback(back: undoing.RolledBack, *, would: bool) -> None:
    were = "would be" if would else "are"
    say(f"{counted(back.undone, 'change')} {were} undone, and {counted(back.removed, 'function')} {were} gone.")
    if back.moved:
        say(f"{counted(back.moved, 'event')} that clients had placed elsewhere {were} back where they stood before.")
    if back.kept:
        say(f"{counted(back.kept, 'change')} stay, since the event was placed elsewhere after the move was complete.")
    for name in back.remaining:
        say(f"The function {name} {'would stay' if would else 'stays'}: something that was made since needs it.")
