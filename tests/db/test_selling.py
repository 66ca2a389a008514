"""Transactions of orders: whole or not at all, and nothing of them stays on the connection."""

import asyncio
import uuid
from collections.abc import AsyncIterator

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from db.contention import transact
from db.database import Database, DatabaseOptions, open_database
from db.failures import is_unavailable
from db.places import Places, PoolExhausted, take, take_and_commit
from db.row_security import SALES_ROLE, SYSTEM_ROLE
from db.selling import driver_of, sale
from tests.plugins.servers import execute

POOL, FULL = uuid.UUID(int=1), uuid.UUID(int=2)
SHOP = (
    "INSERT INTO organisations (organisation_id, name, slug, timezone) VALUES (gen_random_uuid(), 'H', 'h', 'UTC')",
    """INSERT INTO capacity_pools (pool_id, organisation_id, name, capacity)
    SELECT ('00000000-0000-0000-0000-00000000000' || n)::uuid, organisation_id, 'Hall', capacity
    FROM organisations, (VALUES (1, 5), (2, 1)) AS pools (n, capacity)""",
)
PATIENCE = 5.0

WHO = text("SELECT current_user, current_setting('lock_timeout'), now() <> statement_timestamp()")
HELD = text("SELECT held FROM capacity_pools ORDER BY pool_id")
SLEEPS = "SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()"
ELSEWHERE = text("UPDATE capacity_pools SET held = held + 1")


@pytest.fixture(params=[True, False], ids=["with prepared statements", "without"])
async def database(database_url: str, request: pytest.FixtureRequest) -> AsyncIterator[Database]:
    for statement in SHOP:
        execute(database_url, statement)
    options = DatabaseOptions(database_url, pool_size=1, under_roles=True, prepared_statements=request.param)
    async with open_database(options) as database:
        yield database


async def held(database: Database) -> tuple[int, ...]:
    async with database.write(sells=True) as connection:
        return tuple((await connection.execute(HELD)).scalars())


async def test_it_works_under_the_role_of_selling_and_leaves_none_of_it_behind(database: Database) -> None:
    async with sale(database, lock_timeout=1.5) as connection:
        assert tuple((await connection.execute(WHO)).one()) == (SALES_ROLE, "1500ms", True)

    async with database.write() as connection:
        role, patience, _ = (await connection.execute(WHO)).one()
    assert (role, patience) == (SYSTEM_ROLE, "0")


async def test_what_was_done_by_either_way_in_is_committed_together(database: Database) -> None:
    async with sale(database, lock_timeout=1) as connection:
        await connection.execute(ELSEWHERE)
        await (await driver_of(connection)).execute("UPDATE capacity_pools SET held = held - 1 WHERE capacity = 5")

    assert await held(database) == (0, 1)


async def test_what_raises_leaves_nothing_by_either_way_in(database: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        await _sell(database, "UPDATE capacity_pools SET held = held + 1 WHERE capacity = 5")

    assert await held(database) == (0, 0)


async def test_who_is_cancelled_at_the_beginning_gives_the_connection_back(database: Database) -> None:
    for steps in range(12):
        task = asyncio.create_task(_sell(database, "SELECT 1"))
        for _ in range(steps):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task], timeout=PATIENCE)

        assert task.done()
        assert await asyncio.wait_for(held(database), PATIENCE) == (0, 0)


async def test_who_is_cancelled_in_a_statement_leaves_nothing(database: Database, database_url: str) -> None:
    task = asyncio.create_task(_sell(database, "SELECT pg_sleep(60)"))
    watching = await asyncpg.connect(database_url, timeout=PATIENCE, command_timeout=PATIENCE)
    try:
        async with asyncio.timeout(PATIENCE):
            while not await watching.fetchval(SLEEPS):  # noqa: ASYNC110 - another process brings it about
                await asyncio.sleep(0.02)
    finally:
        await watching.close(timeout=PATIENCE)
    task.cancel()
    await asyncio.wait([task], timeout=PATIENCE)

    assert task.cancelled()
    assert await asyncio.wait_for(held(database), PATIENCE) == (0, 0)


async def _sell(database: Database, statement: str) -> None:
    """A sale that comes to nothing, however far it gets."""
    async with sale(database, lock_timeout=1) as connection:
        await connection.execute(ELSEWHERE)
        await (await driver_of(connection)).execute(statement)
        raise ZeroDivisionError


async def test_a_connection_that_ends_between_two_statements_is_one_that_is_away(
    database: Database, database_url: str
) -> None:
    async def sell() -> None:
        async with sale(database, lock_timeout=1) as connection:
            driver = await driver_of(connection)
            execute(database_url, f"SELECT pg_terminate_backend({driver.get_server_pid()}, 5000)")
            await asyncio.sleep(0)  # the driver may hear of it before it sends something, or not
            await driver.execute("SELECT 1")

    with pytest.raises(Exception, match=r".") as ended:
        await sell()

    assert is_unavailable(ended.value)
    assert await asyncio.wait_for(held(database), PATIENCE) == (0, 0)


async def test_places_are_taken_and_committed_at_once(database: Database) -> None:
    async def sell() -> None:
        async with sale(database, lock_timeout=1) as connection:
            await take_and_commit(connection, {FULL: 1, POOL: 3}, {})
            raise ZeroDivisionError  # too late

    with pytest.raises(ZeroDivisionError):
        await sell()

    assert await held(database) == (3, 1)


async def _commit(connection: AsyncConnection, wanted: Places) -> None:
    await take_and_commit(connection, wanted, {})


@pytest.mark.parametrize("way", [take, _commit])
async def test_where_one_pool_has_too_little_none_is_taken_of_and_it_is_said_which(
    database: Database, way: object
) -> None:
    with pytest.raises(PoolExhausted) as exhausted:
        async with sale(database, lock_timeout=1) as connection:
            await (take if way is take else _commit)(connection, {FULL: 2, POOL: 3})

    assert (exhausted.value.pool_id, exhausted.value.wanted, exhausted.value.remaining) == (FULL, 2, 1)
    assert await held(database) == (0, 0)


async def test_an_attempt_within_it_can_be_undone_alone(database: Database) -> None:
    async with sale(database, lock_timeout=1) as connection:
        await take(connection, {POOL: 1})
        with pytest.raises(PoolExhausted):
            async with connection.begin_nested():
                await take(connection, {POOL: 1, FULL: 2})

    assert await held(database) == (1, 0)


async def test_who_meets_another_begins_again_whichever_way_the_statement_went(database: Database) -> None:
    attempts = []

    async def work(connection: AsyncConnection) -> None:
        attempts.append(connection)
        if len(attempts) == 1:
            await (await driver_of(connection)).execute(
                "DO $$ BEGIN RAISE EXCEPTION 'in the way' USING ERRCODE = 'lock_not_available'; END $$"
            )

    await transact(database, work, patience=PATIENCE, sells=True)

    assert len(attempts) == 2
