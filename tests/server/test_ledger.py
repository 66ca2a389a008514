"""Charges on their way to Redis: together when many, and never waiting long for a Redis that is not there."""

import asyncio
import multiprocessing
import time
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import asynccontextmanager

import pytest
import structlog

from db.buckets import SharedBuckets
from db.cache import open_cache
from domain.buckets import Bucket, Charge, Levels, Rate
from server.ledger import Ledger, open_ledger
from tests.plugins.measuring import least_awaited

TEN = Bucket("ten", Rate(10, 0.001))
ONE = Charge((TEN,), 1)
HUNDRED = Charge((Bucket("hundred", Rate(100, 0.001)),), 1)
DEAD = "redis://127.0.0.1:1/0"


class Counting(SharedBuckets):
    """Counts exchanges."""

    __slots__ = ()
    sizes: list[int] = []  # noqa: RUF012 - emptied by each test

    async def charge(self, charges: Sequence[Charge]) -> list[Levels]:
        self.sizes.append(len(charges))
        return await super().charge(charges)


@asynccontextmanager
async def hanging() -> AsyncIterator[str]:
    """A server that takes connections and says nothing."""
    held: list[asyncio.StreamWriter] = []
    server = await asyncio.start_server(lambda _reader, writer: held.append(writer), "127.0.0.1", 0)
    try:
        yield f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}/0"
    finally:
        for writer in held:
            writer.close()
        server.close()


async def test_what_is_charged_while_an_exchange_is_under_way_goes_with_the_next(redis_url: str) -> None:
    Counting.sizes.clear()
    async with open_cache(redis_url, 5) as redis, open_ledger(Counting(redis), patience=5) as ledger:
        levels = await asyncio.gather(*(ledger.charge(ONE) for _ in range(50)))

    assert sum(each.taken for each in levels) == 10
    assert sum(Counting.sizes) == 50
    assert len(Counting.sizes) <= 2


async def test_what_is_given_back_goes_along_and_is_there_for_the_next_charge(redis_url: str) -> None:
    Counting.sizes.clear()
    async with open_cache(redis_url, 5) as redis, open_ledger(Counting(redis), patience=5) as ledger:
        await ledger.charge(ONE._replace(cost=10))
        ledger.give_back(ONE._replace(cost=6))
        after = await ledger.charge(ONE)

    assert after == (True, (5,))
    assert Counting.sizes == [1, 2]


async def test_what_is_given_back_last_is_sent_before_the_end(redis_url: str) -> None:
    async with open_cache(redis_url, 5) as redis:
        async with open_ledger(SharedBuckets(redis), patience=5) as ledger:
            await ledger.charge(ONE._replace(cost=10))
            ledger.give_back(ONE._replace(cost=6))
        (levels,) = await SharedBuckets(redis).charge([ONE])

    assert levels.available == (5,)


async def slowest(ledger: Ledger, times: int) -> tuple[int, float]:
    """How many of so many charges are taken, and the longest that one waited."""

    async def charge() -> tuple[bool, float]:
        began = time.perf_counter()
        taken = (await ledger.charge(ONE)).taken
        return taken, time.perf_counter() - began

    done = await asyncio.gather(*(charge() for _ in range(times)))
    return sum(taken for taken, _ in done), max(waited for _, waited in done)


@pytest.mark.quiet
async def test_a_redis_that_hangs_is_replaced_within_a_tenth_of_a_second_and_paid_for_once() -> None:
    async def measure(_: int) -> float:
        """The longest that one waits, as a share of what it may."""
        async with hanging() as url, open_cache(url, 1) as redis, open_ledger(SharedBuckets(redis)) as ledger:
            with structlog.testing.capture_logs() as logs:
                taken, waited = await slowest(ledger, 30)
                again, waited_again = await slowest(ledger, 30)
        assert (taken, again) == (10, 0)
        assert [line["event"] for line in logs] == ["rate limits: redis is away, this process limits by itself"]
        return max(waited / 0.1, waited_again / 0.02)

    assert await least_awaited(measure, 1) < 1


@pytest.mark.quiet
async def test_a_redis_that_is_dead_is_replaced_at_once() -> None:
    async def measure(_: int) -> float:
        async with open_cache(DEAD, 1) as redis, open_ledger(SharedBuckets(redis)) as ledger:
            taken, waited = await slowest(ledger, 30)
            assert ledger.is_local
            ledger.give_back(ONE._replace(cost=4))
            again, _ = await slowest(ledger, 30)
        assert (taken, again) == (10, 4)
        return waited

    assert await least_awaited(measure, 0.1) < 0.1


async def test_once_redis_is_back_its_buckets_count_again(redis_url: str) -> None:
    async with open_cache(redis_url, 5) as redis:
        ledger = Ledger(SharedBuckets(redis), patience=5, retry=0.05)
        ledger._give_up("a test says so")
        assert (await ledger.charge(ONE)).available == (9,)
        async with asyncio.timeout(10):
            while ledger.is_local:  # noqa: ASYNC110 - another task brings it about
                await asyncio.sleep(0.01)
        levels = await ledger.charge(ONE._replace(cost=3))
        await ledger.aclose()

    assert levels.available == (7,)


async def test_a_busy_process_does_not_take_redis_for_dead(redis_url: str) -> None:
    async with open_cache(redis_url, 5) as redis, open_ledger(SharedBuckets(redis), patience=0.05) as ledger:
        await ledger.charge(ONE)
        waiting = asyncio.ensure_future(ledger.charge(ONE))
        await asyncio.sleep(0)
        time.sleep(0.2)  # noqa: ASYNC251 - it is the loop that is to be kept busy
        levels = await waiting

        assert levels == (True, (8,))
        assert not ledger.is_local


async def test_whoever_leaves_while_waiting_harms_nobody_else(redis_url: str) -> None:
    async with open_cache(redis_url, 5) as redis, open_ledger(SharedBuckets(redis), patience=5) as ledger:
        waiting = [asyncio.ensure_future(ledger.charge(ONE)) for _ in range(3)]
        await asyncio.sleep(0)
        waiting[0].cancel()

        assert [each.taken for each in await asyncio.gather(*waiting[1:])] == [True, True]


def charge_many(redis_url: str, times: int) -> int:
    """How many of so many parallel charges are taken, in a process of its own."""

    async def run() -> int:
        async with open_cache(redis_url, 5) as redis, open_ledger(SharedBuckets(redis), patience=5) as ledger:
            levels = await asyncio.gather(*(ledger.charge(HUNDRED) for _ in range(times)))
            assert not ledger.is_local
            return sum(each.taken for each in levels)

    return asyncio.run(run())


def test_of_a_thousand_parallel_charges_by_two_processes_a_bucket_of_a_hundred_takes_a_hundred(redis_url: str) -> None:
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as processes:
        taken = list(processes.map(charge_many, [redis_url] * 2, [500] * 2))

    assert sum(taken) == 100
