import datetime as dt
import json
from dataclasses import replace

import pytest
from sqlalchemy import event

from commands.import_schedules import (
    AmbiguousOrganisation,
    Source,
    Tally,
    import_source,
    rehearse_imports,
)
from db.contention import RowRefused
from domain.errors import InvalidArgument
from tests.commands.importing.desk import NOTHING, Desk, conference, listing, moot, source, talk, topics
from tests.plugins.graph import Graph

B = talk("b", start="12:00", room="Attic", track="Rust", description="<p>Hm.</p>", type="workshop")
BOTH = source(moot(talk("a"), B))


async def test_an_edition_becomes_a_function_and_its_talks_events(desk: Desk) -> None:
    counts = await desk(BOTH)
    functions, events = await desk.functions(), await desk.events()

    assert (counts.functions, counts.events) == (Tally(created=1), Tally(created=2))
    (function,) = functions.values()
    assert (function["name"], function["slug"], function["timezone"]) == ("The Moot", "moot-2024", "Europe/Berlin")
    assert (function["start_date"], function["end_date"]) == (dt.date(2024, 5, 4), dt.date(2024, 5, 4))
    assert json.loads(function["metadata"]) == {"acronym": "moot"}
    b = events["b"]
    assert (b["title"], b["slug"], b["type"], b["location"]) == ("Talk b", "moot-2024-talk-b", "workshop", "Attic")
    assert b["description"] == "<p>Hm.</p>"
    assert b["event_start"] == dt.datetime(2024, 5, 4, 10, tzinfo=dt.UTC)
    assert b["event_end"] - b["event_start"] == dt.timedelta(hours=1)
    assert json.loads(b["metadata"]) == {"track": "Rust", "type": "workshop"}
    assert events["a"]["type"] == "event"
    assert {e["function_id"] for e in events.values()} == {function["function_id"]}
    assert {e["organisation_id"] for e in events.values()} == {function["organisation_id"]}


async def test_what_is_imported_is_seen_through_the_api(graph: Graph) -> None:
    await import_source(graph.owner, BOTH, organisation="Moots")

    assert await graph.data(
        """{ function(slug: "moot-2024") { name timezone metadata organisation { name }
             events(first: 9) { totalCount nodes { title location metadata } } } }"""
    ) == {
        "function": {
            "name": "The Moot",
            "timezone": "Europe/Berlin",
            "metadata": {"acronym": "moot"},
            "organisation": {"name": "Moots"},
            "events": {
                "totalCount": 2,
                "nodes": [
                    {"title": "Talk a", "location": "Hall", "metadata": {}},
                    {"title": "Talk b", "location": "Attic", "metadata": {"track": "Rust", "type": "workshop"}},
                ],
            },
        }
    }


@pytest.mark.parametrize(
    "taken",
    [BOTH, source(moot()), topics({"ruby": listing(conference("a.example")), "go": listing(conference("a.example"))})],
    ids=["edition", "empty edition", "conference in two lists"],
)
async def test_importing_again_touches_no_row(desk: Desk, taken: Source) -> None:
    await desk(taken)
    before = await desk.touched()
    again = await desk(taken)

    assert (again.functions.changed, again.events.changed) == (0, 0)
    assert (again.functions.unchanged, again.events.unchanged) == (1, sum(len(g.talks) for g in taken.gatherings))
    assert await desk.touched() == before


async def test_a_changed_file_writes_what_changed_and_nothing_else(desk: Desk) -> None:
    await desk(source(moot(talk("a"), talk("b"))))
    before = await desk.events()
    counts = await desk(source(moot(talk("a"), talk("b", start="15:30", room="Cellar"), talk("c"))))
    after = await desk.events()

    assert counts.functions == Tally(unchanged=1)
    assert counts.events == Tally(created=1, updated=1, unchanged=1)
    assert after["a"] == before["a"]
    assert (after["b"]["version"], after["b"]["location"]) == (2, "Cellar")
    assert after["b"]["updated_at"] > before["b"]["updated_at"]
    assert (after["b"]["event_id"], after["b"]["created_at"]) == (before["b"]["event_id"], before["b"]["created_at"])
    assert [row["version"] for row in (await desk.functions()).values()] == [1]


async def test_a_retitled_talk_keeps_its_slug(desk: Desk) -> None:
    await desk(source(moot(talk("a", "Opening"))))
    await desk(source(moot(talk("a", "Keynote"))))

    assert [(e["title"], e["slug"]) for e in (await desk.events()).values()] == [("Keynote", "moot-2024-opening")]


async def test_a_talk_that_vanishes_is_deleted_with_its_tickets_and_restored_when_it_is_back(desk: Desk) -> None:
    await desk(BOTH)
    b = (await desk.events())["b"]
    await desk.sql(
        "INSERT INTO event_tickets (ticket_id, event_id, name, price_amount, price_currency) "
        "VALUES (gen_random_uuid(), $1, 'Day', 100, 'EUR')",
        b["event_id"],
    )
    tickets = "SELECT FROM event_tickets WHERE deleted_at IS NULL"
    gone = await desk(source(moot(talk("a"))))
    assert gone.events == Tally(unchanged=1, deleted=1)
    assert list(await desk.events()) == ["a"]
    assert not await desk.sql(tickets)

    back = await desk(BOTH)
    assert back.events == Tally(unchanged=1, restored=1)
    assert (await desk.events())["b"]["event_id"] == b["event_id"]
    assert (await desk.events())["b"]["slug"] == b["slug"]
    assert len(await desk.sql(tickets)) == 1


async def test_an_edition_without_talks_has_lost_all_of_them(desk: Desk) -> None:
    await desk(BOTH)
    counts = await desk(source(moot()))

    assert counts.events == Tally(deleted=2)
    assert counts.functions == Tally(unchanged=1)


async def test_a_function_that_its_source_names_no_more_is_deleted_with_its_events(desk: Desk) -> None:
    await desk(BOTH)
    counts = await desk(source(moot(talk("z"), year=2025)))

    assert counts.functions == Tally(created=1, deleted=1)
    assert counts.events == Tally(created=1, deleted=2)
    assert list(await desk.functions()) == ["edition:moot:2025"]
    assert list(await desk.events()) == ["z"]


async def test_a_function_that_is_back_has_the_talks_that_are_listed_now_and_what_others_added(desk: Desk) -> None:
    await desk(source(moot(talk("a"), talk("b"), talk("c"))))
    await desk(source(moot(talk("a"), talk("b"))))
    await desk.sql(
        "INSERT INTO events (event_id, function_id, organisation_id, title, slug, event_start, timezone) "
        "SELECT gen_random_uuid(), function_id, organisation_id, 'Dinner', 'dinner', now(), 'UTC' FROM functions"
    )
    gone = await desk(source(listing()))
    assert (gone.functions, gone.events) == (Tally(deleted=1), Tally(deleted=3))

    back = await desk(source(moot(talk("b"), talk("c"), talk("d"))))
    assert back.functions == Tally(restored=1)
    assert back.events == Tally(created=1, restored=3)
    rows = await desk.sql("SELECT title FROM events WHERE deleted_at IS NULL ORDER BY title")
    assert [row["title"] for row in rows] == ["Dinner", "Talk b", "Talk c", "Talk d"]


async def test_what_was_edited_by_hand_is_as_the_source_has_it_again(desk: Desk) -> None:
    await desk(BOTH)
    await desk.sql("UPDATE events SET title = 'Oops', metadata = NULL WHERE external_id = 'guid:b'")
    await desk.sql("UPDATE functions SET location = 'Nowhere', end_date = '2024-05-09'")
    counts = await desk(BOTH)

    assert (counts.functions, counts.events) == (Tally(updated=1), Tally(updated=1, unchanged=1))
    (function,) = (await desk.functions()).values()
    assert (function["location"], function["end_date"]) == (None, dt.date(2024, 5, 4))
    assert (await desk.events())["b"]["title"] == "Talk b"


async def test_what_schedules_do_not_speak_of_is_left_to_the_organisation(desk: Desk) -> None:
    await desk(BOTH)
    await desk.sql("UPDATE functions SET slug = 'our-moot', is_active = false")
    await desk.sql("UPDATE events SET slug = 'ours', is_published = false, is_featured = true WHERE title = 'Talk b'")
    await desk(source(moot(talk("a"), talk("b", "Renamed"), title="Moot!")))

    (function,) = (await desk.functions()).values()
    assert (function["name"], function["slug"], function["is_active"]) == ("Moot!", "our-moot", False)
    b = (await desk.events())["b"]
    assert (b["title"], b["slug"], b["is_published"], b["is_featured"]) == ("Renamed", "ours", False, True)


async def test_events_that_no_schedule_named_are_left_alone(desk: Desk) -> None:
    await desk(topics({"ruby": listing(conference("a.example"))}))
    await desk.sql(
        "INSERT INTO events (event_id, function_id, organisation_id, title, slug, event_start, timezone, external_id) "
        "SELECT gen_random_uuid(), function_id, organisation_id, x, x, now(), 'UTC', nullif(x, 'dinner') "
        "FROM functions, unnest(ARRAY['dinner', 'crm-7']) AS x"
    )
    counts = await desk(topics({"ruby": listing(conference("a.example", city="")), "go": listing()}))

    assert counts.events == NOTHING
    assert len(await desk.sql("SELECT FROM events WHERE deleted_at IS NULL")) == 2


async def test_an_organisation_is_made_with_the_zone_that_is_said_or_else_utc(desk: Desk) -> None:
    await desk(source(moot(talk("a"))), "Société des Moots", "Europe/Paris")
    await desk(source(moot(talk("a"))), "会")
    rows = await desk.sql("SELECT name, slug, timezone FROM organisations ORDER BY created_at")

    assert [tuple(row) for row in rows] == [
        ("Société des Moots", "societe-des-moots", "Europe/Paris"),
        ("会", "organisation", "UTC"),
    ]


async def test_an_organisation_is_found_by_name_or_by_slug(desk: Desk) -> None:
    await desk(BOTH, "Société des Moots", "Europe/Paris")
    for called in ("Société des Moots", "societe-des-moots"):
        assert (await desk(BOTH, called, "Asia/Tokyo")).functions == Tally(unchanged=1)

    rows = await desk.sql("SELECT timezone FROM organisations")
    assert [row["timezone"] for row in rows] == ["Europe/Paris"]


async def test_a_deleted_organisation_is_not_found(desk: Desk) -> None:
    await desk(BOTH)
    await desk.sql("UPDATE organisations SET deleted_at = now()")

    assert (await desk(BOTH)).functions == Tally(created=1)
    assert len(await desk.sql("SELECT FROM organisations WHERE slug = 'moots'")) == 2


async def test_a_name_that_several_organisations_have_is_refused(desk: Desk) -> None:
    await desk.sql(
        "INSERT INTO organisations (organisation_id, name, slug, timezone) "
        "SELECT gen_random_uuid(), 'Moots', x, 'UTC' FROM unnest(ARRAY['north', 'south']) AS x"
    )

    with pytest.raises(AmbiguousOrganisation, match="north, south"):
        await desk(BOTH)
    assert (await desk(BOTH, "south")).functions == Tally(created=1)


@pytest.mark.parametrize("name", ["", " ", "x" * 501])
async def test_an_organisation_needs_a_name(desk: Desk, name: str) -> None:
    with pytest.raises(InvalidArgument, match="1 to 500 characters"):
        await desk(BOTH, name)


async def test_what_names_no_zone_is_in_that_of_the_organisation(desk: Desk) -> None:
    lists = topics({"ruby": listing(conference("a.example"))})
    await desk(lists, timezone="Asia/Tokyo")
    dated = moot(talk("a", date="2024-05-04T10:00:00+02:00"), time_zone_name=None)
    await desk(source(dated))

    rows = await desk.sql("SELECT timezone FROM functions UNION ALL SELECT timezone FROM events")
    assert [row["timezone"] for row in rows] == ["Asia/Tokyo"] * 3


async def test_a_row_that_the_database_refuses_lands_with_nothing_else(desk: Desk) -> None:
    (gathering,) = BOTH.gatherings
    a, b = gathering.talks
    wrong = replace(BOTH, gatherings=(replace(gathering, talks=(a, replace(b, title="x" * 501))),))

    with pytest.raises(RowRefused, match="title_well_formed"):
        await desk(wrong)
    assert not any((await desk.rows()).values())


async def test_a_rehearsal_counts_as_the_imports_would_and_changes_nothing(desk: Desk) -> None:
    await desk(BOTH)
    before = await desk.rows()
    sources = [
        source(moot(talk("b", "New"), talk("c"))),
        topics({"ruby": listing(conference("a.example"))}, "ruby.json"),
        topics({"go": listing(conference("a.example"))}, "go.json"),
        source(listing()),
    ]
    rehearsed = await rehearse_imports(desk.database, sources, organisation="Moots")
    assert await desk.rows() == before

    assert rehearsed == [await desk(each) for each in sources]
    assert rehearsed[2].functions == Tally(updated=1)
    assert rehearsed[3].functions == Tally(deleted=1)


async def test_a_rehearsal_makes_no_organisation(desk: Desk) -> None:
    (counts,) = await rehearse_imports(desk.database, [BOTH], organisation="Moots")

    assert counts.events == Tally(created=2)
    assert not any((await desk.rows()).values())


async def test_progress_is_told_in_rows(desk: Desk) -> None:
    told: list[tuple[str, int, int]] = []
    many = source(moot(*(talk(str(number)) for number in range(300))))
    await import_source(
        desk.database, many, organisation="Moots", progress=lambda what, done, total: told.append((what, done, total))
    )

    assert told == [("functions", 0, 1), ("functions", 1, 1), *(("events", done, 300) for done in (0, 250, 300))]


async def test_the_number_of_statements_does_not_depend_on_the_number_of_rows(desk: Desk) -> None:
    ran: list[str] = []
    engine = desk.database.writing.sync_engine
    event.listen(engine, "before_cursor_execute", lambda *given: ran.append(given[2]))

    async def statements(first: int, number: int) -> list[int]:
        counted = []
        years = range(first, first + number)
        talks = [talk(str(each)) for each in range(number)]
        for taken in (
            source(*(moot(*talks, year=year) for year in years), name=str(first)),
            source(*(moot(*talks, year=year) for year in years), name=str(first)),
            source(*(moot(*talks[1:], year=year, title="Moot!") for year in years), name=str(first)),
            source(listing(), name=str(first)),
            source(*(moot(*talks, year=year) for year in years), name=str(first)),
        ):
            ran.clear()
            await desk(taken)
            counted.append(len(ran))
        return counted

    await desk(source(listing()))

    assert await statements(2001, 2) == await statements(2011, 12)
