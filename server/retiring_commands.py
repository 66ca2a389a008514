"""What the commands do that end releases, between their settings and their last line."""

from __future__ import annotations

import datetime as dt

from commands import collecting, retiring
from commands.registering import Author
from commands.retiring import Retirement
from domain.registry import IN_USE
from server.console import CommandError, counted, moment, say, table
from server.registry_database import changing_registry, registry_database
from server.settings import Settings
from server.usage_tables import per_day, percent


async def retire(settings: Settings, client: str, release: str, author: Author, *, force: bool, dry_run: bool) -> None:
    """End a release, or tell what that would come to."""
    opened = registry_database(settings) if dry_run else changing_registry(settings)
    async with opened as database:
        told = await retiring.retire(database, client, release, author, force=force, dry_run=dry_run)
    if dry_run:
        _tell(client, release, told)
        return
    say(f"{client} {release} is retired; {counted(len(told.lost), 'id')} no longer served.")
    if told.objections:
        say(f"It was forced although {'; '.join(told.objections)}; the log has the figures.")


async def collect(settings: Settings, author: Author, days: int | None, *, dry_run: bool) -> None:
    """Collect what nobody uses, or tell what that would be."""
    kept = settings.usage_retention_days
    if days is not None and days > kept:
        raise CommandError(f"usage is kept for {kept} days (USAGE_RETENTION_DAYS); of {days} days it is not known")
    opened = registry_database(settings) if dry_run else changing_registry(settings)
    async with opened as database:
        span = dt.timedelta(days=days or kept)
        collected = await collecting.collect(database, author, unused_for=span, dry_run=dry_run)
    for each in collected:
        say(str(each))
    say(f"{counted(len(collected), 'release')} {'would be ' if dry_run else ''}collected.")


def _tell(client: str, release: str, told: Retirement) -> None:
    sunset = f", its sunset {moment(told.sunset)} UTC" if told.sunset else ""
    say(
        f"{client} {release} is {told.state.value}{sunset}{', pinned' if told.pinned else ''}.",
        f"{counted(len(told.lost), 'id')} would no longer be served, "
        f"{counted(len(told.kept), 'other')} by another release still.",
        *(f"  {each}" for each in told.lost),
    )
    if told.calls:
        say(
            f"{client} would break: {counted(told.calls, 'call')} within {IN_USE.days} days, "
            f"{per_day(told.calls, IN_USE)} a day, {percent(told.share_of_client)} of what it calls, "
            f"{percent(told.share_of_all)} of all calls; the last {moment(told.last_seen)} UTC."
        )
    elif told.last_seen:
        say(f"Nobody called it within {IN_USE.days} days; the last call came {moment(told.last_seen)} UTC.")
    else:
        say("Nobody is known to have called what would break.")
    if told.in_use:
        rows = [
            (each.public_id, each.calls, per_day(each.calls, IN_USE), moment(each.last_seen)) for each in told.in_use
        ]
        table(("id", "calls", "a day", "last call"), rows, "")
    if told.objections:
        say(f"It would need --force: {'; '.join(told.objections)}.")
