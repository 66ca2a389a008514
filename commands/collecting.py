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
    return await change(database, author, lambda turn: collect_in(turn, unused_for=unused_for, dry_run=dry_run))


async def collect_in(turn: Turn, *, unused_for: dt.timedelta, dry_run: bool = False) -> tuple[Collected, ...]:
    """The same, within a transaction."""
    before = turn.at - unused_for
    used, first = await turn.writes.releases_used(since=before), await turn.writes.usage_known_since()
    is_known = first is not None and first <= before + SLACK
    found = []
    for row in _collectable(await turn.writes.releases(), before):
        why = _why(row, is_used=not is_known or (row["client"], row["name"]) in used)
        if why is not None:
            found.append(Collected(row["client"], row["name"], why, row["operations"] if why is Why.ENDED else 0))
            if not dry_run:
                await _collect(turn, row, why)
    if not dry_run and any(each.operations for each in found):
        await turn.writes.forget_operations()
    return tuple(found)


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


def _why(row: Mapping[str, Any], *, is_used: bool) -> Why | None:
    state = ReleaseState(row["state"])
    if state is ReleaseState.PENDING:
        return Why.NEVER_SERVED
    if is_used:
        return None
    if state is not ReleaseState.RETIRED:
        return Why.UNUSED
    return Why.ENDED if row["operations"] else None


async def _collect(turn: Turn, row: Mapping[str, Any], why: Why) -> None:
    if why is Why.ENDED:
        await turn.writes.unlink(row["release_id"])
    else:
        await turn.writes.change_release(row["release_id"], {"state": "retired", "retired_at": turn.at})
    client, let_go = {"client_id": row["client_id"]}, row["operations"] if why is Why.ENDED else None
    await turn.note("collect", client, row, why=why.value, operations=let_go)
