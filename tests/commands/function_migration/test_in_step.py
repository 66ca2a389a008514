"""While a move goes on, what a client writes to one hierarchy is written to the other."""

import uuid

import asyncpg
import pytest

from commands.function_migration.looking import complete
from tests.commands.function_migration.house import OPERATOR, House
from tests.plugins.graph import Graph

OLD = "UPDATE events SET parent_event_id = $2 WHERE event_id = $1"
NEW = "UPDATE events SET function_id = $2 WHERE event_id = $1"


@pytest.fixture
async def parents(house: House) -> tuple[uuid.UUID, uuid.UUID]:
    """Two families, migrated."""
    found = await house.family("fest", "a"), await house.family("moot", "a")
    await house.migrate()
    return found


async def function_of(house: House, slug: str) -> uuid.UUID:
    key = await house.plain.fetchval("SELECT function_id FROM functions WHERE slug = $1", slug)
    assert isinstance(key, uuid.UUID)
    return key


async def test_an_event_added_under_a_parent_joins_its_function(house: House, parents: tuple[uuid.UUID, ...]) -> None:
    assert await house.place(await house.event(parent=parents[0])) == ("fest", "fest")


async def test_an_event_added_to_a_function_stands_under_its_parent_event(
    house: House, parents: tuple[uuid.UUID, ...]
) -> None:
    event = await house.event(function_id=await function_of(house, "moot"))

    assert await house.place(event) == ("moot", "moot")


async def test_an_event_moved_to_another_parent_moves_to_its_function(
    house: House, parents: tuple[uuid.UUID, ...]
) -> None:
    event = await house.event(parent=parents[0])
    await house.plain.execute(OLD, event, parents[1])

    assert await house.place(event) == ("moot", "moot")


async def test_an_event_moved_to_another_function_moves_to_its_parent(
    house: House, parents: tuple[uuid.UUID, ...]
) -> None:
    event = await house.event(parent=parents[0])
    await house.plain.execute(NEW, event, await function_of(house, "moot"))

    assert await house.place(event) == ("moot", "moot")


@pytest.mark.parametrize("statement", [OLD, NEW])
async def test_an_event_taken_out_of_one_is_taken_out_of_both(
    house: House, parents: tuple[uuid.UUID, ...], statement: str
) -> None:
    event = await house.event(parent=parents[0])
    await house.plain.execute(statement, event, None)

    assert await house.place(event) == (None, None)


async def test_a_function_that_no_event_became_has_no_place_in_the_old_hierarchy(
    house: House, parents: tuple[uuid.UUID, ...]
) -> None:
    event = await house.event(parent=parents[0])
    await house.plain.execute(NEW, event, await house.function("new"))

    assert await house.place(event) == ("new", None)


async def test_who_writes_both_has_the_last_word(house: House, parents: tuple[uuid.UUID, ...]) -> None:
    new = await house.function("new")

    assert await house.place(await house.event(parent=parents[0], function_id=new)) == ("new", "fest")


async def test_an_event_of_another_organisation_does_not_follow(house: House, parents: tuple[uuid.UUID, ...]) -> None:
    other = await house.organisation()
    old = await house.event(parent=parents[0], organisation_id=other)
    new = await house.event(function_id=await function_of(house, "fest"), organisation_id=other)

    assert await house.place(old) == (None, "fest")
    assert await house.place(new) == ("fest", None)


async def test_a_placement_that_did_not_agree_before_stays_as_it_is(
    house: House, parents: tuple[uuid.UUID, ...]
) -> None:
    new = await house.function("new")
    event = await house.event(parent=parents[0], function_id=new)
    await house.plain.execute(OLD, event, parents[1])

    assert await house.place(event) == ("new", "moot")


async def test_an_event_that_has_not_followed_yet_is_placed_anew_by_new_clients(
    house: House, parents: tuple[uuid.UUID, ...]
) -> None:
    event = await house.event(parent=await house.event("con", type="parent"))
    await house.plain.execute(NEW, event, await function_of(house, "fest"))

    assert await house.place(event) == ("fest", "fest")


async def test_an_event_of_a_new_function_is_placed_anew_by_old_clients(
    house: House, parents: tuple[uuid.UUID, ...]
) -> None:
    event = await house.event(function_id=await house.function("new"))
    await house.plain.execute(OLD, event, parents[0])

    assert await house.place(event) == ("fest", "fest")


async def test_a_parent_event_that_changes_its_function_keeps_its_place(
    house: House, parents: tuple[uuid.UUID, ...]
) -> None:
    await house.plain.execute(NEW, parents[0], await function_of(house, "moot"))

    assert await house.place(parents[0]) == ("moot", None)


async def test_whoever_may_write_events_needs_no_right_to_the_journal(
    house: House, parents: tuple[uuid.UUID, ...]
) -> None:
    viewer = f"{{{house.home}}};;;"
    async with house.plain.transaction():
        await house.plain.execute("SET LOCAL ROLE boxoffice_viewer")
        await house.plain.execute("SELECT set_config('boxoffice.viewer', $1, true)", viewer)
        event = await house.event(parent=parents[0])
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with house.plain.transaction():
                await house.plain.execute("SELECT FROM function_migration_changes")

    assert await house.place(event) == ("fest", "fest")


async def test_an_event_that_is_added_while_its_parent_is_linked_is_linked_too(
    house: House, parents: tuple[uuid.UUID, ...], database_url: str
) -> None:
    """The one waits for the other, so that neither misses what the other does."""
    parent = await house.event("con", type="parent")
    other = await asyncpg.connect(database_url, timeout=10)
    async with other.transaction():
        await other.execute(
            "INSERT INTO events (event_id, organisation_id, title, slug, event_start, timezone, parent_event_id) "
            "VALUES (gen_random_uuid(), $1, 'A', 'con-a', now(), 'UTC', $2)",
            house.home,
            parent,
        )
        # Nobody links the parent before that is committed.
        locked = await house.plain.fetch("SELECT FROM events WHERE event_id = $1 FOR NO KEY UPDATE SKIP LOCKED", parent)
        assert locked == []
    await other.close(timeout=10)
    await house.migrate()

    assert (await house.groups())["con"] == {"con", "con-a"}


async def test_once_a_move_is_complete_the_old_hierarchy_follows_the_new_one_alone(
    house: House, parents: tuple[uuid.UUID, ...]
) -> None:
    await complete(house.database, actor=OPERATOR, reason="To try.")
    new = await house.event(function_id=await function_of(house, "fest"))
    old = await house.event(parent=parents[0])
    noted = await house.plain.fetchval("SELECT count(*) FROM function_migration_changes")
    assert await house.place(new) == ("fest", "fest")
    assert await house.place(old) == (None, "fest")

    await house.plain.execute(NEW, new, await function_of(house, "moot"))
    assert await house.place(new) == ("moot", "moot")
    await house.plain.execute(OLD, new, parents[0])
    assert await house.place(new) == ("moot", "fest")
    assert await house.plain.fetchval("SELECT count(*) FROM function_migration_changes") == noted


async def test_through_the_api_old_clients_find_what_new_ones_add_and_the_other_way_round(
    house: House, parents: tuple[uuid.UUID, ...], graph: Graph
) -> None:
    await house.event("by-new", function_id=await function_of(house, "fest"))
    await house.event("by-old", parents[0])

    assert await graph.data(
        """{
          old: event(slug: "by-new") { parentEvent { slug childEvents { slug } } hierarchy { source } }
          new: function(slug: "fest") { events { nodes { slug } } }
        }"""
    ) == {
        "old": {
            "parentEvent": {"slug": "fest", "childEvents": [{"slug": each} for each in ("fest-a", "by-new", "by-old")]},
            "hierarchy": {"source": "FUNCTION"},
        },
        "new": {"events": {"nodes": [{"slug": each} for each in ("fest", "fest-a", "by-new", "by-old")]}},
    }


async def test_before_and_after_a_move_hierarchies_are_not_kept_in_step(house: House) -> None:
    parent, new = await house.family("fest", "a"), await house.function("new")
    assert await house.place(await house.event(parent=await house.event("con", function_id=new))) == (None, "con")
    await house.plain.execute("UPDATE events SET function_id = NULL, deleted_at = now() WHERE slug = 'con'")

    await house.migrate()
    assert await house.place(await house.event(parent=parent)) == ("fest", "fest")

    await house.roll_back()
    assert await house.place(await house.event(parent=parent)) == (None, "fest")
