"""What holds of selling whatever happens: processes sell the same places over HTTP, and all is killed meanwhile."""

import asyncio
import json
import os
import random
from collections.abc import Sequence

import pytest

from tests.invariants.scene import Scene, scene
from tests.invariants.truths import ask, unconfirmed, unheeded, wrong

KINDS = ("a server", "the worker", "PostgreSQL", "Redis", "a backend")
"""What is killed; a backend is one of PostgreSQL's own processes, after which it recovers by itself."""

SEED = int(os.environ.get("INVARIANTS_SEED", "6"))
"""Decides what buyers want and do, and in which order all is killed; not what the machine makes of it."""

DRIFT_SECONDS = 30.0


def kills(number: int) -> Sequence[str]:
    """So many, of each kind one at least, in some order."""
    draw = random.Random(SEED)
    return draw.sample([*KINDS, *(draw.choice(KINDS) for _ in range(number - len(KINDS)))], number)


async def hold(place: Scene) -> None:
    """Let all come to rest, and hold it against what must be true."""
    await place.settle()
    assert await wrong(place.owner) == {}
    assert await unheeded(place.owner, place.crowd.told) == []
    assert await unconfirmed(place.owner, place.mail) == 0
    assert place.crowd.differing == []


async def sell_out(place: Scene) -> int:
    """No place was lost: what is left can be sold, to the last one; how many there were."""
    rest = await place.buy_the_rest()
    await hold(place)
    assert await ask(place.owner, "SELECT min(capacity - sold) FROM capacity_pools") == [(0,)]
    return rest


async def tell_of_drift(place: Scene) -> None:
    """The worker finds a counter that is off, says by how much, and leaves it to people."""
    await place.write(
        "UPDATE capacity_pools SET sold = sold - 1 WHERE pool_id IN (SELECT pool_id FROM capacity_pools LIMIT 1)",
        "UPDATE periodic_jobs SET due_at = now() WHERE name = 'reconcile-places'",
    )
    drifted = "SELECT figures->>'drifted' FROM periodic_jobs WHERE name = 'reconcile-places'"
    async with asyncio.timeout(DRIFT_SECONDS):
        while await ask(place.owner, drifted) != [("1",)]:  # noqa: ASYNC110 - another process does it
            await asyncio.sleep(0.1)
    assert "a pool's counters have drifted" in place.worker.said()


async def test_every_place_is_sold_once_and_paid_for_whatever_is_killed() -> None:
    async with scene(servers=2, places=20, seed=SEED) as place:
        await place.sell(200, 30, kills(len(KINDS)))
        await hold(place)
        await sell_out(place)
        await tell_of_drift(place)

    assert set(place.killed) == set(KINDS)
    assert place.crowd.tally["without an answer"] > 0


@pytest.mark.nightly
async def test_ten_thousand_buyers_of_five_hundred_places() -> None:
    async with scene(servers=4, places=500, seed=SEED) as place:
        seconds = await place.sell(10_000, 100, kills(40))
        await hold(place)
        states = dict(await ask(place.owner, "SELECT state, count(*)::int FROM registrations GROUP BY state"))
        rest = await sell_out(place)

    told = {
        "seconds": round(seconds),
        "killed": place.killed,
        "registrations": states,
        "left": rest,
        "asked": place.crowd.tally,
    }
    print(json.dumps(told, indent=2))  # noqa: T201 - the figures of docs/reliability.md
