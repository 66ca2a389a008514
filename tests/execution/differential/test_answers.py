"""The engine answers every operation as graphql-core does: data, the order of its keys, errors and their order.

When one fails, it prints the operation, cut down to what it takes, with both answers; `compare(range(seed, seed + 1))`
runs it again.
"""

import pytest

from tests.execution.differential.comparing import compare

OPERATIONS, SHARE = 20_000, 1_000
NIGHTLY_OPERATIONS, NIGHTLY_SHARE = 1_000_000, 10_000


def shares(start: int, operations: int, share: int) -> list[range]:
    return [range(first, first + share) for first in range(start, start + operations, share)]


@pytest.mark.parametrize("seeds", shares(0, OPERATIONS, SHARE), ids=lambda seeds: f"{seeds.start:,}")
async def test_the_engine_answers_as_graphql_core_does(seeds: range) -> None:
    await campaign(seeds)


@pytest.mark.nightly
@pytest.mark.parametrize(
    "seeds", shares(OPERATIONS, NIGHTLY_OPERATIONS, NIGHTLY_SHARE), ids=lambda seeds: f"{seeds.start:,}"
)
async def test_the_engine_answers_as_graphql_core_does_all_night(seeds: range) -> None:
    await campaign(seeds)


async def campaign(seeds: range) -> None:
    tally = await compare(seeds)

    assert tally.fallbacks == 0, "nothing that is drawn has to go to graphql-core"
    # What is drawn is worth comparing: nearly all valid, much of it with errors, most of it with data.
    assert len(tally.invalid) < 0.02 * len(seeds), tally.invalid
    assert 0.4 < tally.with_errors / tally.requests < 0.8
    assert tally.without_data < 0.4 * tally.requests
