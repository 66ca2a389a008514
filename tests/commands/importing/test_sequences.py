"""Versions of schedules, imported one after the other in any order."""

import itertools
import json
from collections.abc import Sequence
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commands.import_schedules import Source, source_of
from integrations.schedules.model import BrokenSchedule
from integrations.schedules.read import read_schedule
from tests.commands.importing.desk import Desk, conference, listing, moot, talk

NUMBERS = itertools.count(1)
ON_ONE_DATABASE = settings(
    max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
"""Every example has an organisation of its own, so all of them may share the database."""

SAID = """
    SELECT f.external_id, f.name, f.description, f.start_date, f.end_date, f.timezone, f.location, f.image_url,
           f.metadata, f.is_active, e.external_id, e.type, e.title, e.description, e.event_start, e.event_end,
           e.timezone, e.location, e.metadata, e.is_published
    FROM functions AS f
    JOIN organisations AS o USING (organisation_id)
    LEFT JOIN events AS e ON e.function_id = f.function_id AND e.deleted_at IS NULL
    WHERE o.name = $1 AND f.deleted_at IS NULL ORDER BY f.external_id, e.external_id
"""
WORDS = st.text(st.characters(codec="utf-8"), max_size=12)
KEYS = """
    SELECT f.external_id, e.external_id, f.function_id, e.event_id FROM functions AS f
    JOIN organisations AS o USING (organisation_id) LEFT JOIN events AS e USING (function_id) WHERE o.name = $1
"""

TALKS = st.builds(
    talk,
    st.sampled_from("abcd"),
    st.sampled_from(["Hello", "Bye"]),
    start=st.sampled_from(["10:00", "23:30"]),
    room=st.sampled_from(["Hall", "Attic", ""]),
    track=st.sampled_from(["", "Rust"]),
)
EDITIONS = st.builds(
    lambda talks, **conference: moot(*talks, **conference),
    st.lists(TALKS, max_size=4, unique_by=lambda each: each["guid"]),
    year=st.sampled_from([2024, 2025]),
    title=st.sampled_from(["The Moot", "Moot!"]),
    city=st.sampled_from([None, "Berlin"]),
)
LISTS = st.lists(
    st.builds(
        conference,
        st.sampled_from(["a.example", "b.example", "c.example"]),
        country=st.sampled_from(["", "Belgium", "Chile"]),
        endDate=st.sampled_from(["2024-06-01", "2024-06-03"]),
    ),
    max_size=3,
    unique_by=lambda each: each["url"],
).map(lambda items: listing(*items))
FILES = st.one_of(
    EDITIONS.map(lambda data: ("moot.json", data)), st.tuples(st.sampled_from(["go.json", "ruby.json"]), LISTS)
)
VERSIONS = st.lists(FILES, max_size=3)


def read(name: str, files: Sequence[tuple[str, bytes]]) -> Source:
    return source_of(name, [read_schedule(path, data) for path, data in files])


async def said(desk: Desk, organisation: str) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in await desk.sql(SAID, organisation)]


@ON_ONE_DATABASE
@given(st.lists(VERSIONS, min_size=1, max_size=5))
async def test_after_many_versions_only_the_last_can_be_seen(desk: Desk, versions: list[Any]) -> None:
    number = next(NUMBERS)
    keys: dict[tuple[Any, ...], tuple[Any, ...]] = {}
    for version in versions:
        await desk(read("schedule", version), f"Many {number}")
        for row in await desk.sql(KEYS, f"Many {number}"):
            assert keys.setdefault(tuple(row)[:2], tuple(row)[2:]) == tuple(row)[2:]
    await desk(read("schedule", versions[-1]), f"One {number}")

    assert await said(desk, f"Many {number}") == await said(desk, f"One {number}")


@ON_ONE_DATABASE
@given(st.lists(st.tuples(st.sampled_from(["first", "second", "third"]), VERSIONS), min_size=1, max_size=6))
async def test_of_many_sources_all_that_the_last_versions_name_can_be_seen(desk: Desk, imports: list[Any]) -> None:
    organisation = f"Several {next(NUMBERS)}"
    last = {}
    for name, version in imports:
        last[name] = read(name, version)
        await desk(last[name], organisation)
    rows = {row[0]: row for row in await said(desk, organisation)}

    assert set(rows) == {gathering.external_id for each in last.values() for gathering in each.gatherings}
    for each in last.values():
        for gathering in each.gatherings:
            metadata = json.loads(rows[gathering.external_id][8])
            assert set(gathering.metadata.get("topics", [])) <= set(metadata.get("topics", []))


@ON_ONE_DATABASE
@given(st.lists(st.tuples(st.sampled_from(["first", "second"]), VERSIONS), min_size=1, max_size=4))
async def test_importing_all_sources_again_changes_nothing(desk: Desk, imports: list[Any]) -> None:
    organisation = f"Again {next(NUMBERS)}"
    last = {name: read(name, version) for name, version in imports}
    for name, version in imports:
        await desk(read(name, version), organisation)
    for each in last.values():  # what a source took back with its last version is now taken back everywhere
        await desk(each, organisation)
    before = await desk.touched()
    for each in last.values():
        counts = await desk(each, organisation)
        assert (counts.functions.changed, counts.events.changed) == (0, 0)

    assert await desk.touched() == before


@ON_ONE_DATABASE
@given(st.fixed_dictionaries({}, optional=dict.fromkeys(["title", "acronym", "city", "subtitle"], WORDS)), WORDS, WORDS)
async def test_whatever_can_be_read_can_be_imported(
    desk: Desk, conference: dict[str, str], title: str, room: str
) -> None:
    written = moot(talk("a", title, room=room, type=room, description=title, url=f"https://a/{room}"), **conference)
    try:
        taken = read("schedule", [("moot.json", written)])
    except BrokenSchedule:
        return
    organisation = f"Any {next(NUMBERS)}"
    await desk(taken, organisation)
    again = await desk(taken, organisation)

    assert (again.functions.unchanged, again.events.unchanged) == (1, 1)
