"""One operation in three ways: by the id that it was published under, as a text that is remembered, as one never seen.

Prints what each costs, and how many times as many requests the first way answers. Nothing is kept of the answers: what
differs is how the operation comes to be.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from contest import CONNECTIONS, Contestant, Pace, Round, Standing, ask, job_of, round_of, standing_of
from contestants import PROGRAM, publish
from place import Place, Served, boxoffice_settings, ends_in_order, place, serving
from questions import BY_SLUG, BY_SLUG_ID, NESTED, NESTED_ID, Request, graphql
from questions import persisted as by_id

from commands.seed import SeedPlan, seed
from db.database import DatabaseOptions, open_database

WAYS = ("published, by id", "as a text that is remembered", "as a text never seen before")
DISTINCT = 4_000
"""Texts of a round, more than are asked for in it; each has a comment of its own."""


@dataclass(frozen=True, slots=True)
class Persisted:
    """How an operation fares in each of the ways, the published one first."""

    name: str
    standings: Sequence[Standing]


Asked = Callable[[int], Sequence[Request]]
"""The requests of a round; none of them was sent in another one, where texts are never to have been seen."""


def ways(public_id: str, text: str, variables: dict[str, object], key: str) -> list[Asked]:
    """The three ways to ask for an operation."""

    def unseen(number: int) -> Sequence[Request]:
        return [graphql(f"{text}\n# {number} {each}", variables) for each in range(DISTINCT)]

    return [
        lambda _: [by_id(public_id, variables, key)],
        lambda _: [graphql(text, variables)],
        unseen,
    ]


async def persisted(where: Place, slug: str, key: str, pace: Pace, tell: Callable[[str], None]) -> list[Persisted]:
    """Measure a small operation and a nested one, on a server of its own over the tables that are there."""
    settings = {**boxoffice_settings(where), "RESPONSE_CACHE_BYTES": "0", "RESPONSE_CACHE_SHARED": "false"}
    async with serving(where, [str(PROGRAM), "serve"], settings) as served:
        found = []
        for name, asked in (
            ("one function", ways(BY_SLUG_ID, BY_SLUG, {"slug": slug}, key)),
            ("the nested list", ways(NESTED_ID, NESTED, {}, key)),
        ):
            tell(f"{name}, published and ad hoc")
            found.append(Persisted(name, await _measure(served, asked, pace)))
        return found


async def _measure(served: Served, asked: Sequence[Asked], pace: Pace) -> list[Standing]:
    """Ask in turns, after a round to warm up; the order turns round, so that none always comes after the same one."""
    size = len(await asyncio.to_thread(ask, served.port, asked[0](0)[0]))
    rounds: list[list[Round]] = [[] for _ in asked]
    for number in range(pace.rounds + 1):
        order = range(len(asked))
        for place_ in order if number % 2 == 0 else reversed(order):
            requests = asked[place_](number)
            contestant = Contestant(WAYS[place_], [served], requests)
            job = job_of(contestant, [size] * len(requests), pace.seconds, CONNECTIONS)
            rounds[place_].append(await round_of(contestant, job))
    return [standing_of(name, its[1:]) for name, its in zip(WAYS, rounds, strict=True)]


async def _alone(pace: Pace) -> list[Persisted]:
    async with place() as where:
        async with open_database(DatabaseOptions(where.database_url)) as database:
            await seed(database, SeedPlan(functions=110, events_per_function=24, tickets_per_event=4, random_seed=1))
            async with database.read() as reader:
                slug = await reader.connection.fetchval("SELECT slug FROM functions LIMIT 1")
        return await persisted(where, slug, await publish(where), pace, lambda _: None)


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1.0)
    options = parser.parse_args()
    ends_in_order()
    for each in asyncio.run(_alone(Pace(options.rounds, options.seconds))):
        print(f"{each.name} (load {os.getloadavg()[0]:.1f})")
        for way in each.standings:
            times = each.standings[0].times(way)
            print(f"  {way.name:30} {way.rate:8,.0f}/s  {way.cpu:6.2f} ms of CPU a request  {times:5.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
