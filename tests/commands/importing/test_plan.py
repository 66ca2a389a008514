"""What several sources say of one function."""

import json

from commands.import_schedules import Source, Tally
from tests.commands.importing.desk import Desk, conference, listing, moot, source, talk, topics

FOLDER = topics(
    {
        "python": listing(conference("a.example", city="Ghent"), conference("b.example")),
        "ruby": listing(conference("a.example", city="Ghent", twitter="@a"), conference("c.example")),
    },
    "2024",
)


def one(topic: str, *hosts: str, **given: object) -> Source:
    """A source of one list, named after its topic."""
    return topics({topic: listing(*(conference(host, city="Ghent", **given) for host in hosts))}, f"{topic}.json")


async def test_a_conference_in_several_lists_of_a_source_is_one_function(desk: Desk) -> None:
    counts = await desk(FOLDER)

    assert counts.functions == Tally(created=3)
    assert await desk.topics() == {"A": ["python", "ruby"], "B": ["python"], "C": ["ruby"]}


async def test_a_topic_that_the_only_source_no_longer_says_is_gone(desk: Desk) -> None:
    await desk(FOLDER)
    counts = await desk(topics({"ruby": listing(conference("a.example", city="Ghent"))}, "2024"))

    assert counts.functions == Tally(updated=1, deleted=2)
    assert await desk.topics() == {"A": ["ruby"]}


async def test_another_source_adds_what_it_says_and_takes_nothing_away(desk: Desk) -> None:
    await desk(FOLDER)
    counts = await desk(one("ruby", "a.example", "d.example", country="Belgium"))
    rows = {row["name"]: row for row in (await desk.functions()).values()}

    assert counts.functions == Tally(created=1, updated=1)
    assert await desk.topics() == {"A": ["python", "ruby"], "B": ["python"], "C": ["ruby"], "D": ["ruby"]}
    assert rows["A"]["location"] == "Ghent, Belgium"
    assert json.loads(rows["A"]["metadata"])["accounts"] == {"twitter": "@a"}


async def test_sources_that_say_different_things_are_imported_again_without_a_change(desk: Desk) -> None:
    sources = [FOLDER, one("ruby", "a.example", country="Belgium"), one("go", "a.example", country="België")]
    for each in sources:
        await desk(each)
    before = await desk.touched()
    for each in [*sources, *reversed(sources)]:
        counts = await desk(each)
        assert counts.functions == Tally(unchanged=len(each.gatherings))

    assert await desk.touched() == before


async def test_what_changed_last_stands(desk: Desk) -> None:
    await desk(one("ruby", "a.example", country="Belgium"))
    await desk(one("go", "a.example", country="België"))
    await desk(one("ruby", "a.example", country="Belgique"))

    assert [row["location"] for row in (await desk.functions()).values()] == ["Ghent, Belgique"]

    await desk(one("ruby", "a.example", country="Belgium"))
    assert [row["location"] for row in (await desk.functions()).values()] == ["Ghent, Belgium"]


async def test_an_edit_by_hand_to_what_several_sources_name_stays_until_one_of_them_changes(desk: Desk) -> None:
    sources = [one("ruby", "a.example"), one("go", "a.example")]
    for each in sources:
        await desk(each)
    await desk.sql("UPDATE functions SET name = 'Edited'")
    for each in sources:
        assert (await desk(each)).functions == Tally(unchanged=1)
    assert list(await desk.topics()) == ["Edited"]

    await desk(one("ruby", "a.example", country="Belgium"))
    assert await desk.topics() == {"A": ["go", "ruby"]}


async def test_a_function_stays_until_the_last_source_that_names_it_no_longer_does(desk: Desk) -> None:
    await desk(one("ruby", "a.example"))
    await desk(one("go", "a.example"))

    assert (await desk(one("ruby"))).functions == Tally()
    assert (await desk(one("ruby"))).functions == Tally()
    assert list(await desk.topics()) == ["A"]
    assert (await desk(one("go"))).functions == Tally(deleted=1)
    assert not await desk.functions()


async def test_what_only_a_source_said_that_is_gone_goes_when_the_one_that_is_left_is_imported(desk: Desk) -> None:
    await desk(one("ruby", "a.example"))
    await desk(one("go", "a.example"))
    await desk(one("go"))
    counts = await desk(one("ruby", "a.example"))

    assert counts.functions == Tally(updated=1)
    assert await desk.topics() == {"A": ["ruby"]}


async def test_a_function_that_is_back_says_what_is_said_of_it_now(desk: Desk) -> None:
    await desk(one("ruby", "a.example"))
    await desk(one("go", "a.example"))
    for empty in (one("ruby"), one("go")):
        await desk(empty)
    counts = await desk(one("rust", "a.example"))

    assert counts.functions == Tally(restored=1)
    assert await desk.topics() == {"A": ["rust"]}


async def test_a_function_that_was_deleted_by_hand_is_restored_with_all_that_was_said_of_it(desk: Desk) -> None:
    await desk(one("ruby", "a.example"))
    await desk(one("go", "a.example"))
    await desk.sql("UPDATE functions SET deleted_at = now()")
    counts = await desk(one("go", "a.example"))

    assert counts.functions == Tally(restored=1)
    assert await desk.topics() == {"A": ["go", "ruby"]}


async def test_the_sources_of_one_organisation_are_none_of_another(desk: Desk) -> None:
    await desk(one("ruby", "a.example"), "Moots")
    await desk(one("ruby", "b.example"), "Mots")
    rows = await desk.sql("SELECT name FROM functions WHERE deleted_at IS NULL ORDER BY name")

    assert [row["name"] for row in rows] == ["A", "B"]


async def test_the_source_that_listed_an_editions_talks_last_stands_for_all_of_them(desk: Desk) -> None:
    xml = source(moot(talk("a"), talk("b")), name="schedule.xml")
    other = source(moot(talk("b", "Moved"), talk("c")), name="schedule.json")
    await desk(xml)
    assert (await desk(other)).events == Tally(created=1, updated=1, deleted=1)
    assert (await desk(xml)).events == Tally(unchanged=2)
    assert {key: row["title"] for key, row in (await desk.events()).items()} == {"b": "Moved", "c": "Talk c"}

    assert (await desk(source(moot(), name="empty.json"))).events == Tally()
    assert (await desk(source(listing(), name="schedule.json"))).events == Tally()
    assert set(await desk.events()) == {"b", "c"}
