"""Moving parent events to functions, and back, while somebody writes: rows a second, and how long rows were held.

Beside it in the same run: the same writes while nothing else goes on, and one `UPDATE` of all rows at once.
"""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import itertools
import json
import sys
import time
import uuid
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass

import asyncpg
import uvloop
from place import ends_in_order, place
from rich.console import Console
from rich.table import Table

from commands.function_migration.migrating import migrate
from commands.function_migration.undoing import roll_back
from db.bulk import begin_bulk_load, vacuum_analyze
from db.database import Database, DatabaseOptions, open_database
from db.models import Event, Organisation
from domain.audit import Actor
from domain.ids import uuid7

FAMILY = 100
"""Events under one parent, itself included."""

COLUMNS = (
    "event_id", "organisation_id", "parent_event_id", "title", "slug", "event_start", "timezone", "is_published"
)  # fmt: skip

START = dt.datetime(2027, 1, 1, tzinfo=dt.UTC)
ACTOR = Actor("benchmark")


@dataclass(frozen=True, slots=True)
class Figure:
    """How one step went.

    Attributes:
        name: the step.
        rows: how many it wrote.
        seconds: how long it took.
        held_ms: the longest that one of its transactions kept rows; None where it was not told.
        writes: how many writes somebody else made meanwhile.
        longest_write_ms: the longest of those.
    """

    name: str
    rows: int
    seconds: float
    held_ms: float | None
    writes: int
    longest_write_ms: float


class Writer:
    """Somebody who changes the title of one event after the other."""

    def __init__(self, events: Sequence[uuid.UUID]) -> None:
        self.events = events
        self.writes, self.longest = 0, 0.0

    @asynccontextmanager
    async def at_work(self, url: str) -> AsyncIterator[None]:
        """Write within the block."""
        self.writes, self.longest = 0, 0.0
        over = asyncio.Event()
        connection = await asyncpg.connect(url, timeout=10)

        async def write() -> None:
            for event in itertools.cycle(self.events):
                if over.is_set():
                    return
                begun = time.perf_counter()
                await connection.execute("UPDATE events SET location = 'Hall' WHERE event_id = $1", event)
                self.longest = max(self.longest, time.perf_counter() - begun)
                self.writes += 1
                await asyncio.sleep(0.005)

        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(write())
                yield
                over.set()
        finally:
            await connection.close(timeout=10)


async def bench(events: int) -> list[Figure]:
    """Measure on a database of its own."""
    figures = []
    async with place() as where, open_database(DatabaseOptions(where.database_url, timeout=600)) as database:
        writer = Writer(await fill(database, events))
        async with writer.at_work(where.database_url):
            await asyncio.sleep(1)
        figures.append(_figure("nothing else", 0, 1, None, writer))

        begun = time.perf_counter()
        async with writer.at_work(where.database_url):
            done = await migrate(database, actor=ACTOR, reason="To measure.")
        figures.append(_figure("migrate", done.events, time.perf_counter() - begun, done.longest, writer))

        begun = time.perf_counter()
        async with writer.at_work(where.database_url):
            back = await roll_back(database, actor=ACTOR, reason="To measure.")
        figures.append(_figure("roll back", back.undone, time.perf_counter() - begun, None, writer))

        begun = time.perf_counter()
        async with writer.at_work(where.database_url), database.write() as connection:
            at_once = "UPDATE events SET function_id = NULL WHERE function_id IS NULL"
            rows = (await connection.exec_driver_sql(at_once)).rowcount
        seconds = time.perf_counter() - begun
        figures.append(_figure("one UPDATE of all", rows, seconds, seconds, writer))
    return figures


def _figure(name: str, rows: int, seconds: float, held: float | None, writer: Writer) -> Figure:
    return Figure(name, rows, seconds, None if held is None else 1000 * held, writer.writes, 1000 * writer.longest)


async def fill(database: Database, events: int) -> list[uuid.UUID]:
    """Put in families of events; some of the keys."""
    organisation, keys = uuid7(), []

    def rows() -> Iterator[tuple[object, ...]]:
        for family in range(events // FAMILY):
            parent = uuid7()
            for place_ in range(FAMILY):
                key = uuid7() if place_ else parent
                if place_ == FAMILY // 2:
                    keys.append(key)
                title, start = f"Event {family}-{place_}", START + dt.timedelta(minutes=family * FAMILY + place_)
                yield (
                    key, organisation, parent if place_ else None, title, f"e-{family}-{place_}", start, "UTC", True
                )  # fmt: skip

    async with database.write() as connection:
        load = await begin_bulk_load(connection)
        house = (organisation, "House", "house", "UTC")
        await load.copy(Organisation, ("organisation_id", "name", "slug", "timezone"), [house])
        await load.copy(Event, COLUMNS, rows())
    await vacuum_analyze(database, Event)
    return keys


def table_of(figures: Sequence[Figure]) -> Table:
    """The figures as people read them."""
    table = Table(title="moving parent events to functions, while somebody writes one event after the other")
    table.add_column("step")
    for column in ("rows", "s", "rows/s", "longest transaction, ms", "writes meanwhile", "longest write, ms"):
        table.add_column(column, justify="right")
    for each in figures:
        table.add_row(
            each.name,
            f"{each.rows:,}",
            f"{each.seconds:.1f}",
            f"{each.rows / each.seconds:,.0f}",
            "" if each.held_ms is None else f"{each.held_ms:,.0f}",
            f"{each.writes:,}",
            f"{each.longest_write_ms:,.0f}",
        )
    return table


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000, help="how many, in families of a hundred")
    parser.add_argument("--quick", action="store_true", help="small and short: shows that it works, not how fast")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON instead of a table")
    options = parser.parse_args(arguments)
    ends_in_order()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        figures = runner.run(bench(2_000 if options.quick else options.events))
    if options.json:
        print(json.dumps([asdict(figure) for figure in figures]))
    else:
        Console(width=None if sys.stdout.isatty() else 140).print(table_of(figures))
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
