"""Both executors over the same rows, in process, without SQL: 250 lists of 250 objects of three columns.

Columns are read (`itemgetter` for `execution.engine`, the default resolver for graphql-core), or waited for (a batch
resolver for the engine, a coroutine function for graphql-core), without ever waiting long. Both execute a document that
was parsed and validated, ours one that was planned too; both give the same answer. The garbage collector has the
thresholds of `boxoffice serve` for both. Time is this process's CPU time.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import statistics
import sys
import time
import tracemalloc
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass
from operator import itemgetter

from graphql import ExecutionResult, GraphQLField, GraphQLObjectType, OperationDefinitionNode, build_schema, parse
from graphql import execute as execute_by_core
from rich.console import Console
from rich.table import Table

from execution.engine import Engine
from execution.plan import Asks, Description, Reads

SIDE = 250
"""Lists, and rows in each."""

_SCHEMA = """
type Query { rows: [[Row!]!]! }
type Row { id: ID! name: String! places: Int! }
"""
_DOCUMENT = "{ rows { id name places } }"

_MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class Cost:
    """What an executor needs for an answer: milliseconds of CPU, and megabytes at the peak, with the answer."""

    milliseconds: float
    peak_megabytes: float


@dataclass(frozen=True, slots=True)
class Pair:
    """What both need for the same."""

    ours: Cost
    core: Cost


@dataclass(frozen=True, slots=True)
class Costs:
    """With columns that are read, and waited for; and the megabytes of the answer, which both build."""

    read: Pair
    awaited: Pair
    answer_megabytes: float


class NotTheSame(Exception):
    """The executors gave different answers."""


def compare(rounds: int, side: int = SIDE) -> Costs:
    """Execute by both in turns, `rounds` times for the time, and once for the memory.

    Raises:
        NotTheSame: the answers differ.
    """
    root = {
        "rows": [
            [{"id": f"id-{one}-{other}", "name": f"row {other} of {one}", "places": other} for other in range(side)]
            for one in range(side)
        ]
    }
    with asyncio.Runner() as runner:
        loop = runner.get_loop()
        _as_in_a_server()
        read, answer = _pair(loop, root, rounds, waits=False)
        awaited, _ = _pair(loop, root, max(1, rounds // 3), waits=True)
    return Costs(read, awaited, answer)


def _pair(loop: asyncio.AbstractEventLoop, root: object, rounds: int, *, waits: bool) -> tuple[Pair, float]:
    """What both need, and the megabytes of the answer."""
    schema = build_schema(_SCHEMA)
    if waits:
        row = schema.type_map["Row"]
        assert isinstance(row, GraphQLObjectType)
        for name, field in row.fields.items():
            field.resolve = _waiting(name)
    document = parse(_DOCUMENT)
    (operation,) = document.definitions
    assert isinstance(operation, OperationDefinitionNode)
    engine = Engine(schema, _describe_waiting if waits else _describe)
    prepared = engine.prepare(document, operation)

    def ours() -> ExecutionResult:
        # Not the runner's `run`: for its signal handler it writes out the whole answer.
        return loop.run_until_complete(engine.run(prepared, {}, None, root))

    def core() -> ExecutionResult:
        result = execute_by_core(schema, document, root)
        return result if isinstance(result, ExecutionResult) else loop.run_until_complete(_awaited(result))

    if ours() != core():
        raise NotTheSame("the executors answer differently")
    times = _times([ours, core], rounds)
    (ours_peak, answer), (core_peak, _) = _memory(ours), _memory(core)
    return Pair(Cost(times[0], ours_peak), Cost(times[1], core_peak)), answer


async def _awaited(result: Awaitable[ExecutionResult]) -> ExecutionResult:
    return await result


def _waiting(name: str) -> Callable[..., Awaitable[object]]:
    async def resolve(parent: dict[str, object], _info: object) -> object:
        return parent[name]

    return resolve


def _describe(_parent: GraphQLObjectType, name: str, _definition: GraphQLField) -> Description:
    read = itemgetter(name)
    return Description(Reads(lambda parents: list(map(read, parents))))


def _describe_waiting(parent: GraphQLObjectType, name: str, definition: GraphQLField) -> Description:
    if parent.name == "Query":
        return _describe(parent, name, definition)
    read = itemgetter(name)

    async def resolve(_context: object, parents: Sequence[dict[str, object]]) -> list[object]:
        return list(map(read, parents))

    return Description(Asks(resolve, lambda given: given))


def _as_in_a_server() -> None:
    """What `server.serve` tells the garbage collector."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)


def _times(ways: Sequence[Callable[[], object]], rounds: int) -> list[float]:
    """Median milliseconds of CPU."""
    times: list[list[float]] = [[] for _ in ways]
    for _ in range(rounds):
        for way, taken in zip(ways, times, strict=True):
            started = time.process_time()
            way()
            taken.append(1000 * (time.process_time() - started))
    return [statistics.median(each) for each in times]


def _memory(way: Callable[[], object]) -> tuple[float, float]:
    """How far memory grows, and how far the answer alone makes it grow, in megabytes."""
    gc.collect()
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        answer = way()
        after, peak = tracemalloc.get_traced_memory()
        del answer
    finally:
        tracemalloc.stop()
    return (peak - before) / _MEGABYTE, (after - before) / _MEGABYTE


def table_of(costs: Costs) -> Table:
    """The figures as people read them."""
    table = Table(
        title=f"{SIDE} lists of {SIDE} rows, three columns",
        caption=f"the answer itself takes {costs.answer_megabytes:.1f} MB",
    )
    table.add_column("columns are")
    table.add_column("executed by")
    for column in ("CPU ms", "times as long", "peak MB", "times as much"):
        table.add_column(column, justify="right")
    for how, pair in (("read", costs.read), ("waited for", costs.awaited)):
        for name, each in (("execution/", pair.ours), ("graphql-core", pair.core)):
            table.add_row(
                how,
                name,
                f"{each.milliseconds:.1f}",
                f"{each.milliseconds / pair.ours.milliseconds:.1f}",
                f"{each.peak_megabytes:.1f}",
                f"{each.peak_megabytes / pair.ours.peak_megabytes:.2f}",
            )
    return table


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9, help="how often each executor is measured")
    parser.add_argument("--side", type=int, default=SIDE, help="how many lists, and rows in each")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON instead of a table")
    options = parser.parse_args()
    costs = compare(options.rounds, options.side)
    if options.json:
        print(json.dumps(asdict(costs)))
    else:
        Console(width=None if sys.stdout.isatty() else 120).print(table_of(costs))
    return 0


if __name__ == "__main__":
    sys.exit(main())
