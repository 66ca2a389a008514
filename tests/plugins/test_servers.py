"""The fixtures keep tests apart from each other and from the user's own servers."""

import os

import asyncpg
import pytest
from redis.asyncio import Redis


@pytest.mark.parametrize("turn", [1, 2])
async def test_each_test_has_a_database_of_its_own(database_url: str, turn: int) -> None:
    connection = await asyncpg.connect(database_url, timeout=10)
    try:
        await connection.execute("CREATE TABLE left_behind (turn integer)")  # would exist already in a shared database

        assert await connection.fetchval("SELECT count(*) FROM left_behind") == 0
    finally:
        await connection.close(timeout=10)


async def test_a_database_is_migrated(database_url: str) -> None:
    connection = await asyncpg.connect(database_url, timeout=10)
    try:
        assert await connection.fetchval("SELECT count(*) FROM alembic_version") == 1
    finally:
        await connection.close(timeout=10)


@pytest.mark.parametrize("turn", [1, 2])
async def test_each_test_finds_no_keys(redis_url: str, turn: int) -> None:
    async with Redis.from_url(redis_url) as client:
        assert await client.dbsize() == 0

        await client.set("left behind", turn)


def test_the_servers_of_the_user_are_out_of_sight() -> None:
    assert not {"DATABASE_URL", "REDIS_URL"} & os.environ.keys()
