"""Measure the API beside its peers on the same tables, and print tables.

Starts a PostgreSQL and a Valkey of its own, seeds, serves, loads over the loopback, and removes everything again.
"""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import json
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from authorisation import TURNS
from authorisation import Cost as Authorised
from cached import cached
from charged import charged
from contest import Pace, Standing, contest
from contestants import OURS, Kind, all_served, asked_by_slug, asked_nested, prepare, publish, versions
from depth import depth
from document import write
from figures import Report, summary_of, tables_of
from growth import growth
from persisted import persisted
from place import BARE, Place, boxoffice_settings, ends_in_order, place
from questions import BY_SLUG_SQL, NESTED_SQL
from rich.console import Console
from rows import SIDE, Cost, Costs, Pair
from selling import selling

from commands.seed import SeedPlan, seed
from db.database import DatabaseOptions, open_database

Tell = Callable[[str], None]

SLUGS = 50
"""How many functions are asked for by slug, in turn."""

_BENCHMARKS = Path(__file__).resolve().parent
_PROGRAM_SECONDS = 180.0


@dataclass(frozen=True, slots=True)
class Size:
    """How much there is, and how long it is measured."""

    shown: SeedPlan
    """What the nested list and the slugs show: first by date."""
    bulk: SeedPlan
    """What makes the tables large."""
    rows_before: int
    pace: Pace
    """For the contests that bars stand on."""
    brief: Pace
    """For the others."""
    stage_seconds: float
    side: int
    """Of the square of rows in process."""
    row_rounds: int
    turns: int
    """Of whoever asks with authorisation and without it."""
    sold: Pace
    """For registrations."""


FULL = Size(
    SeedPlan(functions=200, events_per_function=50, tickets_per_event=4, random_seed=1),
    SeedPlan(functions=21_000, events_per_function=50, random_seed=2, first_day=dt.date(2030, 1, 1)),
    rows_before=1_000_000,
    pace=Pace(rounds=5, seconds=2.5),
    brief=Pace(rounds=3, seconds=1.5),
    stage_seconds=4.0,
    side=SIDE,
    row_rounds=9,
    turns=TURNS,
    sold=Pace(rounds=3, seconds=5.0),
)
QUICK = Size(
    SeedPlan(functions=110, events_per_function=24, tickets_per_event=4, random_seed=1),
    SeedPlan(functions=50, events_per_function=50, random_seed=2, first_day=dt.date(2030, 1, 1)),
    rows_before=2_000,
    pace=Pace(rounds=1, seconds=0.1),
    brief=Pace(rounds=1, seconds=0.05),
    stage_seconds=0.1,
    side=20,
    row_rounds=1,
    turns=1,
    sold=Pace(rounds=1, seconds=0.2),
)


async def bench(size: Size, tell: Tell) -> Report:
    """Measure everything once."""
    busy = os.getloadavg()[0]
    costs = await _costs(size, tell)
    authorised = await _authorised(size, tell)
    async with place() as where:
        tell(f"seeding {size.bulk.counts}")
        seconds = await _seed(where, size)
        tell("getting the peers ready")
        key = await publish(where)
        kinds = await prepare(where, key)
        slugs = await _slugs(where)
        stages = await _stages(where, [key, *slugs], size, tell)
        async with all_served(where, kinds, 1) as served:
            nested = await contest(asked_nested(kinds, served), size.pace, tell)
            by_slug = await contest(asked_by_slug(kinds, served, slugs, key), size.pace, tell)
            ours = served[OURS][0]
            grown = await growth(ours, size.brief, tell)
            deep = await depth(where, ours, size.rows_before, size.brief, tell)
        paid = await charged(where, slugs[0], size.brief, tell)
        nested_by_two, by_slug_by_two = await _by_two(where, kinds, slugs, key, size.brief, tell)
        kept = await cached(where, slugs[0], size.pace, tell)
        published = await persisted(where, slugs[0], key, size.brief, tell)
        registered = await selling(where, size.sold, tell)
        made_of = {**await asyncio.to_thread(versions), "PostgreSQL": await _postgres_version(where)}
    return Report(
        busy,
        size.bulk.counts,
        seconds,
        nested,
        by_slug,
        nested_by_two,
        by_slug_by_two,
        kept,
        published,
        deep,
        grown,
        costs,
        stages,
        made_of,
        paid,
        authorised,
        registered,
    )


async def _costs(size: Size, tell: Tell) -> Costs:
    tell("both executors over the same rows, in process")
    found = await _program("rows.py", ["--json", "--rounds", str(size.row_rounds), "--side", str(size.side)], {})
    read, awaited = (Pair(Cost(**found[how]["ours"]), Cost(**found[how]["core"])) for how in ("read", "awaited"))
    return Costs(read, awaited, found["answer_megabytes"])


async def _authorised(size: Size, tell: Tell) -> Mapping[str, Authorised]:
    tell("the nested list with authorisation and without it, in process")
    found = await _program("authorisation.py", ["--json", "--rounds", str(size.turns)], {})
    return {name: Authorised(**each) for name, each in found.items()}


async def _stages(where: Place, asked: Sequence[str], size: Size, tell: Tell) -> Mapping[str, Mapping[str, float]]:
    tell("the stages of an answer")
    found = await _program(
        "stages.py", ["--seconds", str(size.stage_seconds), *asked], boxoffice_settings(where), where.folder
    )
    return {question: {stage: float(spent) for stage, spent in stages.items()} for question, stages in found.items()}


async def _by_two(
    where: Place, kinds: Sequence[Kind], slugs: Sequence[str], key: str, pace: Pace, tell: Tell
) -> tuple[Sequence[Standing], Sequence[Standing]]:
    async with all_served(where, kinds, 2) as served:
        return (
            await contest(asked_nested(kinds, served), pace, tell),
            await contest(asked_by_slug(kinds, served, slugs, key), pace, tell),
        )


async def _program(name: str, arguments: Sequence[str], settings: Mapping[str, str], folder: Path | None = None) -> Any:  # noqa: ANN401 - JSON
    """What a program of this folder prints as JSON, run in a process of its own.

    Raises:
        RuntimeError: it failed; the message has what it complained of.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(_BENCHMARKS / name),
        *arguments,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**BARE, **settings},
        cwd=folder,
    )
    try:
        async with asyncio.timeout(_PROGRAM_SECONDS):
            output, errors = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0:
        raise RuntimeError(f"{name} ended with {process.returncode}: {errors.decode(errors='replace').strip()}")
    return json.loads(output)


async def _seed(where: Place, size: Size) -> float:
    """Fill the tables; how many seconds the bulk took, which came first, on empty tables."""
    async with open_database(DatabaseOptions(where.database_url)) as database:
        started = time.perf_counter()
        await seed(database, size.bulk)
        seconds = time.perf_counter() - started
        await seed(database, size.shown)
    return seconds


async def _slugs(where: Place) -> list[str]:
    rows = await _fetch(where, "SELECT slug FROM functions ORDER BY sort_date, function_id LIMIT $1", SLUGS)
    return [row["slug"] for row in rows]


async def _postgres_version(where: Place) -> str:
    (row,) = await _fetch(where, "SHOW server_version")
    return str(row["server_version"])


async def _fetch(where: Place, text: str, *arguments: object) -> Sequence[Any]:
    async with open_database(DatabaseOptions(where.database_url)) as database, database.read() as reader:
        return await reader.connection.fetch(text, *arguments)


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small and short: shows that it works, not how fast")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON instead of tables")
    parser.add_argument("--sql", action="store_true", help="print the hand-written statements, and measure nothing")
    parser.add_argument("--write", action="store_true", help="write docs/performance.md and its chart, too")
    options = parser.parse_args()
    if options.sql:
        print(NESTED_SQL, BY_SLUG_SQL, sep="\n")
        return 0
    if options.write and options.quick:
        parser.error("what --quick measures is not worth writing down")
    ends_in_order()
    progress = Console(stderr=True)
    report = asyncio.run(bench(QUICK if options.quick else FULL, lambda what: progress.print(f"· {what}", style="dim")))
    if options.json:
        print(json.dumps(summary_of(report), indent=2))
    else:
        Console(width=140 if not sys.stdout.isatty() else None).print(tables_of(report))
    if options.write:
        write(report)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
