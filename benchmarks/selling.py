"""Registrations a second, over HTTP, beside pgbench running the statements of the same transaction by hand.

Each registration takes one place, of one pool that everybody wants, or of one of a hundred. The statements are those
that the program itself sends: it is overheard once, and what it was overheard saying is what pgbench says.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
import uuid
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import asyncpg
from by_hand import by_hand, script
from contest import Contestant, Pace, Round, ask, job_of, round_of, standing_of
from place import Place, boxoffice_settings, ends_in_order, place, serving
from questions import Request, graphql
from rich.console import Console
from rich.table import Table

from domain.ids import encode_global_id

TIMES = "\N{MULTIPLICATION SIGN}"

BUYERS = 200
"""How many buy at once."""

PROCESSES = 2
"""That serve."""

POOLS: Final = {"one pool that all want": 1, "a hundred pools": 100}

COLUMNS = (
    "a place of",
    "registrations/s",
    "p50 ms",
    "p99 ms",
    "CPU ms",
    "DB CPU ms",
    "by pgbench/s",
    f"{TIMES} pgbench",
)

MUTATION = """mutation ($item: ID!) {
  createRegistration(input: { lines: [{ itemId: $item, quantity: 1 }], email: "ada@example.org" }) {
    registration { id status } guestToken userErrors { code }
  }
}"""

_SHOP = """
    CREATE TABLE shop AS SELECT n, gen_random_uuid() AS ticket_id, gen_random_uuid() AS pool_id,
        gen_random_uuid() AS event_id FROM generate_series(1, $1) AS n;
"""
_FILL = (
    "INSERT INTO organisations (organisation_id, name, slug, timezone) VALUES ($1, 'House', 'house', 'UTC')",
    """INSERT INTO functions (function_id, organisation_id, name, slug, timezone, start_date, is_active)
    VALUES ($1, $1, 'Festival', 'festival', 'UTC', '2030-01-01', true)""",
    """INSERT INTO events (event_id, organisation_id, function_id, title, slug, timezone, event_start, is_published)
    SELECT event_id, $1, $1, 'Event', 'event-' || n, 'UTC', '2030-01-01', true FROM shop""",
    """INSERT INTO capacity_pools (pool_id, organisation_id, name, capacity)
    SELECT pool_id, $1, 'Hall ' || n, 100000000 FROM shop""",
    """INSERT INTO event_tickets (ticket_id, event_id, name, price_amount, price_currency, position, is_active)
    SELECT ticket_id, event_id, 'Seat', 1250, 'EUR', n, $1::uuid IS NOT NULL FROM shop""",
    "INSERT INTO ticket_pools (ticket_id, pool_id) SELECT ticket_id, pool_id FROM shop WHERE $1::uuid IS NOT NULL",
)


@dataclass(frozen=True, slots=True)
class Sold:
    """How registrations fare: medians of the rounds; latencies, and CPU time for a registration, in milliseconds.

    Attributes:
        pools: of how many pools.
        rate: registrations a second.
        p50: half of all take no longer.
        p99: nor all but one in a hundred.
        cpu: of the servers.
        database_cpu: of PostgreSQL.
        by_hand: transactions a second of pgbench.
        share: how many times as many registrations as transactions by hand: the median of the rounds.
    """

    pools: str
    rate: float
    p50: float
    p99: float
    cpu: float
    database_cpu: float
    by_hand: float
    share: float


async def selling(where: Place, pace: Pace, tell: Callable[[str], None]) -> list[Sold]:
    """Measure both, in turns, on a database that is migrated."""
    shop = await _fill(where)
    spoken = await script(where, shop[0])
    command = [str(Path(sys.executable).with_name("boxoffice")), "serve"]
    settings = boxoffice_settings(where)
    async with serving(where, command, settings) as one, serving(where, command, settings) as other:
        found = []
        for name, pools in POOLS.items():
            tell(f"registrations, {name}")
            requests = [graphql(MUTATION, {"item": encode_global_id("Ticket", row["ticket_id"])}) for row in shop]
            contestant = Contestant(name, [one, other], requests[:pools])
            found.append(await _beside(where, contestant, spoken, pace))
    return found


async def _beside(where: Place, contestant: Contestant, spoken: str, pace: Pace) -> Sold:
    sizes = [len(await asyncio.to_thread(_order, contestant.served[0].port, each)) for each in contestant.requests]
    pools = len(contestant.requests)
    job = job_of(contestant, sizes, pace.seconds, BUYERS)
    await round_of(contestant, job)  # a warm-up, of both
    await by_hand(where, spoken, pools, pace.seconds)
    rounds: list[Round] = []
    rates = []
    for _ in range(pace.rounds):
        rates.append(await by_hand(where, spoken, pools, pace.seconds))
        rounds.append(await round_of(contestant, job))
    standing = standing_of(contestant.name, rounds)
    share = statistics.median(each.result.rate / rate for each, rate in zip(rounds, rates, strict=True))
    return Sold(
        contestant.name,
        standing.rate,
        standing.p50,
        standing.p99,
        standing.cpu,
        standing.database_cpu,
        statistics.median(rates),
        share,
    )


def _order(port: int, request: Request) -> bytes:
    """Order once.

    Raises:
        RuntimeError: that did not go well.
    """
    body = ask(port, request)
    if json.loads(body)["data"]["createRegistration"]["registration"] is None:
        raise RuntimeError(f"nothing was sold: {body.decode()}")
    return body


async def _fill(where: Place) -> Sequence[Mapping[str, Any]]:
    """A ticket of each pool."""
    async with _connection(where) as connection:
        await connection.execute(_SHOP.replace("$1", str(max(POOLS.values()))))
        house = uuid.uuid4()
        for statement in _FILL:
            await connection.execute(statement, house)
        await connection.execute("ALTER TABLE shop ADD PRIMARY KEY (n)")
        await connection.execute("VACUUM ANALYZE shop, event_tickets, ticket_pools, capacity_pools")
        return await connection.fetch("SELECT * FROM shop ORDER BY n")


@asynccontextmanager
async def _connection(where: Place) -> AsyncIterator[asyncpg.Connection[Any]]:
    connection = await asyncpg.connect(where.database_url, timeout=10)
    try:
        yield connection
    finally:
        await connection.close(timeout=10)


async def _alone(pace: Pace) -> list[Sold]:
    async with place() as where:
        return await selling(where, pace, lambda _: None)


def rows_of(found: Sequence[Sold]) -> list[tuple[str, ...]]:
    """A line for each, under `COLUMNS`."""
    return [
        (
            each.pools,
            f"{each.rate:,.0f}",
            f"{each.p50:,.0f}",
            f"{each.p99:,.0f}",
            f"{each.cpu:.2f}",
            f"{each.database_cpu:.2f}",
            f"{each.by_hand:,.0f}",
            f"{each.share:.2f}",
        )
        for each in found
    ]


def table_of(found: Sequence[Sold]) -> Table:
    """The figures as people read them."""
    table = Table(title=f"registrations over HTTP: {PROCESSES} processes, {BUYERS} buyers at once")
    for number, column in enumerate(COLUMNS):
        table.add_column(column, justify="right" if number else "left")
    for row in rows_of(found):
        table.add_row(*row)
    return table


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--json", action="store_true", help="print the figures as JSON instead of a table")
    options = parser.parse_args()
    ends_in_order()
    found = asyncio.run(_alone(Pace(options.rounds, options.seconds)))
    if options.json:
        print(json.dumps([asdict(each) for each in found]))
    else:
        Console(width=None if sys.stdout.isatty() else 140).print(table_of(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
