"""The three statements of the nested list, executed by asyncpg as compiled text and by SQLAlchemy's async Core.

Same SQL, same rows, one process, one request at a time: what is left is what the layers above the driver cost. Prints a
table; `docs/decisions/0003-statements.md` says what was decided from it.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import time
import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import asyncpg
from place import ends_in_order, place
from rich.console import Console
from rich.table import Table
from sqlalchemy import CursorResult, Select, select
from sqlalchemy.ext.asyncio import AsyncConnection

from commands.seed import SeedPlan, seed
from db.database import READING_SETTINGS, Database, DatabaseOptions, ReadConnection, Reader, open_database
from db.models import Event, Ticket
from db.rows import Row
from db.statement import Statement, compile_statement
from db.statements import events, functions, tickets
from db.statements.paging import PageShape, for_each_parent, keyset_page, page_statement
from db.urls import asyncpg_dsn
from db.visibility import ROWS

FUNCTIONS, EVENTS, TICKETS = 20, 5, 4

WARM_UP = 20
"""Rounds that are not counted: they compile and prepare."""

Fetch = Callable[[int, Mapping[str, Any]], Awaitable[Sequence[Mapping[str, Any]]]]
"""Runs the statement of a level, 0 to 2, with values for its parameters."""


@dataclass(frozen=True, slots=True)
class Level:
    """A statement in both forms."""

    compiled: Statement[Any]
    clause: Select[Any]


def levels() -> list[Level]:
    """The statements, with a proof that both forms are the same text."""
    by_start = PageShape(events.keyset(events.EventOrder.EVENT_START))
    by_position = PageShape(tickets.BY_POSITION)
    visible_tickets = cast("Select[Any]", select(*tickets.COLUMNS.public).where(ROWS.public.tickets))
    visible_events: Select[Any] = select(*events.COLUMNS.public).where(ROWS.public.events)
    listing = events.listing(events.EventScope.FUNCTION, events.EventFilter())
    found = [
        Level(
            page_statement(functions.listing(functions.FunctionScope.ALL), PageShape(functions.BY_START)),
            keyset_page(select(*functions.COLUMNS.public).where(ROWS.public.functions), PageShape(functions.BY_START)),
        ),
        Level(
            page_statement(listing, by_start),
            for_each_parent(lambda parent: keyset_page(visible_events.where(Event.function_id == parent), by_start)),
        ),
        Level(
            page_statement(tickets.OF_EVENT.public, by_position),
            for_each_parent(lambda parent: keyset_page(visible_tickets.where(Ticket.event_id == parent), by_position)),
        ),
    ]
    for each in found:
        assert compile_statement("", each.clause, each.compiled.row).text == each.compiled.text
    return found


async def nested_list(fetch: Fetch) -> int:
    """Fetch the nested list, level by level, and read what a client would see; how many rows it has."""
    first = await fetch(0, {"limit": FUNCTIONS})
    parents: list[uuid.UUID] = [row["function_id"] for row in first]
    second = await fetch(1, {"limit": EVENTS, "parents": parents})
    parents = [row["event_id"] for row in second]
    third = await fetch(2, {"limit": TICKETS, "parents": parents})
    shown = [
        *((row["function_id"], row["name"]) for row in first),
        *((row["event_id"], row["title"], row["event_start"]) for row in second),
        *((row["ticket_id"], row["name"], row["price_amount"], row["price_currency"]) for row in third),
    ]
    return len(shown)


@dataclass(frozen=True, slots=True)
class Cost:
    """Median milliseconds for the nested list: on the clock, and of this process's CPU."""

    elapsed: float
    cpu: float


async def measure(database: Database, pool: asyncpg.Pool[Row], rounds: int) -> dict[str, Cost]:
    """What each way costs, with rounds in which each has its turn; `pool` is asyncpg's own, with nothing around it."""
    found = levels()
    reader: Reader
    held: AsyncConnection

    async def driver_held(level: int, values: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
        return await reader.fetch(found[level].compiled, values)

    async def driver_borrowed(level: int, values: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
        return await database.fetch(found[level].compiled, values)

    async def driver_pooled(level: int, values: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
        async with pool.acquire() as connection:
            return await Reader(connection, None).fetch(found[level].compiled, values)

    async def core_held(level: int, values: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
        return _mappings(await held.execute(found[level].clause, dict(values)))

    async def core_borrowed(level: int, values: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
        async with database.writing.connect() as connection:
            return _mappings(await connection.execute(found[level].clause, dict(values)))

    ways: dict[str, Fetch] = {
        "asyncpg, one connection held": driver_held,
        "asyncpg, a connection handed from statement to statement": driver_borrowed,
        "asyncpg, a connection of its pool for each statement": driver_pooled,
        "SQLAlchemy Core, one connection held, autocommit": core_held,
        "SQLAlchemy Core, a connection borrowed for each statement": core_borrowed,
    }
    elapsed: dict[str, list[float]] = {name: [] for name in ways}
    cpu: dict[str, list[float]] = {name: [] for name in ways}
    async with database.read() as reader, database.writing.connect() as plain:
        held = await plain.execution_options(isolation_level="AUTOCOMMIT")
        for number in range(WARM_UP + rounds):
            for name, fetch in ways.items():
                started, cpu_started = time.perf_counter(), time.process_time()
                rows = await nested_list(fetch)
                if number >= WARM_UP:
                    elapsed[name].append(1000 * (time.perf_counter() - started))
                    cpu[name].append(1000 * (time.process_time() - cpu_started))
                assert rows == FUNCTIONS * (1 + EVENTS * (1 + TICKETS)), f"{rows} rows"
    return {name: Cost(statistics.median(elapsed[name]), statistics.median(cpu[name])) for name in ways}


def _mappings(result: CursorResult[Any]) -> Sequence[Mapping[str, Any]]:
    """Rows that are read by column name, as asyncpg's are."""
    return cast("Sequence[Mapping[str, Any]]", result.mappings().all())


async def bench(rounds: int) -> dict[str, Cost]:
    """Measure on a database of its own."""
    plan = SeedPlan(functions=200, events_per_function=30, tickets_per_event=TICKETS)
    async with (
        place() as where,
        open_database(DatabaseOptions(where.database_url)) as database,
        asyncpg.create_pool(
            asyncpg_dsn(where.database_url),
            min_size=0,
            connection_class=cast("type[asyncpg.Connection[Row]]", ReadConnection),
            server_settings=READING_SETTINGS,
            record_class=Row,
        ) as pool,
    ):
        await seed(database, plan)
        return await measure(database, pool, rounds)


def table_of(costs: Mapping[str, Cost]) -> Table:
    """The figures as people read them."""
    base = next(iter(costs.values()))
    table = Table(title="three statements, 520 rows, one request at a time", caption="times: of the first line")
    table.add_column("executed by")
    for column in ("ms", "times", "CPU ms here", "times"):
        table.add_column(column, justify="right")
    for name, each in costs.items():
        table.add_row(
            name,
            f"{each.elapsed:.2f}",
            f"{each.elapsed / base.elapsed:.2f}",
            f"{each.cpu:.2f}",
            f"{each.cpu / base.cpu:.2f}",
        )
    return table


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=500, help="how often each way is measured")
    options = parser.parse_args()
    ends_in_order()
    Console(width=None if sys.stdout.isatty() else 120).print(table_of(asyncio.run(bench(options.rounds))))
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
