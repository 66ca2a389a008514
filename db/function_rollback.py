"""What going back from functions to parent events asks and writes, batch by batch, from the last change to the first.

A change is undone where the row still says what the change made it say. Whatever was made since stays; a function that
the move made goes, unless something that was made since needs it.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from db.base import Base
from db.function_migration import PORTION

LINKS: Final = ("function_id", "parent_event_id")
"""The columns of events that a move changes."""

_FROM_THE_END: Final = "coalesce(migration.undone_to, 9223372036854775807)"

_OF_OLD_EVENTS: Final = """
    change.table_name = 'events' AND change.column_name IS NOT NULL AND NOT EXISTS (
        SELECT FROM function_migration_changes AS made
        WHERE made.row_id = change.row_id AND made.column_name IS NULL AND made.migration_id = change.migration_id
    )
"""

_CHANGES: Final = f"""
    SELECT change_id, row_id, column_name, before, after
    FROM function_migrations AS migration JOIN function_migration_changes AS change USING (migration_id)
    WHERE migration_id = :migration AND change_id < {_FROM_THE_END} AND {_OF_OLD_EVENTS}
    ORDER BY change_id DESC LIMIT :limit
"""  # noqa: S608 - constants

_NEEDED: Final = """
    EXISTS (
        SELECT FROM events JOIN events AS root ON root.event_id = function_roots.event_id
        WHERE events.function_id = functions.function_id AND events.event_id <> root.event_id AND (
            events.external_id IS NOT NULL
            OR events.parent_event_id IS NULL AND events.organisation_id <> root.organisation_id
        )
    )
"""

_LOCK: Final = """
    SELECT FROM events WHERE event_id = ANY (CAST(:rows AS uuid[])) ORDER BY event_id FOR NO KEY UPDATE
"""

_ROOTS: Final = """
    SELECT functions.function_id FROM function_roots JOIN functions USING (function_id)
    WHERE migration_id = :migration ORDER BY functions.function_id LIMIT :limit FOR UPDATE OF functions
"""

# Made since, by a client that knows functions alone or when the hierarchies were in step no more: the event that the
# function was made of is its place in the old hierarchy.
_LEAVE: Final = """
    UPDATE events SET function_id = NULL, parent_event_id = coalesce(events.parent_event_id, leaving.root_id)
    FROM (
        SELECT events.event_id, root.event_id AS root_id
        FROM function_roots JOIN events USING (function_id)
            JOIN events AS root ON root.event_id = function_roots.event_id
        WHERE function_roots.function_id = ANY (CAST(:functions AS uuid[])) AND events.external_id IS NULL
            AND (
                events.parent_event_id IS NOT NULL
                OR events.event_id <> root.event_id AND events.organisation_id = root.organisation_id
            )
        ORDER BY events.event_id LIMIT :limit FOR NO KEY UPDATE OF events
    ) AS leaving
    WHERE events.event_id = leaving.event_id
"""


@dataclass(frozen=True, slots=True)
class Undone:
    """What a batch came to.

    Attributes:
        looked: how many changes it looked at; none where all is undone.
        undone: changes that are undone.
        kept: changes of rows that somebody has changed since without its being noted, and that stay so.
    """

    looked: int
    undone: int = 0
    kept: int = 0


@dataclass(slots=True)
class _Span:
    """A link from before the first of its changes until after the last, and how many they are."""

    before: uuid.UUID | None
    after: uuid.UUID | None
    changes: int = 0


@dataclass(frozen=True, slots=True)
class Rollbacks:
    """What going back asks and writes, in one transaction."""

    connection: AsyncConnection

    async def changes(self, migration: uuid.UUID) -> int:
        """How many changes of a move there are to undo."""
        query = f"""
            SELECT count(*) FROM function_migrations AS migration JOIN function_migration_changes AS change
            USING (migration_id)
            WHERE migration_id = :migration AND change_id < {_FROM_THE_END} AND {_OF_OLD_EVENTS}
        """  # noqa: S608 - constants
        return int(await self.connection.scalar(text(query), {"migration": migration}) or 0)

    async def outlook(self, migration: uuid.UUID) -> tuple[int, list[str]]:
        """How many functions would go, and the names of those that would stay."""
        others = [
            f"EXISTS (SELECT FROM {table} WHERE {table}.{column} = functions.function_id)"
            for table, column in referring()
            if table != "events"
        ]
        query = f"""
            SELECT name, {" OR ".join([*others, _NEEDED])} AS stays
            FROM function_roots JOIN functions USING (function_id) WHERE migration_id = :migration
            ORDER BY name, function_id
        """  # noqa: S608 - the same
        rows = (await self.connection.execute(text(query), {"migration": migration})).all()
        staying = [name for name, stays in rows if stays]
        return len(rows) - len(staying), staying

    async def moved(self, migration: uuid.UUID) -> int:
        """How many events clients had placed elsewhere, and go back too."""
        query = f"""
            SELECT count(DISTINCT row_id) FROM function_migration_changes AS change
            WHERE migration_id = :migration AND by_client AND {_OF_OLD_EVENTS}
        """  # noqa: S608 - constants
        return int(await self.connection.scalar(text(query), {"migration": migration}) or 0)

    async def undo(self, migration: uuid.UUID, limit: int) -> Undone:
        """Undo the last changes that are not undone, and note how far it is."""
        values = {"migration": migration, "limit": limit}
        found = [dict(row) for row in (await self.connection.execute(text(_CHANGES), values)).mappings()]
        if not found:
            return Undone(0)
        await self.connection.execute(text(_LOCK), {"rows": sorted({change["row_id"] for change in found})})
        undone = kept = 0
        for column in LINKS:
            spans = _spans(change for change in found if change["column_name"] == column)
            restored = await self._restore(column, spans)
            undone += sum(span.changes for row, span in spans.items() if row in restored)
            kept += sum(span.changes for row, span in spans.items() if row not in restored)
        await self.connection.execute(
            text("UPDATE function_migrations SET undone_to = :to WHERE migration_id = :migration"),
            {"migration": migration, "to": found[-1]["change_id"]},
        )
        return Undone(len(found), undone, kept)

    async def _restore(self, column: str, spans: Mapping[uuid.UUID, _Span]) -> set[uuid.UUID]:
        restored: set[uuid.UUID] = set()
        statement = f"""
            UPDATE events SET {column} = was.before
            FROM unnest(CAST(:rows AS uuid[]), CAST(:before AS uuid[]), CAST(:after AS uuid[]))
                AS was (event_id, before, after)
            WHERE events.event_id = was.event_id AND events.{column} IS NOT DISTINCT FROM was.after
            RETURNING events.event_id
        """  # noqa: S608 - one of `LINKS`
        items = iter(spans.items())
        while portion := list(islice(items, PORTION)):
            values = {
                "rows": [row for row, _ in portion],
                "before": [span.before for _, span in portion],
                "after": [span.after for _, span in portion],
            }
            restored.update((await self.connection.scalars(text(statement), values)).all())
        return restored

    async def made(self, migration: uuid.UUID, limit: int) -> list[uuid.UUID]:
        """Functions that the move made and that have not been looked at; nobody adds anything to them meanwhile."""
        values = {"migration": migration, "limit": limit}
        return list((await self.connection.scalars(text(_ROOTS), values)).all())

    async def empty(self, functions: Sequence[uuid.UUID], limit: int) -> bool:
        """Take events that were made since out of functions: they stand under their parent event.

        Returns:
            Whether that was all of them.
        """
        left = await self.connection.execute(text(_LEAVE), {"functions": list(functions), "limit": limit})
        return left.rowcount < limit

    async def remove(self, functions: Sequence[uuid.UUID]) -> list[str]:
        """Remove functions that nothing refers to; the names of those that stay."""
        values = {"functions": list(functions)}
        mine = "function_id = ANY (CAST(:functions AS uuid[]))"
        await self.connection.execute(text(f"DELETE FROM function_roots WHERE {mine}"), values)  # noqa: S608 - the same
        free = " AND ".join(
            f"NOT EXISTS (SELECT FROM {table} WHERE {table}.{column} = functions.function_id)"
            for table, column in referring()
        )
        await self.connection.execute(text(f"DELETE FROM functions WHERE {mine} AND {free}"), values)  # noqa: S608 - the same
        names = text(f"SELECT name FROM functions WHERE {mine} ORDER BY name, function_id")  # noqa: S608 - the same
        return list((await self.connection.scalars(names, values)).all())


def referring() -> list[tuple[str, str]]:
    """Tables and columns that refer to functions, but for the ones that a rollback clears."""
    return [
        (table.name, key.parent.name)
        for table in Base.metadata.sorted_tables
        for key in table.foreign_keys
        if key.column.table.name == "functions" and table.name != "function_roots"
    ]


def _spans(changes: Iterator[Mapping[str, Any]]) -> dict[uuid.UUID, _Span]:
    """The links of rows; the changes come from the last to the first."""
    spans: dict[uuid.UUID, _Span] = {}
    for change in changes:
        span = spans.setdefault(change["row_id"], _Span(None, change["after"]))
        span.before = change["before"]
        span.changes += 1
    return spans
