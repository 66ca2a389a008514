import tracemalloc

import asyncpg
import pytest

from db import bulk
from db.bulk import TablesInUse, begin_bulk_load, vacuum_analyze
from db.database import Database, DatabaseOptions, open_database
from db.models import Event, Organisation
from domain.ids import uuid7

COLUMNS = ["organisation_id", "name", "slug", "timezone"]


def organisation(slug: str) -> tuple[object, ...]:
    return uuid7(), "Organisation", slug, "UTC"


async def slugs(database_url: str) -> list[str]:
    connection = await asyncpg.connect(database_url)
    try:
        return [row["slug"] for row in await connection.fetch("SELECT slug FROM organisations ORDER BY slug")]
    finally:
        await connection.close()


async def secondary(database_url: str) -> list[str]:
    """The definitions of all indexes and foreign keys."""
    connection = await asyncpg.connect(database_url)
    try:
        rows = await connection.fetch(
            "SELECT indexdef AS definition FROM pg_indexes WHERE schemaname = 'public' UNION ALL "
            "SELECT conrelid::regclass || conname || pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'f'"
        )
        return sorted(row["definition"] for row in rows)
    finally:
        await connection.close()


async def test_copied_rows_belong_to_the_transaction_that_is_written(database: Database, database_url: str) -> None:
    with pytest.raises(ZeroDivisionError):  # noqa: PT012 - the transaction is what fails
        async with database.write() as connection:
            load = await begin_bulk_load(connection)
            await load.copy(Organisation, COLUMNS, [organisation("undone")])
            raise ZeroDivisionError
    async with database.write() as connection:
        load = await begin_bulk_load(connection)
        await load.copy(Organisation, COLUMNS, [organisation("kept")])

    assert await slugs(database_url) == ["kept"]


async def test_rows_are_taken_one_by_one_and_never_gathered(database: Database) -> None:
    count = 40_000
    tracemalloc.start()
    try:
        async with database.write() as connection:
            load = await begin_bulk_load(connection)
            await load.copy(Organisation, COLUMNS, (organisation(f"o-{number}") for number in range(count)))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak < count * 100  # a record alone takes more, gathered


async def test_a_load_may_take_longer_than_a_request(database_url: str) -> None:
    async with (
        open_database(DatabaseOptions(database_url, timeout=2.0)) as database,
        database.write() as connection,
    ):
        load = await begin_bulk_load(connection)
        await load.run("SELECT pg_sleep(2.3)")


async def test_a_statement_of_a_load_has_a_limit_of_its_own(database: Database) -> None:
    with pytest.raises(TimeoutError):
        async with database.write() as connection:
            await (await begin_bulk_load(connection, timeout=0.3)).run("SELECT pg_sleep(20)")


async def test_indexes_set_aside_come_back_as_they_were_found(database: Database, database_url: str) -> None:
    async with database.write() as connection:
        await (await begin_bulk_load(connection)).run("CREATE INDEX an_operators_own ON events (location)")
    before = await secondary(database_url)
    async with database.write() as connection:
        load = await begin_bulk_load(connection)
        aside = await load.set_aside_indexes([Event, Organisation])
        left = await load.connection.fetch("SELECT indexname FROM pg_indexes WHERE tablename = 'events'")
        for statement in aside.restore:
            await load.run(statement)

    assert {row["indexname"] for row in left} == {"pk_events", "uq_events_function_id_external_id"}
    assert any("an_operators_own" in statement for statement in aside.restore)
    assert await secondary(database_url) == before


async def test_tables_that_others_use_are_waited_for_only_so_long(
    database: Database, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "LOCK_TIMEOUT", 0.2)
    reader = await asyncpg.connect(database_url)
    try:
        async with reader.transaction():
            await reader.fetch("SELECT FROM events")
            with pytest.raises(TablesInUse, match="in use"):
                async with database.write() as connection:
                    await (await begin_bulk_load(connection)).set_aside_indexes([Event])
    finally:
        await reader.close()


async def test_only_one_load_of_a_key_goes_on_at_a_time(database: Database) -> None:
    async with database.write() as first, database.write() as second:
        one, other = await begin_bulk_load(first), await begin_bulk_load(second)

        assert await one.only_one(7)
        assert not await other.only_one(7)
        assert await other.only_one(8)


async def test_vacuum_tells_the_planner_what_a_table_holds(database: Database, database_url: str) -> None:
    async with database.write() as connection:
        load = await begin_bulk_load(connection)
        await load.copy(Organisation, COLUMNS, [organisation(f"o-{number}") for number in range(50)])
    await vacuum_analyze(database, Organisation)

    connection = await asyncpg.connect(database_url)
    try:
        assert await connection.fetchval("SELECT reltuples FROM pg_class WHERE relname = 'organisations'") == 50
    finally:
        await connection.close()
