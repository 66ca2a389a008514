"""A house that groups its events by parent events, and looks at what became of them."""

import datetime as dt
import itertools
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import asyncpg

from commands.function_migration.migrating import Migrated, migrate
from commands.function_migration.undoing import RolledBack, roll_back
from db.database import Database
from domain.audit import Actor
from domain.ids import uuid7

START = dt.datetime(2027, 5, 1, 18, tzinfo=dt.UTC)
OPERATOR = Actor("operator")

# What a move keeps for itself, what tells caches of changes, and what is only ever added to.
NOT_DUMPED = {
    "function_migrations",
    "function_migration_changes",
    "function_migration_runs",
    "function_roots",
    "row_changes",
    "audit_log",
}

Dump = dict[str, dict[str, str]]


@dataclass(slots=True)
class House:
    """One database, with one organisation unless a test asks for more."""

    database: Database
    plain: asyncpg.Connection
    home: uuid.UUID = field(default_factory=uuid7)
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    async def organisation(self, key: uuid.UUID | None = None) -> uuid.UUID:
        key = key or uuid7()
        slug = f"o-{next(self._numbers)}"
        return await self._insert("organisations", organisation_id=key, name=slug, slug=slug, timezone="UTC")

    async def event(self, slug: str = "", parent: uuid.UUID | None = None, **columns: object) -> uuid.UUID:
        slug = slug or f"e-{next(self._numbers)}"
        return await self._insert(
            "events",
            **{
                "event_id": uuid7(),
                "organisation_id": self.home,
                "title": slug.title(),
                "slug": slug,
                "event_start": START,
                "timezone": "Europe/Brussels",
                "is_published": True,
                "parent_event_id": parent,
                **columns,
            },
        )

    async def family(self, slug: str, *children: str, **columns: object) -> uuid.UUID:
        """A parent event with children, each called after it."""
        parent = await self.event(slug, **columns)
        for child in children:
            await self.event(f"{slug}-{child}", parent)
        return parent

    async def function(self, slug: str = "", **columns: object) -> uuid.UUID:
        slug = slug or f"f-{next(self._numbers)}"
        defaults = {"function_id": uuid7(), "name": slug.title(), "slug": slug, "timezone": "UTC", "is_active": True}
        return await self._insert("functions", **{**defaults, "organisation_id": self.home, **columns})

    async def _insert(self, table: str, **columns: object) -> uuid.UUID:
        places = ", ".join(f"${number}" for number in range(1, len(columns) + 1))
        statement = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({places})"  # noqa: S608 - names of a test
        await self.plain.execute(statement, *columns.values())
        key = next(iter(columns.values()))
        assert isinstance(key, uuid.UUID)
        return key

    async def migrate(self, **given: Any) -> Migrated:
        return await migrate(self.database, actor=OPERATOR, reason="To try.", **given)

    async def roll_back(self) -> RolledBack:
        return await roll_back(self.database, actor=OPERATOR, reason="To try.")

    async def groups(self) -> dict[str, set[str]]:
        """The slugs of each function's events, by the function's."""
        rows = await self.plain.fetch(
            "SELECT functions.slug, array_agg(events.slug) AS events FROM functions LEFT JOIN events "
            "USING (function_id) GROUP BY functions.function_id"
        )
        return {row["slug"]: {each for each in row["events"] if each} for row in rows}

    async def place(self, event: uuid.UUID) -> tuple[str | None, str | None]:
        """The slugs of an event's function and of its parent."""
        row = await self.plain.fetchrow(
            "SELECT functions.slug AS function, parent.slug AS parent FROM events "
            "LEFT JOIN functions USING (function_id) LEFT JOIN events AS parent "
            "ON parent.event_id = events.parent_event_id WHERE events.event_id = $1",
            event,
        )
        return row["function"], row["parent"]

    async def dump(self) -> Dump:
        """Every row of every table, by table and key."""
        tables = await self.plain.fetch("SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = $1", 2200)
        found: Dump = {}
        for name in sorted(row["relname"] for row in tables if row["relname"] not in NOT_DUMPED):
            rows = await self.plain.fetch(f"SELECT row::text AS row FROM {name} AS row")  # noqa: S608 - from the catalogue
            found[name] = {row["row"].strip("(").partition(",")[0]: row["row"] for row in rows}
        return found

    async def phases(self) -> list[str]:
        """How far each move has come, from the first to the last."""
        rows = await self.plain.fetch("SELECT phase FROM function_migrations ORDER BY started_at")
        return [row["phase"] for row in rows]


def without(dump: Dump, keys: Iterable[object]) -> Dump:
    """A dump without some rows."""
    gone = {str(key) for key in keys}
    return {table: {key: row for key, row in rows.items() if key not in gone} for table, rows in dump.items()}
