"""A function is made of each parent event, and its children follow; what is wrong is left where it is."""

import asyncio
import datetime as dt

import asyncpg
import pytest

from commands.function_migration import migrating
from commands.function_migration.migrating import RollbackUnfinished, rehearse
from db.contention import InUse
from domain.errors import InvalidArgument
from domain.function_migration import Phase
from tests.commands.function_migration.house import START, House


async def test_a_parent_event_becomes_a_function_that_looks_like_it(house: House) -> None:
    late = dt.datetime(2027, 5, 3, 22, tzinfo=dt.UTC)  # midnight in Brussels
    parent = await house.event(
        "fest",
        title="The Fest",
        description="Merry.",
        location="Ghent",
        image_url="https://example.org/fest.png",
        metadata='{"a": 1}',
        event_end=late,
    )
    await house.event(parent=parent)
    done = await house.migrate()

    assert (done.functions, done.events, done.phase) == (1, 2, Phase.MIGRATED)
    row = dict(await house.plain.fetchrow("SELECT * FROM functions"))
    assert (
        row
        | {
            "name": "The Fest",
            "slug": "fest",
            "description": "Merry.",
            "start_date": dt.date(2027, 5, 1),
            "end_date": dt.date(2027, 5, 3),
            "timezone": "Europe/Brussels",
            "location": "Ghent",
            "image_url": "https://example.org/fest.png",
            "is_active": True,
            "metadata": '{"a": 1}',
            "organisation_id": house.home,
        }
        == row
    )


async def test_children_and_the_parent_itself_stand_in_the_function(house: House) -> None:
    await house.family("fest", "a", "b")
    await house.family("moot", "a")
    await house.event("alone")
    await house.migrate()

    assert await house.groups() == {"fest": {"fest", "fest-a", "fest-b"}, "moot": {"moot", "moot-a"}}


async def test_an_event_is_a_parent_by_its_type_or_by_its_children(house: House) -> None:
    await house.event("by-type", type="parent")
    await house.event("of-another-type", type="edition")
    await house.family("by-children", "a")
    await house.migrate()

    assert await house.groups() == {"by-type": {"by-type"}, "by-children": {"by-children", "by-children-a"}}

    await house.migrate(types=["edition"])

    assert (await house.groups())["of-another-type"] == {"of-another-type"}


async def test_no_event_is_changed_but_for_its_function(house: House) -> None:
    """Whoever is editing an event meanwhile is not refused for its version, and sees no change that nobody made."""
    await house.family("fest", "a")
    columns = "event_id, version, updated_at, parent_event_id, slug"
    before = await house.plain.fetch(f"SELECT {columns} FROM events ORDER BY event_id")  # noqa: S608 - a test's own
    await house.migrate()

    assert await house.plain.fetch(f"SELECT {columns} FROM events ORDER BY event_id") == before  # noqa: S608 - the same


async def test_a_draft_becomes_a_function_that_nobody_sees(house: House) -> None:
    await house.family("draft", "a", is_published=False)
    await house.migrate()

    assert not await house.plain.fetchval("SELECT is_active FROM functions")


async def test_a_slug_that_is_taken_gets_the_year_and_then_a_number_and_it_is_told(house: House) -> None:
    for slug in ("fest", "moot", "moot-2027"):
        await house.function(slug)
    await house.family("fest", "a")
    await house.family("moot", "a")
    told: list[str] = []
    await house.migrate(report=lambda planned: told.append(str(planned)))

    assert told == [
        "Fest (fest-2027, since fest is taken): 2027-05-01, 2 events",
        "Moot (moot-2027-2, since moot is taken): 2027-05-01, 2 events",
    ]
    assert {"fest-2027", "moot-2027-2"} < set(await house.groups())


async def test_a_parent_that_has_a_function_brings_its_children_into_that(house: House) -> None:
    function = await house.function("there-before")
    parent = await house.event("fest", function_id=function)
    await house.event("fest-a", parent)
    done = await house.migrate()

    assert (done.functions, done.events) == (0, 1)
    assert await house.groups() == {"there-before": {"fest", "fest-a"}}


async def test_what_is_wrong_is_left_where_it_is(house: House) -> None:
    other = await house.organisation()
    parent = await house.family("fest", "a")
    elsewhere = await house.function("elsewhere")
    await house.event("foreign", parent, organisation_id=other)
    await house.event("mismatch", parent, function_id=elsewhere)
    middle = await house.event("middle", parent)
    await house.event("deep", middle)
    gone = await house.family("gone", "a", deleted_at=START)
    one = await house.event("one")
    await house.event("two", one)
    await house.plain.execute("UPDATE events SET parent_event_id = $1 WHERE slug = 'one'", middle)
    await house.plain.execute(
        "UPDATE events SET parent_event_id = (SELECT event_id FROM events WHERE slug = 'two') WHERE slug = 'one'"
    )
    await house.migrate()

    assert await house.groups() == {"elsewhere": {"mismatch"}, "fest": {"fest", "fest-a", "middle"}}
    assert (await house.place(gone)) == (None, None)


async def test_deleted_children_follow_so_that_restoring_them_finds_their_function(house: House) -> None:
    parent = await house.family("fest", "a")
    await house.event("fest-deleted", parent, deleted_at=START, event_end=START + dt.timedelta(days=9))
    await house.migrate()

    assert await house.groups() == {"fest": {"fest", "fest-a", "fest-deleted"}}
    assert await house.plain.fetchval("SELECT end_date FROM functions") == dt.date(2027, 5, 1)


async def test_running_it_again_does_nothing(house: House) -> None:
    await house.family("fest", "a")
    await house.migrate()
    before = await house.dump()
    changes = await house.plain.fetchval("SELECT count(*) FROM function_migration_changes")
    again = await house.migrate()

    assert (again.functions, again.events, again.phase) == (0, 0, Phase.MIGRATED)
    assert await house.dump() == before
    assert await house.plain.fetchval("SELECT count(*) FROM function_migration_changes") == changes


async def test_where_there_is_nothing_to_do_nothing_begins(house: House) -> None:
    await house.event()
    done = await house.migrate()

    assert done.phase is Phase.NOT_STARTED
    assert await house.phases() == []


async def test_large_families_and_many_parents_take_several_batches(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrating, "BATCH", 7)
    monkeypatch.setattr(migrating, "PARENTS", 3)
    sizes = [20, 1, 2, 3, 1, 1, 8]
    for number, size in enumerate(sizes):
        await house.family(f"f{number}", *(str(child) for child in range(size)))
    steps: list[tuple[str, int, int]] = []
    done = await house.migrate(progress=lambda *step: steps.append(step))

    assert {slug: len(events) for slug, events in (await house.groups()).items()} == {
        f"f{number}": size + 1 for number, size in enumerate(sizes)
    }
    total = sum(sizes) + len(sizes)
    assert (done.events, steps[0], steps[-1]) == (total, ("events", 0, total), ("events", total, total))
    assert len(steps) > total / 7


async def test_rows_that_others_write_are_passed_over_and_come_later(house: House, database_url: str) -> None:
    await house.family("first", "a")
    await house.migrate()
    await house.family("fest", "a")
    await house.family("moot", "a")
    other = await asyncpg.connect(database_url, timeout=10)
    writing = other.transaction()
    await writing.start()
    await other.execute("UPDATE events SET title = 'New' WHERE slug = 'fest'")
    reached = asyncio.Event()

    def watch(_what: str, done: int, _total: int) -> None:
        if done == 2:
            reached.set()

    async with asyncio.timeout(20), asyncio.TaskGroup() as group:
        migration = group.create_task(house.migrate(progress=watch))
        await reached.wait()
        assert await house.groups() == {"first": {"first", "first-a"}, "moot": {"moot", "moot-a"}}
        await writing.commit()
    await other.close(timeout=10)

    assert migration.result().events == 4
    assert (await house.groups())["fest"] == {"fest", "fest-a"}


async def test_a_move_waits_for_those_who_write_when_it_begins_and_nobody_waits_for_it(
    house: House, database_url: str
) -> None:
    """Whatever they write is seen by the first batch; whatever others begin to write meanwhile is kept in step."""
    parent = await house.family("fest", "a")
    other = await asyncpg.connect(database_url, timeout=10)
    writing = other.transaction()
    await writing.start()
    await other.execute("UPDATE events SET title = 'New' WHERE slug = 'fest'")
    await other.execute(
        "INSERT INTO events (event_id, organisation_id, title, slug, event_start, timezone, parent_event_id) "
        "VALUES (gen_random_uuid(), $1, 'B', 'fest-b', now(), 'UTC', $2)",
        house.home,
        parent,
    )
    async with asyncio.timeout(20), asyncio.TaskGroup() as group:
        migration = group.create_task(house.migrate())
        while await house.phases() != ["MIGRATING"]:  # noqa: ASYNC110 - the database has no event to wait for
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.5)
        assert not migration.done()
        assert await house.groups() == {}
        await house.plain.execute("SET lock_timeout = '100ms'")
        await house.event("fest-c", await house.event("moot", type="parent"))
        await writing.commit()
    await other.close(timeout=10)

    assert await house.groups() == {"fest": {"fest", "fest-a", "fest-b"}, "moot": {"moot", "fest-c"}}
    assert migration.result().events == 5


async def test_a_transaction_that_writes_events_and_does_not_end_is_told(
    house: House, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrating, "PATIENCE", 0.3)
    await house.family("fest", "a")
    other = await asyncpg.connect(database_url, timeout=10)
    async with other.transaction():
        await other.execute("UPDATE events SET title = 'New' WHERE slug = 'fest'")
        with pytest.raises(InUse, match="1 transactions that were writing events"):
            await house.migrate()
    await other.close(timeout=10)

    assert (await house.migrate()).events == 2


async def test_a_dry_run_tells_exactly_what_happens_and_changes_nothing(house: House) -> None:
    await house.function("fest")
    for slug in ("fest", "moot", "con"):
        await house.family(slug, "a", "b")
    await house.event("by-type", type="parent")
    before = await house.dump()
    told: list[str] = []
    rehearsed = await rehearse(house.database, report=lambda planned: told.append(str(planned)))

    assert await house.dump() == before
    assert await house.plain.fetchval("SELECT count(*) FROM function_migrations") == 0
    assert await house.phases() == []

    happened: list[str] = []
    done = await house.migrate(report=lambda planned: happened.append(str(planned)))

    assert told == happened
    assert (rehearsed.functions, rehearsed.events) == (done.functions, done.events) == (4, 10)


async def test_who_began_a_move_is_in_the_audit_log_with_a_reason(house: House) -> None:
    await house.family("fest", "a")
    with pytest.raises(InvalidArgument, match="reason"):
        await migrating.migrate(house.database, actor=migrating.Actor("ann"), reason=" ")
    await house.migrate()

    rows = await house.plain.fetch("SELECT action, actor, reason FROM audit_log")
    assert [tuple(row) for row in rows] == [("migrate functions", "operator", "To try.")]


async def test_a_move_does_not_go_on_while_it_is_rolled_back(house: House) -> None:
    await house.family("fest", "a")
    await house.migrate()
    await house.plain.execute("UPDATE function_migrations SET phase = 'ROLLING_BACK'")

    with pytest.raises(RollbackUnfinished):
        await house.migrate()
