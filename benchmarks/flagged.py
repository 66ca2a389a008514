"""What a feature flag and the deployment filter add to the nested list, in process, in turns.

A flag is evaluated once a request: one with segments and a share, for one of a hundred customers. For somebody new the
OpenFeature SDK and the provider over PostgreSQL are asked; for whoever comes again, what they said is remembered. The
filter shows one organisation, which has all rows, so that the answers are the same with and without it.
Each round gives every way its turn, in an order that is drawn anew; one way is the plain one a second time, which tells
how far figures may be off. What a way adds is told by the median of its CPU time beside that of the same round without
either, ours and PostgreSQL's together: what else goes on upon the machine weighs on both.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import random
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from statistics import median

import uvloop
from authorisation import OFF, WARM_UP, Cost, Way, ready, turn
from place import ends_in_order, place
from rich.console import Console
from rich.table import Table
from sqlalchemy import text

from auth.viewer import ANONYMOUS
from commands.seed import SeedPlan, seed
from db.bulk import vacuum_analyze
from db.database import Database, DatabaseOptions, open_database
from db.deployment import Part, Within
from db.models import Event, Function
from domain.flags import USE_FUNCTIONS, Flag, Subject
from domain.ids import uuid7
from integrations.feature_flags import DEFAULTS, open_flags

AGAIN, FLAG, NEW, FILTER, BOTH = (
    "off, once more",
    "a flag",
    "a flag, for somebody new",
    "the filter",
    "a flag and the filter",
)

BAR = 2
"""By how many hundredths of the CPU time both may lengthen the answer."""

ROUNDS = 300
"""How many turns each way has, if nothing else is said."""

BURST = 5
"""Answers in a turn."""

CUSTOMERS = 100
"""So few that each comes again and again."""

SHARE = Flag(USE_FUNCTIONS, percentage=50, segments={"clients": ("old-web",), "roles": ("partner",)})


@dataclass(frozen=True, slots=True)
class Added:
    """Milliseconds of CPU of an answer, what of that is PostgreSQL's, and hundredths more than without either."""

    cpu: float
    database_cpu: float
    more: float


async def bench(rounds: int, plan: SeedPlan) -> dict[str, Added]:
    """Measure on a database of its own."""
    async with place() as where:
        options = DatabaseOptions(where.database_url, pool_size=1)
        async with open_database(options) as owner, open_database(replace(options, under_roles=True)) as serving:
            await seed(owner, plan)
            within = await _one_house(owner)
            async with open_flags(serving, {**DEFAULTS, USE_FUNCTIONS: SHARE}, seconds=3600) as flags:
                plain = Way(serving, ANONYMOUS)
                known = itertools.cycle([_customer() for _ in range(CUSTOMERS)])
                flagged = replace(plain, evaluate=lambda: flags.of(next(known)))
                ways = {
                    OFF: plain,
                    AGAIN: plain,
                    FLAG: flagged,
                    NEW: replace(plain, evaluate=lambda: flags.of(_customer())),
                    FILTER: replace(plain, within=within),
                    BOTH: replace(flagged, within=within),
                }
                return await measure(ways, rounds)


async def measure(ways: Mapping[str, Way], rounds: int) -> dict[str, Added]:
    """What each way costs and adds, round by round."""
    engine, operation = await ready(ways)
    names, draw = list(ways), random.Random(rounds)  # noqa: S311 - an order, no secret
    costs: dict[str, list[Cost]] = {name: [] for name in ways}
    warm_up = min(WARM_UP, rounds)
    for number in range(warm_up + rounds):
        draw.shuffle(names)
        for name in names:
            took = await turn(engine, operation, ways[name], BURST)
            if number >= warm_up:
                costs[name].append(took)
    plain = costs[OFF]
    return {
        name: Added(
            median(each.cpu for each in its),
            median(each.database_cpu for each in its),
            100 * (median(each.cpu / beside.cpu for each, beside in zip(its, plain, strict=True)) - 1),
        )
        for name, its in costs.items()
    }


def _customer() -> Subject:
    key = str(uuid7())
    return Subject(key, frozenset(), frozenset({"customer"}), "web", key)


async def _one_house(owner: Database) -> Within:
    """Give everything to one organisation."""
    async with owner.write() as connection:
        key = await connection.scalar(text("SELECT organisation_id FROM organisations ORDER BY 1 LIMIT 1"))
        for table in ("functions", "events", "capacity_pools"):
            await connection.execute(text(f"UPDATE {table} SET organisation_id = :key"), {"key": key})  # noqa: S608 - from above
    await vacuum_analyze(owner, Event)
    await vacuum_analyze(owner, Function)
    return Within(Part.ORGANISATION, key)


def table_of(costs: Mapping[str, Added]) -> Table:
    """The figures as people read them."""
    table = Table(title="the nested list in process, one request at a time", caption="more: than without either")
    table.add_column("with")
    for column in ("CPU ms", "of it PostgreSQL's", "more CPU", "wanted"):
        table.add_column(column, justify="right")
    for name, each in costs.items():
        wanted = f"≤ {BAR} %" if name == BOTH else ""
        table.add_row(name, f"{each.cpu:.2f}", f"{each.database_cpu:.2f}", f"{each.more:.1f} %", wanted)
    return table


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="how many turns each way has")
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
