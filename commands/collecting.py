"""Collecting what is no longer used: releases end, and what they held is let go; what is pinned stays.

A release that was never served, or that nobody called, ends as if it were retired: its ids are answered with 410. One
that ended so long ago, and is not even asked for, lets its operations go: its ids are then unknown. The release itself
stays, with its log, so that its name does not come to mean something else. Each client keeps the newest release that is
served. Automatic persisted queries need no collecting: the cache forgets each by itself.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from commands.registering import Author, Turn, change
from db.database import Database
from db.usage import EVER, Usage, usage_by_operation, usage_over_time
from domain.registry import SERVED, ReleaseState

SLACK = dt.timedelta(days=1)
"""By how much usage may be known for less than the span that is asked for: it is kept, and deleted, by the hour."""


class Why(Enum):
    """Why a release is collected."""

    NEVER_SERVED = "never served"
    UNUSED = "unused"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Collected:
    """A release that is collected, and how many of its operations are let go."""

    client: str
    release: str
    why: Why
    operations: int = 0

    def __str__(self) -> str:
        what = f"{self.operations} operations let go" if self.why is Why.ENDED else "retired"
        return f"{self.client} {self.release}: {self.why.value}, {what}"


async def collect(
    database: Database, author: Author, *, unused_for: dt.timedelta, dry_run: bool = False
) -> tuple[Collected, ...]:
    """Collect every release that nobody has used for so long. What was collected is in the log.

    Where usage has not been counted for so long, nothing is taken to be unused.

    Args:
        database: migrated.
        author: who collects.
        unused_for: for how long; not longer than usage is kept.
        dry_run: only say what would be.

    Returns:
        What was collected.
    """

    async def work(turn: Turn) -> tuple[Collected, ...]:
        before = turn.at - unused_for
        used = await usage_by_operation(database, before)
        of_release: dict[tuple[str, str], list[Usage]] = {}
        for key, usage in used.items():
            of_release.setdefault((key.client, key.release), []).append(usage)
        first = min(await usage_over_time(database, EVER), default=turn.at)
        is_known = first <= before + SLACK
        found = []
        for row in _collectable(await turn.writes.releases(), before):
            usage_of = of_release.get((row["client"], row["name"]), [])
            collected = await _collect(turn, row, usage_of, is_known=is_known, dry_run=dry_run)
            if collected is not None:
                found.append(collected)
        if not dry_run and any(each.operations for each in found):
            await turn.writes.forget_operations()
        return tuple(found)

    return await change(database, author, work)


def _collectable(rows: Sequence[Mapping[str, Any]], before: dt.datetime) -> list[Mapping[str, Any]]:
    """The releases that may be: neither young, nor pinned, nor their client's newest that is served."""
    served = [row for row in rows if ReleaseState(row["state"]) in SERVED]
    newest = {row["client_id"]: row["release_id"] for row in sorted(served, key=lambda row: row["published_at"])}
    kept = set(newest.values())
    return [
        row
        for row in rows
        if not row["pinned"] and row["release_id"] not in kept and (row["retired_at"] or row["published_at"]) < before
    ]


async def _collect(
    turn: Turn, row: Mapping[str, Any], used: Sequence[Usage], *, is_known: bool, dry_run: bool
) -> Collected | None:
    state = ReleaseState(row["state"])
    if state is ReleaseState.PENDING:
        collected = Collected(row["client"], row["name"], Why.NEVER_SERVED)
    elif used or not is_known:
        return None
    elif state is not ReleaseState.RETIRED:
        collected = Collected(row["client"], row["name"], Why.UNUSED)
    elif row["operations"]:
        collected = Collected(row["client"], row["name"], Why.ENDED, row["operations"])
    else:
        return None
    if not dry_run:
        if collected.why is Why.ENDED:
            await turn.writes.unlink(row["release_id"])
        else:
            await turn.writes.change_release(row["release_id"], {"state": "retired", "retired_at": turn.at})
        client = {"client_id": row["client_id"]}
        await turn.note("collect", client, row, why=collected.why.value, operations=collected.operations or None)
    return collected
