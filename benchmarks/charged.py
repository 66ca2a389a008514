"""What the rate limit adds to a small query: the same program with it and without it, prints both."""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from contest import Contestant, Pace, Standing, ask, measure
from place import Place, boxoffice_settings, ends_in_order, place, serving
from questions import BY_SLUG, graphql

from commands.seed import SeedPlan, seed
from db.database import DatabaseOptions, open_database

CHARGED = "with a rate limit"
FREE = "without one"

_ENDLESS = "2000000000/100000"
_ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Charged:
    """How the two fare, over one connection."""

    standings: Sequence[Standing]

    @property
    def added(self) -> float:
        """Milliseconds that the limit adds to the median of the latencies: the median of the rounds."""
        limited, free = self.standings
        pairs = zip(limited.rounds, free.rounds, strict=True)
        return statistics.median(one.result.p50 - other.result.p50 for one, other in pairs)


async def charged(where: Place, slug: str, pace: Pace, tell: Callable[[str], None]) -> Charged:
    """Measure one function by its slug, in processes of their own over the tables that are there."""
    settings = {**boxoffice_settings(where), "PYTHONPATH": str(_ROOT)}
    limited = {**settings, "RATE_LIMITS": "true", "RATE_LIMIT_ADDRESS": _ENDLESS}
    command = [str(Path(sys.executable).with_name("boxoffice")), "serve"]
    request = graphql(BY_SLUG, {"slug": slug})
    async with serving(where, command, limited) as one, serving(where, command, settings) as other:
        sizes = [[len(await asyncio.to_thread(ask, each.port, request))] for each in (one, other)]
        contestants = [Contestant(CHARGED, [one], [request]), Contestant(FREE, [other], [request])]
        return Charged(await measure(contestants, sizes, pace, tell, connections=1))


async def _alone(pace: Pace) -> Charged:
    async with place() as where:
        async with open_database(DatabaseOptions(where.database_url)) as database:
            await seed(database, SeedPlan(functions=110, events_per_function=24, tickets_per_event=4, random_seed=1))
            async with database.read() as reader:
                slug = await reader.connection.fetchval("SELECT slug FROM functions LIMIT 1")
        return await charged(where, slug, pace, lambda _: None)


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=1.0)
    options = parser.parse_args()
    ends_in_order()
    found = asyncio.run(_alone(Pace(options.rounds, options.seconds)))
    for each in found.standings:
        print(f"{each.name:20} {each.p50:6.3f} ms at the median  {1000 * each.cpu:5.0f} µs of CPU a request")
    print(f"the limit adds {found.added:.3f} ms (load {os.getloadavg()[0]:.1f})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
