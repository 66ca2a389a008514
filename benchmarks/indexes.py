"""What the indexes of events cost: their sizes, and what a new event writes and takes with all of them and with fewer.

Prints the figures of `docs/indexes.md`. Events are added many at a time, in transactions that are undone; CPU time is
that of PostgreSQL's process, of which the least of several rounds counts.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
from place import ends_in_order, place
from rich.console import Console
from rich.table import Table

from commands.seed import SeedPlan, seed
from db.bulk import vacuum_analyze
from db.database import DatabaseOptions, open_database
from db.models import Event
from db.urls import asyncpg_dsn

SIZES = """
SELECT coalesce(substring(indexrelname from '_(featured|any|drafts|search|page)'), 'keys') AS kind, count(*) AS indexes,
       sum(pg_relation_size(indexrelid)) / 1e6 AS megabytes
FROM pg_stat_user_indexes WHERE relname = 'events' GROUP BY kind ORDER BY megabytes DESC
"""

TABLE = "SELECT pg_table_size('events') / 1e6"

ADD = """
EXPLAIN (ANALYZE, WAL, FORMAT JSON)
INSERT INTO events (event_id, function_id, organisation_id, title, slug, description, event_start, timezone, location,
                    is_published, is_featured)
SELECT uuidv7(), function_id, organisation_id, title, slug || '-again', description, event_start, timezone, location,
       true, $1
FROM (SELECT * FROM events ORDER BY slug LIMIT $2) AS chosen
"""

WITHOUT = {
    "all": "^$",
    "without those by title and creation": "_(title|created_at)$",
    "without those for staff": "_(any|drafts)",
    "without the search": "_search$",
}
"""Which indexes are dropped, by their names."""


@dataclass(frozen=True, slots=True)
class Added:
    """What one new event comes to."""

    records: float
    kilobytes: float
    microseconds: float


async def add(connection: asyncpg.Connection[Any], dropped: str, count: int, *, featured: bool) -> Added:
    """Add events and undo it."""
    pid = connection.get_server_pid()
    transaction = connection.transaction()
    await transaction.start()
    try:
        for name in await connection.fetch(
            "SELECT indexname FROM pg_indexes WHERE indexname ~ $1", f"^ix_events.*{dropped}"
        ):
            await connection.execute(f"DROP INDEX {name[0]}")
        before = _on_cpu_seconds(pid)
        (plan,) = json.loads(await connection.fetchval(ADD, featured, count))
        spent = _on_cpu_seconds(pid) - before
    finally:
        await transaction.rollback()
    node = plan["Plan"]
    return Added(node["WAL Records"] / count, node["WAL Bytes"] / count / 1000, 1e6 * spent / count)


def _on_cpu_seconds(pid: int) -> float:
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9


async def bench(plan: SeedPlan, count: int, rounds: int) -> tuple[Table, Table]:
    """Measure on a database of its own."""
    async with place() as where:
        async with open_database(DatabaseOptions(where.database_url)) as database:
            await seed(database, plan)
            await vacuum_analyze(database, Event)
        connection = await asyncpg.connect(asyncpg_dsn(where.database_url), timeout=10, command_timeout=300)
        try:
            sizes = Table(title=f"{plan.counts.events:,} events: {await connection.fetchval(TABLE):.1f} MB")
            for column in ("indexes", "how many", "MB"):
                sizes.add_column(column, justify="left" if column == "indexes" else "right")
            for kind, many, megabytes in await connection.fetch(SIZES):
                sizes.add_row(kind, str(many), f"{megabytes:.1f}")
            added = Table(title="a new event")
            for column in ("with indexes", "WAL records", "kB", "CPU µs"):
                added.add_column(column, justify="left" if column == "with indexes" else "right")
            for name, dropped, featured in [
                *((*each, False) for each in WITHOUT.items()),
                ("all, featured", "^$", True),
            ]:
                # The first time, whole pages are written to the log; that is not the indexes' doing.
                turns = [await add(connection, dropped, count, featured=featured) for _ in range(rounds + 1)][1:]
                records, kilobytes = (min(getattr(each, of) for each in turns) for of in ("records", "kilobytes"))
                microseconds = min(each.microseconds for each in turns)
                added.add_row(name, f"{records:.1f}", f"{kilobytes:.2f}", f"{microseconds:.0f}")
        finally:
            await connection.close(timeout=10)
    return sizes, added


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small and short: shows that it works, not how much")
    quick = parser.parse_args(arguments).quick
    ends_in_order()
    plan = SeedPlan(functions=40 if quick else 4_000, events_per_function=50, tickets_per_event=1)
    for table in asyncio.run(bench(plan, 100 if quick else 2_000, 1 if quick else 15)):
        Console(width=None if sys.stdout.isatty() else 100).print(table)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
