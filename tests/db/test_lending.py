"""A connection goes from hand to hand: the one that waited longest is next, and no place is ever lost."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest

from db import lending as lending_module
from db.database import ReadConnection
from db.lending import Connection, Lending
from db.rows import Row

PLACES = 2
LIMIT = 0.3
"""Seconds: a wait that a test waits for."""
PATIENCE = 10.0
"""Seconds: longer than anything takes on a busy machine."""


@pytest.fixture
async def pool(database_url: str) -> AsyncIterator["asyncpg.Pool[Row]"]:
    async with asyncpg.create_pool(
        database_url, min_size=0, max_size=PLACES, connection_class=ReadConnection, record_class=Row
    ) as pool:
        yield pool


@pytest.fixture
async def lending(pool: "asyncpg.Pool[Row]") -> AsyncIterator[Lending]:
    lending = Lending(pool, PATIENCE)
    yield lending
    async with asyncio.timeout(PATIENCE):
        await lending.close()
    assert pool.get_idle_size() == pool.get_size()


async def borrowed(lending: Lending) -> list[Connection]:
    """All the connections that there are."""
    return [await lending.borrow() for _ in range(PLACES)]


async def test_what_was_given_back_is_lent_again(lending: Lending) -> None:
    first = await lending.borrow()
    await lending.give_back(first)

    assert (lending.idle, lending.size) == (1, 1)
    assert await lending.borrow() is first
    assert (lending.idle, lending.size) == (0, 1)
    await lending.give_back(first)


async def test_whoever_waited_longest_is_next(lending: Lending) -> None:
    connections = await borrowed(lending)
    waiting = [asyncio.create_task(lending.borrow()) for _ in range(3)]
    await asyncio.sleep(0)

    for turn in waiting[:2]:
        await lending.give_back(connections.pop())
        connections.insert(0, await turn)
    newcomer = asyncio.create_task(lending.borrow())
    await asyncio.sleep(0)
    await lending.give_back(connections.pop())

    connections.insert(0, await waiting[2])
    assert not newcomer.done()
    await lending.give_back(connections.pop())
    for each in (*connections, await newcomer):
        await lending.give_back(each)


async def test_a_wait_ends_and_leaves_its_turn_to_others(lending: Lending, pool: "asyncpg.Pool[Row]") -> None:
    for each in await borrowed(lending):  # opened patiently
        await lending.put_away(each)
    hasty = Lending(pool, LIMIT)
    first, second = await borrowed(hasty)
    with pytest.raises(TimeoutError):
        await hasty.borrow()

    patient = asyncio.create_task(hasty.borrow())
    await asyncio.sleep(0)
    await hasty.give_back(first)

    assert await patient is first
    await hasty.give_back(first)
    await hasty.give_back(second)
    await hasty.close()


@pytest.mark.parametrize("put_away", [False, True], ids=["a connection", "a place"])
async def test_what_is_given_to_one_who_gives_up_in_the_same_moment_goes_on(
    lending: Lending, *, put_away: bool
) -> None:
    first, second = await borrowed(lending)
    hasty = asyncio.create_task(lending.borrow())
    await asyncio.sleep(0)
    await (lending.put_away(first) if put_away else lending.give_back(first))
    hasty.cancel()
    await asyncio.wait([hasty], timeout=PATIENCE)

    assert hasty.cancelled()
    third = await lending.borrow()
    for each in (second, third):
        await lending.give_back(each)
    assert (lending.idle, lending.size) == (2, 2)


async def test_a_connection_that_has_ended_is_not_lent_again(lending: Lending) -> None:
    first, second = await borrowed(lending)
    waiting = asyncio.create_task(lending.borrow())
    await asyncio.sleep(0)
    first.terminate()
    await lending.give_back(first)
    third = await waiting
    assert await third.fetchval("SELECT 1") == 1

    await lending.give_back(second)
    second.terminate()
    fourth = await lending.borrow()
    assert await fourth.fetchval("SELECT 1") == 1
    for each in (third, fourth):
        await lending.give_back(each)


async def test_a_place_is_free_again_where_no_connection_could_be_opened(
    lending: Lending, pool: "asyncpg.Pool[Row]"
) -> None:
    connections = await borrowed(lending)
    for each in connections:
        each.terminate()
    pool.set_connect_args(host="127.0.0.1", port=1)
    for each in connections:
        await lending.give_back(each)

    for _ in range(PLACES + 1):
        with pytest.raises(OSError, match="Connect call failed"):
            await lending.borrow()


async def test_after_a_failure_the_pool_looks_after_a_connection(lending: Lending) -> None:
    async def fail() -> None:
        async with lending.lend() as connection:
            await connection.execute("BEGIN")
            await connection.fetchval("SELECT 1 / 0")

    with pytest.raises(asyncpg.DivisionByZeroError):
        await fail()

    async with lending.lend() as connection:
        assert not connection.is_in_transaction()
        assert await connection.fetchval("SELECT 1") == 1


async def test_a_connection_that_nobody_wants_for_a_while_goes_back_to_the_pool(
    lending: Lending, pool: "asyncpg.Pool[Row]", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lending_module, "KEPT_SECONDS", 0.05)
    for each in await borrowed(lending):
        await lending.give_back(each)
    assert pool.get_idle_size() == 0

    async with asyncio.timeout(PATIENCE):
        while pool.get_idle_size() < PLACES:  # noqa: ASYNC110 - a timer brings it about
            await asyncio.sleep(0.01)
    assert lending.idle == PLACES
    for each in await borrowed(lending):
        await lending.give_back(each)
