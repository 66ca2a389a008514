"""What the move from parent events to functions asks and writes, batch by batch.

Rows that others are writing are passed over and found by the next pass, so that nobody waits for a batch and no batch
for anybody. What is left to do is told by the rows themselves, so there is no place to remember: a move that was ended
at any point goes on where it is.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final, TypeAlias

from sqlalchemy import TextClause, insert, text
from sqlalchemy.ext.asyncio import AsyncConnection

from db.base import Base
from db.function_migration_models import FunctionRoot
from db.models import Function
from domain.function_migration import ParentEvent, Phase

Values: TypeAlias = Mapping[str, Any]

PORTION: Final = 100
"""Rows that one statement writes: of so few the trigger on changes still tells which, and caches drop no others."""

LOCK_TIMEOUT: Final = "250ms"
"""The longest that a batch waits for a lock; whoever came after it waits as long, at most."""

_TURN: Final = 0x66756E63
"""The advisory lock of whoever begins or ends a move."""

_NO_KEY: Final = uuid.UUID(int=0)

IS_PARENT: Final = """
    parent.parent_event_id IS NULL AND parent.deleted_at IS NULL AND (
        parent.type = ANY (CAST(:types AS text[]))
        OR EXISTS (
            SELECT FROM events AS child WHERE child.parent_event_id = parent.event_id AND child.deleted_at IS NULL
        )
    )
"""

FOLLOWS: Final = """
    child.function_id IS NULL AND child.organisation_id = parent.organisation_id
    AND parent.parent_event_id IS NULL AND parent.deleted_at IS NULL
"""

FUNCTION_STANDS: Final = """
    EXISTS (
        SELECT FROM functions WHERE functions.function_id = parent.function_id AND functions.deleted_at IS NULL
    )
"""

_PARENTS: Final = f"""
    SELECT event_id, organisation_id, title, slug, description, event_start, event_end, timezone, location, image_url,
        is_published, metadata
    FROM events AS parent
    WHERE event_id > :after AND function_id IS NULL AND {IS_PARENT}
    ORDER BY event_id LIMIT :limit
"""  # noqa: S608 - constants

_LOCKED: Final = " FOR NO KEY UPDATE OF parent SKIP LOCKED"

_CHILDREN: Final = f"""
    SELECT parent.event_id, count(*) AS children,
        max(
            CASE WHEN child.event_end > child.event_start THEN child.event_end - interval '1 microsecond'
                ELSE child.event_start END
        ) FILTER (WHERE child.deleted_at IS NULL) AS children_last
    FROM events AS parent JOIN events AS child ON child.parent_event_id = parent.event_id
    WHERE parent.event_id = ANY (CAST(:parents AS uuid[])) AND {FOLLOWS}
    GROUP BY parent.event_id
"""  # noqa: S608 - the same

_CHILDREN_OF: Final = f"""
    SELECT child.event_id, child.parent_event_id
    FROM events AS parent JOIN events AS child ON child.parent_event_id = parent.event_id
    WHERE parent.event_id = ANY (CAST(:parents AS uuid[])) AND {FOLLOWS}
    ORDER BY child.event_id LIMIT :limit
    FOR NO KEY UPDATE OF child SKIP LOCKED
"""  # noqa: S608 - the same

_STRAGGLERS: Final = f"""
    SELECT child.event_id, parent.function_id
    FROM events AS child JOIN events AS parent ON parent.event_id = child.parent_event_id
    WHERE child.event_id > :after AND {FOLLOWS} AND {FUNCTION_STANDS}
    ORDER BY child.event_id LIMIT :limit
    FOR NO KEY UPDATE OF child SKIP LOCKED FOR SHARE OF parent SKIP LOCKED
"""  # noqa: S608 - the same

_LINK: Final = """
    WITH linked AS (
        UPDATE events SET function_id = wanted.function_id
        FROM unnest(CAST(:events AS uuid[]), CAST(:functions AS uuid[])) AS wanted (event_id, function_id)
        WHERE events.event_id = wanted.event_id AND events.function_id IS NULL
        RETURNING events.event_id, events.function_id
    )
    INSERT INTO function_migration_changes (migration_id, table_name, row_id, column_name, after)
    SELECT :migration, 'events', event_id, 'function_id', function_id FROM linked
"""

_NOTE_MADE: Final = """
    INSERT INTO function_migration_changes (migration_id, table_name, row_id)
    SELECT :migration, 'functions', unnest(CAST(:functions AS uuid[]))
"""

_LEFT: Final = f"""
    SELECT
        (SELECT count(*) FROM events AS parent WHERE function_id IS NULL AND {IS_PARENT}) AS parents,
        (
            SELECT count(*) FROM events AS child JOIN events AS parent ON parent.event_id = child.parent_event_id
            WHERE {FOLLOWS} AND (parent.function_id IS NULL OR {FUNCTION_STANDS})
        ) AS children
"""  # noqa: S608 - the same

_LATEST: Final = """
    SELECT migration_id, phase, parent_types, started_at, migrated_at, ended_at, undone_to
    FROM function_migrations WHERE :or_undone OR phase <> 'ROLLED_BACK' ORDER BY started_at DESC LIMIT 1
"""

_WRITERS: Final = """
    SELECT virtualtransaction FROM pg_locks
    WHERE locktype = 'relation' AND relation = 'events'::regclass AND granted AND pid <> pg_backend_pid()
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND mode IN ('RowExclusiveLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
"""

_COUNTS: Final = """
    SELECT count(*) AS events, count(function_id) AS events_with_function FROM events WHERE deleted_at IS NULL
"""


@dataclass(frozen=True, slots=True)
class Migration:
    """A move, as it stands.

    Attributes:
        key: its own.
        phase: how far it has come.
        parent_types: types that make an event a parent.
        row: all that is stored of it.
    """

    key: uuid.UUID
    phase: Phase
    parent_types: tuple[str, ...]
    row: Values


@dataclass(frozen=True, slots=True)
class Left:
    """What a move has still to do: parent events without a function, and children that have not followed."""

    parents: int
    children: int

    def __bool__(self) -> bool:
        return bool(self.parents or self.children)


@dataclass(frozen=True, slots=True)
class Moves:
    """What a move asks and writes, in one transaction."""

    connection: AsyncConnection

    async def take_turn(self) -> None:
        """Let nobody else begin or end a move until the transaction ends."""
        await self.connection.execute(text("SELECT pg_advisory_xact_lock(:turn)"), {"turn": _TURN})

    async def wait_briefly(self) -> None:
        """Wait for no lock longer than `LOCK_TIMEOUT`, until the transaction ends."""
        await self.connection.execute(text("SELECT set_config('lock_timeout', :t, true)"), {"t": LOCK_TIMEOUT})

    async def only_read(self) -> None:
        """Write nothing, until the transaction ends."""
        await self.connection.execute(text("SET TRANSACTION READ ONLY"))

    async def writers(self) -> set[str]:
        """The transactions that are writing events."""
        return set((await self.connection.scalars(text(_WRITERS))).all())

    async def latest(self, *, or_undone: bool = False) -> Migration | None:
        """The move that was begun last; those that were rolled back do not count, unless asked for."""
        rows = await self._rows(text(_LATEST), or_undone=or_undone)
        return _migration(rows[0]) if rows else None

    async def hold(self, migration: uuid.UUID) -> Phase:
        """The phase of a move, which nobody changes until the transaction ends."""
        query = "SELECT phase FROM function_migrations WHERE migration_id = :migration FOR SHARE"
        return Phase(await self.connection.scalar(text(query), {"migration": migration}))

    async def begin(self, migration: uuid.UUID, types: Sequence[str]) -> None:
        """Note that a move begins."""
        await self.connection.execute(
            text(
                "INSERT INTO function_migrations (migration_id, phase, parent_types) "
                "VALUES (:migration, 'MIGRATING', CAST(:types AS text[]))"
            ),
            {"migration": migration, "types": list(types)},
        )

    async def go_on(self, migration: uuid.UUID, types: Sequence[str]) -> None:
        """Note that a move goes on, with these types of parents."""
        await self.connection.execute(
            text(
                "UPDATE function_migrations SET phase = 'MIGRATING', parent_types = CAST(:types AS text[]) "
                "WHERE migration_id = :migration"
            ),
            {"migration": migration, "types": list(types)},
        )

    async def enter(self, migration: uuid.UUID, phase: Phase) -> None:
        """Note how far a move has come, and when."""
        moment = {Phase.MIGRATED: "migrated_at", Phase.COMPLETE: "ended_at", Phase.ROLLED_BACK: "ended_at"}.get(phase)
        noted = f", {moment} = clock_timestamp()" if moment else ""
        await self.connection.execute(
            text(f"UPDATE function_migrations SET phase = :phase{noted} WHERE migration_id = :migration"),  # noqa: S608 - names above
            {"migration": migration, "phase": phase.value},
        )

    async def left(self, types: Sequence[str]) -> Left:
        """How much there is to do."""
        (row,) = await self._rows(text(_LEFT), types=list(types))
        return Left(row["parents"], row["children"])

    async def counts(self) -> Values:
        """How many events there are, and how many of them have a function."""
        (row,) = await self._rows(text(_COUNTS))
        return row

    async def parents(
        self, types: Sequence[str], after: uuid.UUID | None, limit: int, *, lock: bool = True
    ) -> list[ParentEvent]:
        """The next parent events that have no function, by their keys.

        Args:
            types: that make an event a parent.
            after: the key of the last one that was looked at.
            limit: how many, at most.
            lock: whether others may not write them until the transaction ends; those that others write are left out.
        """
        found = await self._rows(
            text(_PARENTS + (_LOCKED if lock else "")), types=list(types), after=after or _NO_KEY, limit=limit
        )
        keys = [row["event_id"] for row in found]
        children = {row["event_id"]: row for row in await self._rows(text(_CHILDREN), parents=keys)}
        return [_parent(row, children.get(row["event_id"])) for row in found]

    async def taken_slugs(self, slugs: Collection[str]) -> set[str]:
        """Those of the slugs that a function has."""
        query = "SELECT slug FROM functions WHERE slug = ANY (CAST(:slugs AS text[])) AND deleted_at IS NULL"
        return {row["slug"] for row in await self._rows(text(query), slugs=list(slugs))}

    async def make(self, migration: uuid.UUID, functions: Mapping[uuid.UUID, Values]) -> None:
        """Make a function of each event, which becomes one of the function's own.

        Args:
            migration: the move.
            functions: rows, by the key of the event; the events are locked.
        """
        rows = list(functions.values())
        keys = [row["function_id"] for row in rows]
        await self.connection.execute(insert(Base.metadata.tables[Function.__tablename__]), rows)
        await self.connection.execute(text(_NOTE_MADE), {"migration": migration, "functions": keys})
        await self.connection.execute(
            insert(FunctionRoot),
            [
                {"function_id": row["function_id"], "event_id": event, "migration_id": migration}
                for event, row in functions.items()
            ],
        )
        await self.link(migration, {event: row["function_id"] for event, row in functions.items()})

    async def link(self, migration: uuid.UUID, functions: Mapping[uuid.UUID, uuid.UUID]) -> int:
        """Put events into functions, unless they have one by now; how many were.

        Their version stays: nobody's change of an event is refused for it.
        """
        linked = 0
        pairs = iter(functions.items())
        while portion := list(islice(pairs, PORTION)):
            events, targets = zip(*portion, strict=True)
            values = {"migration": migration, "events": list(events), "functions": list(targets)}
            linked += (await self.connection.execute(text(_LINK), values)).rowcount
        return linked

    async def children_of(self, parents: Collection[uuid.UUID], limit: int) -> dict[uuid.UUID, uuid.UUID]:
        """The parents of events that will follow them, locked; those that others write are left out."""
        rows = await self._rows(text(_CHILDREN_OF), parents=list(parents), limit=limit)
        return {row["event_id"]: row["parent_event_id"] for row in rows}

    async def stragglers(self, after: uuid.UUID | None, limit: int) -> dict[uuid.UUID, uuid.UUID]:
        """The functions of events whose parent has one and that have not followed, locked, by the events' keys."""
        rows = await self._rows(text(_STRAGGLERS), after=after or _NO_KEY, limit=limit)
        return {row["event_id"]: row["function_id"] for row in rows}

    async def _rows(self, statement: TextClause, **values: object) -> list[Values]:
        return [dict(row) for row in (await self.connection.execute(statement, values)).mappings()]


def _migration(row: Values) -> Migration:
    return Migration(row["migration_id"], Phase(row["phase"]), tuple(row["parent_types"]), row)


def _parent(row: Values, children: Values | None) -> ParentEvent:
    return ParentEvent(
        event_id=row["event_id"],
        organisation_id=row["organisation_id"],
        title=row["title"],
        slug=row["slug"],
        description=row["description"],
        starts=row["event_start"],
        ends=row["event_end"],
        timezone=row["timezone"],
        location=row["location"],
        image_url=row["image_url"],
        is_published=row["is_published"],
        metadata=row["metadata"],
        children=children["children"] if children else 0,
        children_last=children["children_last"] if children else None,
    )
