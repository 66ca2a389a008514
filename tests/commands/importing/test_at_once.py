"""Imports that meet each other, and others who write."""

import asyncio
import datetime as dt
from dataclasses import replace

import pytest

from commands import import_schedules
from commands.import_schedules import Tally
from db.contention import InUse
from db.imports import Imports
from db.models import Function
from db.soft_delete import soft_delete
from tests.commands.importing.desk import Desk, conference, listing, moot, source, talk, topics

BOTH = source(moot(talk("a"), talk("b")))


async def test_two_imports_of_one_file_at_once_are_as_one_after_the_other(desk: Desk) -> None:
    counts = await asyncio.gather(*(desk(BOTH) for _ in range(4)))

    assert sorted(each.functions.created for each in counts) == [0, 0, 0, 1]
    assert sorted(each.events.unchanged for each in counts) == [0, 2, 2, 2]
    assert len(await desk.sql("SELECT FROM organisations")) == 1
    assert len(await desk.sql("SELECT FROM import_sources")) == 1
    assert len(await desk.events()) == 2


async def test_one_file_may_be_imported_into_several_organisations_at_once(desk: Desk) -> None:
    many = source(moot(*(talk(str(number)) for number in range(300))))
    counts = await asyncio.gather(*(desk(many, f"Moots {number}") for number in range(4)))

    assert [each.events.created for each in counts] == [300] * 4
    (row,) = await desk.sql("SELECT count(DISTINCT slug) AS slugs, count(*) AS events FROM events")
    assert tuple(row) == (1200, 1200)


async def test_imports_into_one_organisation_wait_for_each_other(desk: Desk) -> None:
    await desk(source(listing()))
    ((key,),) = await desk.sql("SELECT organisation_id FROM organisations")
    async with desk.database.write() as connection:
        await Imports(connection).take_turn(f"the organisation {key}")
        under_way = asyncio.create_task(desk(BOTH))
        await desk.until_somebody_waits()

    assert (await under_way).functions == Tally(created=1)


async def test_a_function_that_all_its_sources_drop_at_once_is_deleted(desk: Desk) -> None:
    lists = {name: topics({"go": listing(conference("a.example"))}, name) for name in ("first", "second")}
    for _ in range(10):
        for each in lists.values():
            await desk(each)
        await asyncio.gather(*(desk(topics({"go": listing()}, name)) for name in lists))
        assert not await desk.functions()


async def test_a_function_that_is_deleted_while_talks_are_added_comes_back_with_all_of_them(desk: Desk) -> None:
    await desk(source(moot(talk("a"))))
    ((key,),) = await desk.sql("SELECT function_id FROM functions")
    async with desk.database.write() as connection:
        await soft_delete(connection, Function, [key], at=dt.datetime.now(dt.UTC))
        under_way = asyncio.create_task(desk(BOTH))
        await desk.until_somebody_waits()

    counts = await under_way
    assert (counts.functions, counts.events) == (Tally(restored=1), Tally(created=1, restored=1))
    assert set(await desk.events()) == {"a", "b"}


async def test_an_import_that_waits_too_long_gives_up_and_leaves_nothing(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await desk(source(moot(talk("a"))))
    before = await desk.rows()
    monkeypatch.setattr(import_schedules, "PATIENCE", 0.2)
    quick = replace(desk, database=replace(desk.database, timeout=0.2))
    async with desk.database.write() as connection:
        await connection.exec_driver_sql("LOCK TABLE events")
        with pytest.raises(InUse, match="try again"):
            await quick(BOTH)

    assert await desk.rows() == before
