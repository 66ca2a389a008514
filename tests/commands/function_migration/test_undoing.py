"""Going back restores precisely what was there, and keeps what was made since."""

import pytest

from commands.function_migration import undoing
from commands.function_migration.looking import complete
from commands.function_migration.undoing import NothingToRollBack, rehearse_rollback
from domain.function_migration import Phase
from tests.commands.function_migration.house import OPERATOR, START, House, without


async def test_after_going_back_the_database_is_what_it_was(house: House) -> None:
    await house.family("fest", "a", "b", type="parent")
    await house.family("moot", "a")
    await house.function("moot")
    await house.event("alone")
    parent = await house.event("there", function_id=await house.function("before"))
    await house.event("there-a", parent)
    before = await house.dump()
    await house.migrate()
    back = await house.roll_back()

    assert await house.dump() == before
    assert (back.undone, back.removed, back.remaining, back.moved, back.kept) == (6, 2, [], 0, 0)


async def test_what_clients_placed_elsewhere_meanwhile_is_back_where_it_stood(house: House) -> None:
    fest = await house.family("fest", "a", "b", "c")
    await house.family("moot", "a")
    before = await house.dump()
    await house.migrate()
    for slug in ("a", "b"):
        await house.plain.execute(
            "UPDATE events SET function_id = (SELECT function_id FROM functions WHERE slug = 'moot') WHERE slug = $1",
            f"fest-{slug}",
        )
    await house.plain.execute("UPDATE events SET parent_event_id = $1 WHERE slug IN ('moot-a', 'fest-b')", fest)
    await house.plain.execute("UPDATE events SET parent_event_id = NULL WHERE slug = 'fest-c'")
    back = await house.roll_back()

    assert back.moved == 4
    assert await house.dump() == before


async def test_what_clients_changed_beside_stays_changed(house: House) -> None:
    await house.family("fest", "a")
    await house.migrate()
    await house.plain.execute("UPDATE events SET title = 'New' WHERE slug = 'fest-a'")
    await house.roll_back()

    row = await house.plain.fetchrow("SELECT title, function_id FROM events WHERE slug = 'fest-a'")
    assert tuple(row) == ("New", None)


async def test_events_made_since_stay_under_the_parent(house: House) -> None:
    parent = await house.family("fest", "a")
    before = await house.dump()
    await house.migrate()
    function = await house.plain.fetchval("SELECT function_id FROM functions")
    made = [await house.event("old", parent), await house.event("new", function_id=function)]
    back = await house.roll_back()

    assert [await house.place(event) for event in made] == [(None, "fest"), (None, "fest")]
    assert back.removed == 1
    assert without(await house.dump(), made) == before


async def test_events_made_and_moved_since_stay_where_they_were_moved(house: House) -> None:
    fest, moot = await house.family("fest", "a"), await house.family("moot", "a")
    await house.migrate()
    event = await house.event(parent=fest)
    await house.plain.execute("UPDATE events SET parent_event_id = $2 WHERE event_id = $1", event, moot)
    await house.roll_back()

    assert await house.place(event) == (None, "moot")


async def test_a_function_stays_that_something_made_since_needs(house: House) -> None:
    await house.family("fest", "a")
    await house.family("moot", "a")
    await house.migrate()
    await house.plain.execute(
        "INSERT INTO packages (package_id, function_id, name, price_amount, price_currency) "
        "SELECT gen_random_uuid(), function_id, 'Pass', 100, 'EUR' FROM functions WHERE slug = 'fest'"
    )
    told = await rehearse_rollback(house.database)
    back = await house.roll_back()

    assert (back.removed, back.remaining) == (told.removed, told.remaining) == (1, ["Fest"])
    assert await house.groups() == {"fest": set()}


async def test_what_was_placed_elsewhere_after_the_move_was_complete_stays(house: House) -> None:
    await house.family("fest", "a", "b")
    await house.migrate()
    await complete(house.database, actor=OPERATOR, reason="To try.")
    await house.plain.execute("UPDATE events SET function_id = $1 WHERE slug = 'fest-a'", await house.function("new"))
    back = await house.roll_back()

    assert (back.kept, back.remaining) == (1, [])
    assert await house.groups() == {"new": {"fest-a"}}


async def test_what_new_clients_added_after_the_move_was_complete_is_found_by_old_ones(house: House) -> None:
    await house.family("fest", "a")
    await house.migrate()
    await complete(house.database, actor=OPERATOR, reason="To try.")
    function = await house.plain.fetchval("SELECT function_id FROM functions")
    made = await house.event(function_id=function)
    await house.roll_back()

    assert await house.place(made) == (None, "fest")
    assert await house.groups() == {}


async def test_an_event_of_another_organisation_keeps_the_function_that_it_was_added_to(house: House) -> None:
    await house.family("fest", "a")
    await house.migrate()
    function = await house.plain.fetchval("SELECT function_id FROM functions")
    await house.event("guest", function_id=function, organisation_id=await house.organisation())
    told = await rehearse_rollback(house.database)
    back = await house.roll_back()

    assert told.remaining == back.remaining == ["Fest"]
    assert await house.groups() == {"fest": {"guest"}}


async def test_going_back_in_small_batches_ends_the_same(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(undoing, "BATCH", 2)
    monkeypatch.setattr(undoing, "FUNCTIONS", 1)
    for number in range(4):
        await house.family(f"f{number}", "a", "b", "c")
    before = await house.dump()
    await house.migrate()
    await house.plain.execute(
        "UPDATE events SET parent_event_id = (SELECT event_id FROM events WHERE slug = 'f3') "
        "WHERE slug IN ('f0-a', 'f1-a', 'f2-a')"
    )
    function = await house.plain.fetchval("SELECT function_id FROM functions WHERE slug = 'f3'")
    made = [await house.event(function_id=function) for _ in range(5)]
    await house.roll_back()

    assert without(await house.dump(), made) == before


async def test_a_dry_run_tells_what_would_be_undone_and_changes_nothing(house: House) -> None:
    await house.family("fest", "a")
    await house.migrate()
    before = await house.dump()
    told = await rehearse_rollback(house.database)
    assert await house.dump() == before

    assert told == await house.roll_back()


async def test_a_move_can_be_made_again_after_it_was_rolled_back(house: House) -> None:
    await house.family("fest", "a")
    before = await house.dump()
    for _ in range(2):
        done = await house.migrate()
        assert (done.functions, done.phase) == (1, Phase.MIGRATED)
        await house.roll_back()

    assert await house.dump() == before


async def test_without_a_move_there_is_nothing_to_roll_back(house: House) -> None:
    with pytest.raises(NothingToRollBack):
        await house.roll_back()
    await house.family("fest", "a")
    await house.migrate()
    await house.roll_back()
    with pytest.raises(NothingToRollBack):
        await rehearse_rollback(house.database)


async def test_deleted_events_are_put_back_too(house: House) -> None:
    await house.family("fest", "a")
    before = await house.dump()
    await house.migrate()
    await house.plain.execute("UPDATE events SET deleted_at = $1 WHERE slug = 'fest-a'", START)
    await house.roll_back()
    await house.plain.execute("UPDATE events SET deleted_at = NULL WHERE slug = 'fest-a'")

    assert await house.dump() == before
