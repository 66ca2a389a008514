"""How long a refusal takes does not tell an id that nobody has from one of another client."""

import random
import time
from bisect import bisect_left, bisect_right
from collections.abc import Awaitable, Callable, Sequence

import httpx
import pytest

from commands import clients, registry
from commands.registering import Author
from db.database import DatabaseOptions, open_database
from domain.registry import POLICIES
from persisted_queries.compiling import Candidate, text_sha256
from schema.target import target
from server.app import open_app
from server.settings import load_settings

PERSON = Author("someone")
TEXT = "query Red { functions { totalCount } }"
MINE = "query Mine { __typename }"
EACH = 400
FAIR = 0.09
"""Nobody can tell the kinds apart who is right this little more often than by guessing. By chance it is exceeded once
in ten thousand runs: the standard deviation is 0.02 with `EACH` of both."""


def told_apart(some: Sequence[float], others: Sequence[float]) -> float:
    """By how much the chance that one of `others` takes longer than one of `some` differs from a half.

    It is the area under the curve of the best guesser (Mann and Whitney): ranks alone count, so that it does not matter
    how long single requests had to wait for a busy machine.
    """
    ordered = sorted(others)
    longer = sum(len(ordered) - (bisect_left(ordered, each) + bisect_right(ordered, each)) / 2 for each in some)
    return abs(longer / (len(some) * len(others)) - 0.5)


async def seconds_of(ask: Callable[[str], Awaitable[object]], ids: Sequence[str]) -> list[list[float]]:
    """How long it takes to ask for each of the ids, in turns whose order is drawn anew each time."""
    found: list[list[float]] = [[] for _ in ids]
    draw = random.Random(1)
    for number in range(EACH + 20):
        for place in draw.sample(range(len(ids)), len(ids)):
            started = time.perf_counter()
            await ask(ids[place])
            if number >= 20:  # the first ones warm up
                found[place].append(time.perf_counter() - started)
    return found


@pytest.mark.parametrize("policy", ["ids-only", "apq"])
async def test_an_id_of_another_client_takes_as_long_as_one_that_nobody_has(
    database_url: str, redis_url: str, policy: str
) -> None:
    async with open_database(DatabaseOptions(database_url)) as database:
        await clients.create_client(database, "red", POLICIES["ids-only"], PERSON)
        blue = await clients.create_client(database, "blue", POLICIES[policy], PERSON)
        await registry.publish(database, target(), "red", "1.0", [Candidate("only-red", TEXT)], PERSON)
        await registry.publish(database, target(), "blue", "1.0", [Candidate("only-own", MINE)], PERSON)
    given = load_settings(database_url=database_url, redis_url=redis_url, secret_key="k" * 32, rate_limits=False)
    async with (
        open_app(given) as app,
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client,
    ):
        client.headers["authorization"] = f"Bearer {blue}"

        async def ask(public_id: str) -> httpx.Response:
            return await client.post("/graphql", json={"documentId": public_id})

        foreign_hash, unknown_hash = (f"sha256:{text_sha256(text)}" for text in (TEXT, "query Rad { __typename }"))
        statuses = [(await ask(each)).status_code for each in ("only-red", "only-rad", foreign_hash, unknown_hash)]
        foreign, unknown, own = await seconds_of(ask, ["only-red", "only-rad", "only-own"])
        foreign_by_hash, unknown_by_hash = await seconds_of(ask, [foreign_hash, unknown_hash])

    assert statuses == [404] * 4
    assert told_apart(foreign, unknown) < FAIR
    assert told_apart(foreign_by_hash, unknown_by_hash) < FAIR
    assert told_apart(own, unknown) > 2 * FAIR  # what does take another time is found
