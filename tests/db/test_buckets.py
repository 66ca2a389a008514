"""Buckets on Redis: exact for all processes together, and the same as those of one process."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from db.buckets import SharedBuckets
from db.cache import open_cache
from domain.buckets import Bucket, Charge, Rate

SLOW = Rate(100, 0.001)
"""A bucket that does not fill up while a test runs."""

ONE = Charge((Bucket("one", SLOW),), 1)


@pytest.fixture
async def buckets(redis_url: str) -> AsyncIterator[SharedBuckets]:
    async with open_cache(redis_url, 5) as redis:
        yield SharedBuckets(redis)


async def test_charges_of_one_exchange_are_taken_one_after_the_other(buckets: SharedBuckets) -> None:
    small, large = Bucket("small", Rate(10, 0.001)), Bucket("large", SLOW)

    levels = await buckets.charge(
        [Charge((small,), 7), Charge((small, large), 7), Charge((large, small), 3), Charge((small,), -4)]
    )

    assert levels == [(True, (3,)), (False, (3, 100)), (True, (97, 0)), (True, (4,))]


async def test_nothing_is_an_exchange_too(buckets: SharedBuckets) -> None:
    assert await buckets.charge([]) == []


async def test_points_come_back_by_the_clock_of_redis(buckets: SharedBuckets) -> None:
    quick = Bucket("quick", Rate(10, 50.0))

    (empty,) = await buckets.charge([Charge((quick,), 10)])
    await asyncio.sleep(0.1)
    (later,) = await buckets.charge([Charge((quick,), 1)])

    assert empty.available == (0,)
    assert later.taken
    assert 3 <= later.available[0] <= 9


async def test_a_full_bucket_takes_no_room(buckets: SharedBuckets) -> None:
    await buckets.charge([Charge((Bucket("kept", SLOW),), 5), Charge((Bucket("gone", SLOW),), 5)])
    await buckets.charge([Charge((Bucket("gone", SLOW),), -5)])

    assert await buckets.redis.keys("boxoffice:bucket:*") == [b"boxoffice:bucket:kept"]
    assert await buckets.redis.pttl("boxoffice:bucket:kept") > 0


async def test_scripts_that_redis_has_forgotten_are_told_again(buckets: SharedBuckets) -> None:
    await buckets.charge([ONE])
    await buckets.redis.script_flush()

    assert (await buckets.charge([ONE]))[0].available == (98,)
