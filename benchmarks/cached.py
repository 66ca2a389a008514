"""A query by GET that is at hand, beside as many constant bytes from the same process: prints both, and the ratio."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from contest import Contestant, Pace, Standing, ask, measure
from place import Place, Served, boxoffice_settings, ends_in_order, place, serving
from questions import NESTED, Request

from commands.seed import SeedPlan, seed
from db.database import DatabaseOptions, open_database

CACHED = "a query by GET, at hand"
CONSTANT = "as many constant bytes"
SHORT = "query ($slug: String!) { function(slug: $slug) { id name slug description startDate endDate } }"

_PEER = Path(__file__).resolve().parent / "peers" / "constant.py"
_ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Cached:
    """How a kept answer of a size fares beside constant bytes."""

    name: str
    size: int
    standings: Sequence[Standing]

    @property
    def share(self) -> float:
        """How many times as many requests as those for constant bytes."""
        kept, constant = self.standings
        return kept.times(constant)


async def cached(where: Place, slug: str, pace: Pace, tell: Callable[[str], None]) -> list[Cached]:
    """Measure a small answer and a large one, in a process of its own over the tables that are there."""
    settings = {**boxoffice_settings(where), "PYTHONPATH": str(_ROOT)}
    async with serving(where, [sys.executable, str(_PEER)], settings) as served:
        return [
            await _beside(served, "one function", _get(SHORT, {"slug": slug}), pace, tell),
            await _beside(served, "the nested list", _get(NESTED, {}), pace, tell),
        ]


async def _beside(served: Served, name: str, kept: Request, pace: Pace, tell: Callable[[str], None]) -> Cached:
    size = len(await asyncio.to_thread(ask, served.port, kept))
    constant = Request(f"GET /constant/{size} HTTP/1.1\r\nHost: bench\r\nAccept: */*\r\n\r\n".encode())
    contestants = [Contestant(CACHED, [served], [kept]), Contestant(CONSTANT, [served], [constant])]
    return Cached(name, size, await measure(contestants, [[size], [size]], pace, tell))


def _get(document: str, variables: dict[str, object]) -> Request:
    target = f"/graphql?query={quote(document)}&variables={quote(json.dumps(variables))}"
    return Request(f"GET {target} HTTP/1.1\r\nHost: bench\r\nAccept: application/json\r\n\r\n".encode())


async def _alone(pace: Pace) -> list[Cached]:
    async with place() as where:
        async with open_database(DatabaseOptions(where.database_url)) as database:
            await seed(database, SeedPlan(functions=110, events_per_function=24, tickets_per_event=4, random_seed=1))
            async with database.read() as reader:
                slug = await reader.connection.fetchval("SELECT slug FROM functions LIMIT 1")
        return await cached(where, slug, pace, lambda _: None)


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=1.0)
    options = parser.parse_args()
    ends_in_order()
    for each in asyncio.run(_alone(Pace(options.rounds, options.seconds))):
        print(f"{each.name}, {each.size:,} bytes (load {os.getloadavg()[0]:.1f})")
        for standing in each.standings:
            print(f"  {standing.name:24} {standing.rate:9,.0f}/s  {1000 * standing.cpu:6.0f} µs of CPU a request")
        print(f"  {each.share:.2f} of constant bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
