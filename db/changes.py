"""Reading what changed, and removing what everybody has read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy import delete

from db.change_models import RowChange
from db.database import Database
from db.statements.changes import SINCE
from domain.changes import Change, Snapshot, read_snapshot

NOTHING: Final = Snapshot(1, 1)
"""The snapshot that sees nothing: since then is all that there is."""


@dataclass(frozen=True, slots=True)
class News:
    """What was found when it was looked for changes.

    Attributes:
        snapshot: which transactions were visible.
        server: which database it was, and since when its server runs: numbers of transactions mean nothing elsewhere.
        changes: that had become visible.
    """

    snapshot: Snapshot
    server: str
    changes: list[Change]


async def read_changes(database: Database, since: Snapshot) -> News:
    """What has become visible since a snapshot.

    Raises:
        OSError, TimeoutError, …: the database is away (`db.failures`), or was never migrated.
    """
    rows = await database.fetch(SINCE, {"snapshot": str(since)})
    changes = [
        Change(
            row["transaction"],
            row["subject"],
            None if row["keys"] is None else tuple(row["keys"]),
            tuple(row["owners"] or ()),
        )
        for row in rows
        if row["transaction"] is not None
    ]
    return News(read_snapshot(rows[0]["snapshot"]), rows[0]["server"], changes)


async def remove_changes(database: Database, before: int) -> None:
    """Remove the lines of transactions below a number."""
    async with database.write() as connection:
        await connection.execute(delete(RowChange).where(RowChange.transaction < before))
