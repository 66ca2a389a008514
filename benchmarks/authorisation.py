"""What authorisation costs: the nested list in process, with it and without it, in turns.

Without it, the owner of the tables reads as before there were roles: no row-level security, and the viewer is anyone.
With it, reads go under the roles that serve: once for anyone, and once for staff of an organisation, whose statements
look at all rows. The answers have the same rows, and are written as JSON; HTTP is not measured. Time is this process's
CPU time and that of the PostgreSQL processes behind its connections, and the time on the clock: of each the least of
many short turns, since others on the machine can only lengthen it.
"""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import gc
import json
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import uvloop
from graphql import ExecutionResult
from place import ends_in_order, place
from questions import NESTED
from rich.console import Console
from rich.table import Table

from auth.viewer import ANONYMOUS, Membership, OrgRole, Role, Viewer
from commands.seed import SeedPlan, seed
from db.database import Database, DatabaseOptions, open_database
from db.deployment import Within
from domain.flags import USE_FUNCTIONS
from domain.ids import uuid7
from execution.engine import Engine, PreparedOperation
from integrations.feature_flags import Evaluations
from persisted_queries.documents import prepare_document
from resolvers.context import Context
from schema import graphql_schema
from schema.describe import describe, tell
from server.http.answer import encode

OFF, ANYONE, STAFF = "off", "on, for anyone", "on, for staff"

BARS = {ANYONE: 10, STAFF: 25}
"""By how many hundredths of the CPU time authorisation may lengthen the answer."""

TURNS = 120
"""How many turns each way has, if nothing else is said."""

WARM_UP = 30
"""Rounds that are not counted: they compile and prepare."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Milliseconds of an answer, at the least: on the clock, of CPU, and what of that is PostgreSQL's."""

    elapsed: float
    cpu: float
    database_cpu: float


@dataclass(frozen=True, slots=True)
class Way:
    """Who asks, through which connections; which flag is evaluated for them, and what the deployment shows."""

    database: Database
    viewer: Viewer
    evaluate: Callable[[], Evaluations] | None = None
    within: Within | None = None


class NotTheSame(Exception):
    """The ways answered differently."""


async def measure(ways: Mapping[str, Way], rounds: int, burst: int = 10) -> dict[str, Cost]:
    """What each way costs, with rounds in which each has its turn.

    Args:
        ways: by name.
        rounds: how many turns each has.
        burst: how many answers a turn is.

    Raises:
        NotTheSame: the answers differ.
    """
    engine, operation = await ready(ways)
    turns: dict[str, list[Cost]] = {name: [] for name in ways}
    warm_up = min(WARM_UP, rounds)
    for number in range(warm_up + rounds):
        for name, way in ways.items():
            took = await turn(engine, operation, way, burst)
            if number >= warm_up:
                turns[name].append(took)
    return {name: _least(each) for name, each in turns.items()}


async def ready(ways: Mapping[str, Way]) -> tuple[Engine[Context], PreparedOperation]:
    """The nested list, prepared, and known to be the same every way.

    Raises:
        NotTheSame: the answers differ.
    """
    engine = Engine(graphql_schema(), describe, tell)
    document = prepare_document(graphql_schema(), NESTED)
    operation = engine.prepare(document.document, document.operation(None))
    answers = {name: await _ask(engine, operation, way) for name, way in ways.items()}
    if any(answer.errors or encode(answer.data) != encode(answers[OFF].data) for answer in answers.values()):
        raise NotTheSame("the nested list is not the same for all who ask")
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)  # what `server.serve` tells the garbage collector
    return engine, operation


async def turn(engine: Engine[Context], operation: PreparedOperation, way: Way, burst: int) -> Cost:
    """What each of several answers in a row costs, one way."""
    here, there, started = time.process_time(), await _database_seconds(way.database), time.perf_counter()
    for _ in range(burst):
        await _ask(engine, operation, way)
    elapsed, database = time.perf_counter() - started, await _database_seconds(way.database) - there
    cpu = time.process_time() - here + database
    return Cost(*(1000 * seconds / burst for seconds in (elapsed, cpu, database)))


def _least(turns: Sequence[Cost]) -> Cost:
    return Cost(
        min(each.elapsed for each in turns), min(each.cpu for each in turns), min(each.database_cpu for each in turns)
    )


def added(costs: Mapping[str, Cost], name: str) -> float:
    """By how many hundredths a way lengthens the CPU time of the answer."""
    return 100 * (costs[name].cpu / costs[OFF].cpu - 1)


async def _ask(engine: Engine[Context], operation: PreparedOperation, way: Way) -> ExecutionResult:
    context = Context(way.database, b"", dt.datetime.now(dt.UTC), way.viewer, within=way.within)
    if way.evaluate is not None:
        context.flags = way.evaluate()
        context.flags.is_on(USE_FUNCTIONS)
    result = await engine.run(operation, {}, context)
    encode({"data": result.data})
    return result


async def _database_seconds(database: Database) -> float:
    """The CPU time so far of the PostgreSQL processes behind the connections."""
    pids = set()
    for lending in {database.reading, *database.others.values()}:  # several sights may read under one role
        if lending.size:
            async with lending.lend() as connection:
                pids.add(connection.get_server_pid())
    return sum(map(_on_cpu_seconds, pids))


def _on_cpu_seconds(pid: int) -> float:
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9


async def bench(rounds: int, plan: SeedPlan) -> dict[str, Cost]:
    """Measure on a database of its own."""
    async with place() as where:
        options = DatabaseOptions(where.database_url, pool_size=1)
        async with open_database(options) as owner, open_database(replace(options, under_roles=True)) as serving:
            await seed(owner, plan)
            # An organisation without a row: its staff walk past all that is hidden, and see what anyone sees.
            member = Membership(uuid7(), OrgRole.OWNER)
            staff = Viewer(Role.CUSTOMER, customer_id=uuid7(), memberships=frozenset({member}))
            ways = {OFF: Way(owner, ANONYMOUS), ANYONE: Way(serving, ANONYMOUS), STAFF: Way(serving, staff)}
            return await measure(ways, rounds)


def table_of(costs: Mapping[str, Cost]) -> Table:
    """The figures as people read them."""
    table = Table(title="the nested list in process, one request at a time", caption="more: than without authorisation")
    table.add_column(COLUMNS[0])
    for column in COLUMNS[1:]:
        table.add_column(column, justify="right")
    for row in rows_of(costs):
        table.add_row(*row)
    return table


COLUMNS = ("authorisation", "ms", "CPU ms", "of it PostgreSQL's", "more CPU", "wanted")


def rows_of(costs: Mapping[str, Cost]) -> list[tuple[str, ...]]:
    """A line for each way, with a cell for each of `COLUMNS`."""
    return [
        (
            name,
            f"{each.elapsed:.2f}",
            f"{each.cpu:.2f}",
            f"{each.database_cpu:.2f}",
            f"{added(costs, name):.1f} %",
            f"≤ {BARS[name]} %" if name in BARS else "",
        )
        for name, each in costs.items()
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=TURNS, help="how many turns each way has")
    parser.add_argument("--quick", action="store_true", help="small and short: shows that it works, not how fast")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON instead of a table")
    options = parser.parse_args(arguments)
    ends_in_order()
    plan = SeedPlan(functions=200, events_per_function=30, tickets_per_event=4)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        costs = runner.run(bench(3 if options.quick else options.rounds, plan))
    if options.json:
        print(json.dumps({name: asdict(each) for name, each in costs.items()}))
    else:
        Console(width=None if sys.stdout.isatty() else 120).print(table_of(costs))
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
