"""Slugs that somebody else has already."""

import re

from commands.import_schedules import Tally
from commands.importing.slugs import Proposal, free_slugs
from db.imports import Imports
from db.models import Event
from integrations.schedules.names import told_apart
from tests.commands.importing.desk import Desk, moot, source, talk

HELLO = source(moot(talk("a", "Hello")))

SLUGS = "SELECT slug FROM {} WHERE deleted_at IS NULL ORDER BY created_at"


async def test_the_same_file_in_several_organisations_has_other_slugs_in_each(desk: Desk) -> None:
    for number in range(4):
        await desk(HELLO, f"Moots {number}")
    functions = [row["slug"] for row in await desk.sql(SLUGS.format("functions"))]
    events = [row["slug"] for row in await desk.sql(SLUGS.format("events"))]

    assert functions[0] == "moot-2024"
    assert events[0] == "moot-2024-hello"
    assert all(re.fullmatch(r"moot-2024-[0-9a-f]{8}", slug) for slug in functions[1:])
    assert all(re.fullmatch(r"moot-2024-hello-[0-9a-f]{8}", slug) for slug in events[1:])
    assert len({*functions, *events}) == 8


async def test_a_slug_that_was_taken_while_its_row_was_deleted_is_told_apart_when_it_is_back(desk: Desk) -> None:
    await desk(HELLO)
    await desk(source(moot(talk("b", "Hello"))))
    assert [row["slug"] for row in await desk.sql(SLUGS.format("events"))] == ["moot-2024-hello"]

    counts = await desk(source(moot(talk("a", "Hello"), talk("b", "Hello"))))
    slugs = {key: row["slug"] for key, row in (await desk.events()).items()}

    assert counts.events == Tally(restored=1, unchanged=1)
    assert slugs["b"] == "moot-2024-hello"
    assert re.fullmatch(r"moot-2024-hello-[0-9a-f]{8}", slugs["a"])


async def test_rows_that_come_back_together_are_told_apart_from_each_other(desk: Desk) -> None:
    for guid in "abc":
        await desk(source(moot(talk(guid, "Hello"))))
    counts = await desk(source(moot(talk("a", "Hello"), talk("b", "Hello"), talk("d"))))

    assert counts.events == Tally(created=1, deleted=1, restored=2)
    assert len({row["slug"] for row in (await desk.events()).values()}) == 3


async def test_a_function_comes_back_though_its_slugs_were_taken(desk: Desk) -> None:
    await desk(HELLO, "Moots")
    await desk.sql(
        "INSERT INTO events (event_id, function_id, organisation_id, title, slug, event_start, timezone) "
        "SELECT gen_random_uuid(), function_id, organisation_id, 'Dinner', 'dinner', now(), 'UTC' FROM functions"
    )
    await desk(source(moot(year=2030)), "Moots")
    await desk(HELLO, "Others")
    await desk.sql(
        "INSERT INTO events (event_id, organisation_id, title, slug, event_start, timezone) "
        "SELECT gen_random_uuid(), organisation_id, 'Dinner', 'dinner', now(), 'UTC' FROM organisations LIMIT 1"
    )
    counts = await desk(HELLO, "Moots")

    assert counts.functions == Tally(restored=1, deleted=1)
    assert counts.events == Tally(restored=2)
    rows = await desk.sql("SELECT slug FROM events WHERE deleted_at IS NULL AND function_id IS NOT NULL")
    assert len({row["slug"] for row in rows}) == 3


async def test_a_slug_is_given_once_whatever_others_propose(desk: Desk) -> None:
    await desk(HELLO)
    apart = told_apart("moot-2024-hello", "x")
    proposals = [
        Proposal("moot-2024-hello", "x"),
        Proposal(apart, "y"),
        Proposal("other", "z"),
        Proposal("other", "z"),
        Proposal("other", "z"),
    ]
    async with desk.database.write() as connection:
        found = await free_slugs(Imports(connection), Event, proposals)

    assert found[1:3] == [apart, "other"]
    assert len({*found, "moot-2024-hello"}) == 6
