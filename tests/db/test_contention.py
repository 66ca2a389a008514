import asyncio
from dataclasses import replace

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.ext.asyncio import AsyncConnection

from db.contention import Disturbed, InUse, RowRefused, transact
from db.database import Database

ADD = text(
    "INSERT INTO organisations (organisation_id, name, slug, timezone) VALUES (gen_random_uuid(), 'X', :slug, 'UTC')"
)
RENAME = text("UPDATE organisations SET name = name || :mark WHERE slug = :slug")


async def add(database: Database, *slugs: str) -> None:
    async with database.write() as connection:
        await connection.execute(ADD, [{"slug": slug} for slug in slugs])


async def names(database: Database) -> dict[str, str]:
    async with database.write() as connection:
        return {row.slug: row.name for row in await connection.execute(text("SELECT slug, name FROM organisations"))}


async def test_work_is_done_once_and_kept(database: Database) -> None:
    async def work(connection: AsyncConnection) -> int:
        return (await connection.execute(ADD, {"slug": "a"})).rowcount

    assert await transact(database, work, patience=1) == 1
    assert list(await names(database)) == ["a"]


async def test_what_is_not_to_be_kept_is_undone(database: Database) -> None:
    async def work(connection: AsyncConnection) -> int:
        return (await connection.execute(ADD, {"slug": "a"})).rowcount

    assert await transact(database, work, patience=1, keep=False) == 1
    assert not await names(database)


async def test_work_that_meets_another_row_is_undone_and_begun_again(database: Database) -> None:
    await add(database, "b")
    slugs = iter(["b", "c"])

    async def work(connection: AsyncConnection) -> None:
        await connection.execute(RENAME, {"slug": "b", "mark": "!"})
        await connection.execute(ADD, {"slug": next(slugs)})

    await transact(database, work, patience=5)
    assert await names(database) == {"b": "X!", "c": "X"}


async def test_work_that_finds_its_ground_gone_is_begun_again(database: Database) -> None:
    attempts = []

    async def work(connection: AsyncConnection) -> None:
        attempts.append(connection)
        await connection.execute(ADD, {"slug": f"a{len(attempts)}"})
        if len(attempts) < 3:
            raise Disturbed("the ground is gone")

    await transact(database, work, patience=5)
    assert list(await names(database)) == ["a3"]


async def test_transactions_that_lock_each_other_out_both_succeed(database: Database) -> None:
    await add(database, "a", "b")
    met = asyncio.Barrier(2)
    first = {"a": True, "b": True}

    async def work(connection: AsyncConnection, one: str, other: str) -> None:
        await connection.execute(RENAME, {"slug": one, "mark": one})
        if first.pop(one, False):
            await asyncio.wait_for(met.wait(), 10)
        await connection.execute(RENAME, {"slug": other, "mark": one})

    await asyncio.gather(
        transact(database, lambda connection: work(connection, "a", "b"), patience=20),
        transact(database, lambda connection: work(connection, "b", "a"), patience=20),
    )
    assert {slug: "".join(sorted(name)) for slug, name in (await names(database)).items()} == {"a": "Xab", "b": "Xab"}


async def test_work_gives_up_when_others_stay_in_the_way(database: Database) -> None:
    await add(database, "a")

    async def work(connection: AsyncConnection) -> None:
        await connection.execute(ADD, {"slug": "b"})
        await connection.execute(RENAME, {"slug": "a", "mark": "!"})

    async with database.write() as other:
        await other.execute(RENAME, {"slug": "a", "mark": "?"})
        with pytest.raises(InUse, match=r"for 0\.3 seconds.* lock timeout") as refused:
            await transact(replace(database, timeout=0.1), work, patience=0.3)

    assert refused.value.code == "IN_USE"
    assert await names(database) == {"a": "X?"}


async def test_a_row_that_cannot_be_is_refused_at_once_with_the_rule_that_it_breaks(database: Database) -> None:
    attempts = []

    async def work(connection: AsyncConnection) -> None:
        attempts.append(connection)
        await connection.execute(ADD, {"slug": "a"})
        await connection.execute(ADD, {"slug": "Not A Slug"})

    with pytest.raises(RowRefused, match="ck_organisations_slug_well_formed"):
        await transact(database, work, patience=5)
    assert len(attempts) == 1
    assert not await names(database)


async def test_any_other_failure_is_passed_on_as_it_is(database: Database) -> None:
    async def work(connection: AsyncConnection) -> None:
        await connection.execute(text("SELECT no_such_column FROM organisations"))

    with pytest.raises(ProgrammingError, match="no_such_column"):
        await transact(database, work, patience=5)
