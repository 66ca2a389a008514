"""A desk that imports schedules, and looks at the rows that they left."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg

from commands.import_schedules import ImportCounts, Source, Tally, import_source, source_of
from db.database import Database
from db.models import Base
from integrations.schedules.read import read_schedule
from tests.integrations.schedules.writing import frab

NOTHING = Tally()


def source(*files: bytes, name: str = "moot.json", zone: str | None = None) -> Source:
    """A source of files that are all called alike."""
    return source_of(name, [read_schedule(name, data, default_zone=zone) for data in files])


def topics(files: Mapping[str, bytes], name: str = "lists") -> Source:
    """A source of conference lists, by topic."""
    return source_of(name, [read_schedule(f"{topic}.json", data) for topic, data in files.items()])


def talk(guid: str, title: str = "", **given: Any) -> dict[str, Any]:
    return {"guid": guid, "title": title or f"Talk {guid}", "start": "10:00", "duration": "01:00", **given}


def moot(*talks: dict[str, Any], year: int = 2024, **conference: Any) -> bytes:
    """An edition of the Moot, in Berlin."""
    return frab(*talks, day={"date": f"{year}-05-04"}, **({"acronym": "moot", "title": "The Moot"} | conference))


def conference(host: str, **given: Any) -> dict[str, Any]:
    name = host.partition(".")[0].title()
    return {"name": name, "url": f"https://{host}", "startDate": "2024-06-01", "endDate": "2024-06-02", **given}


def listing(*conferences: dict[str, Any]) -> bytes:
    return json.dumps(conferences).encode()


@dataclass(frozen=True, slots=True)
class Desk:
    """Imports into a database of its own."""

    database: Database
    plain: asyncpg.Connection

    async def __call__(self, taken: Source, organisation: str = "Moots", timezone: str | None = None) -> ImportCounts:
        return await import_source(self.database, taken, organisation=organisation, timezone=timezone)

    async def sql(self, statement: str, *values: object) -> Sequence[asyncpg.Record]:
        return await self.plain.fetch(statement, *values)

    async def until_somebody_waits(self) -> None:
        """Until a transaction of this database waits for a lock that another one holds."""
        waiting = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        async with asyncio.timeout(20):
            while not await self.sql(waiting):  # noqa: ASYNC110 - the database has no event to wait for
                await asyncio.sleep(0.01)

    async def functions(self) -> dict[str, asyncpg.Record]:
        """Those that are not deleted, by external id; of one organisation."""
        rows = await self.sql("SELECT * FROM functions WHERE deleted_at IS NULL")
        return {row["external_id"]: row for row in rows}

    async def events(self) -> dict[str, asyncpg.Record]:
        """Those that are not deleted, by external id without its kind; of one function."""
        rows = await self.sql("SELECT * FROM events WHERE deleted_at IS NULL")
        return {row["external_id"].partition(":")[2]: row for row in rows}

    async def topics(self) -> dict[str, list[str]]:
        """The topics of each conference, by name."""
        return {row["name"]: json.loads(row["metadata"])["topics"] for row in (await self.functions()).values()}

    async def rows(self, *system: str) -> dict[str, list[str]]:
        """Every row of every table, and what PostgreSQL itself notes of it."""
        columns = ", ".join(f"{each}::text" for each in ("t", *system))
        found = {}
        for table in Base.metadata.sorted_tables:
            rows = await self.sql(f'SELECT {columns} FROM "{table.name}" AS t')  # noqa: S608 - names from the models
            found[table.name] = sorted(str(tuple(row)) for row in rows)
        return found

    async def touched(self) -> dict[str, list[str]]:
        """Every row, with where it lies and the transactions that wrote and locked it."""
        return await self.rows("ctid", "xmin", "xmax")
