"""All that is wrong with the hierarchies is found, each with a remedy that mends it."""

import datetime as dt
import uuid
from collections.abc import Awaitable, Callable

import pytest

from commands.function_migration.looking import NotMigrated, complete, status, validate
from db.usage import UsageRow, add_usage
from domain.function_migration import Phase
from domain.hierarchy_faults import Fault
from tests.commands.function_migration.house import OPERATOR, START, House


async def cycle(house: House) -> None:
    one = await house.event("one")
    two = await house.event("two", one)
    three = await house.event("three", two)
    await house.plain.execute("UPDATE events SET parent_event_id = $2 WHERE event_id = $1", one, three)


async def cycle_with_something_below(house: House) -> None:
    await cycle(house)
    three = await house.plain.fetchval("SELECT event_id FROM events WHERE slug = 'three'")
    await house.event("below", three)


async def deeper(house: House) -> None:
    parent = await house.family("fest", "a")
    child = await house.event("child", parent)
    grandchild = await house.event("grandchild", child)
    await house.event("great-grandchild", grandchild)


async def other_organisation(house: House) -> None:
    await house.event("foreign", await house.family("fest", "a"), organisation_id=await house.organisation())


async def deleted_parent(house: House) -> None:
    await house.family("fest", "a", deleted_at=START)


async def deleted_function(house: House) -> None:
    function = await house.function("gone", deleted_at=START)
    await house.event("orphan", function_id=function)
    await house.event("imported", function_id=function, external_id="guid:1")


async def other_function(house: House) -> None:
    await house.event("torn", await house.family("fest", "a"), function_id=await house.function("elsewhere"))


FAULTS: list[tuple[Callable[[House], Awaitable[None]], dict[Fault, int]]] = [
    (cycle, {Fault.CYCLE: 1}),
    (cycle_with_something_below, {Fault.CYCLE: 1}),
    (deeper, {Fault.DEEPER_LEVEL: 2}),
    (other_organisation, {Fault.OTHER_ORGANISATION: 1}),
    (deleted_parent, {Fault.ORPHAN: 1}),
    (deleted_function, {Fault.ORPHAN: 2}),
    (other_function, {Fault.MISMATCH: 1}),
]


@pytest.mark.parametrize("migrated", [False, True], ids=["before", "migrated"])
@pytest.mark.parametrize(("make", "expected"), FAULTS, ids=[make.__name__ for make, _ in FAULTS])
async def test_each_fault_is_found_and_its_remedy_mends_it(
    house: House, make: Callable[[House], Awaitable[None]], expected: dict[Fault, int], *, migrated: bool
) -> None:
    await house.family("sound", "a")
    await house.event("alone")
    await make(house)
    if migrated:
        await house.migrate()
    assert (await validate(house.database)).counts == expected

    async def mend() -> int:
        """Do what is said until nothing is, as an operator does; how often."""
        for times in range(5):
            found = await validate(house.database)
            if not found.findings:
                return times
            for finding in found.findings:
                if finding.fault is not Fault.LEFT_BEHIND:
                    await house.plain.execute(finding.remedy)
            if any(finding.fault is Fault.LEFT_BEHIND for finding in found.findings):
                await house.migrate()
        pytest.fail(f"It is not mended: {found}")

    assert 1 <= await mend() <= 3


async def test_a_sound_house_has_no_faults_before_between_and_after(house: House) -> None:
    before = await house.dump()
    await house.family("fest", "a", "b", type="parent")
    await house.event("elsewhere", function_id=await house.function())
    assert (await validate(house.database)).findings == []
    await house.migrate()
    assert (await validate(house.database)).findings == []
    await house.roll_back()
    assert (await validate(house.database)).findings == []
    assert len(await house.dump()) == len(before)


async def test_what_is_left_behind_is_a_fault_once_migrated(house: House) -> None:
    await house.family("fest", "a")
    await house.migrate()
    await house.family("moot", "a", "b")
    found = await validate(house.database)

    assert found.counts == {Fault.LEFT_BEHIND: 3}
    assert {finding.remedy for finding in found.findings} == {"boxoffice functions migrate"}


async def test_an_event_that_old_clients_do_not_see_is_a_mismatch(house: House) -> None:
    await house.family("fest", "a")
    await house.migrate()
    function = await house.plain.fetchval("SELECT function_id FROM functions")
    await house.plain.execute("SELECT set_config('boxoffice.hierarchies', 'migrating', false)")
    await house.plain.execute("UPDATE events SET parent_event_id = NULL WHERE slug = 'fest-a'")
    found = await validate(house.database)
    assert found.counts == {Fault.MISMATCH: 1}

    await house.plain.execute(found.findings[0].remedy)

    assert (await validate(house.database)).findings == []
    assert function


async def test_of_many_faults_the_first_are_told_and_all_are_counted(house: House) -> None:
    parent = await house.family("fest", deleted_at=START)
    for _ in range(5):
        await house.event(parent=parent)
    found = await validate(house.database, shown=2)

    assert (found.counts, len(found.findings)) == ({Fault.ORPHAN: 5}, 2)


async def test_the_status_tells_how_far_it_is(house: House) -> None:
    parent = await house.family("fest", "a")
    await house.event("alone")
    first = await status(house.database)
    assert (first.phase, first.rollback_available, first.last_run) == (Phase.NOT_STARTED, False, None)
    assert (first.events, first.events_with_function, first.parents_left, first.children_left) == (3, 0, 1, 1)

    await house.migrate()
    await house.event("torn", parent, function_id=await house.function("elsewhere"))
    second = await status(house.database)
    assert (second.phase, second.rollback_available, second.mismatches) == (Phase.MIGRATED, True, 1)
    assert (second.events, second.events_with_function, second.parents_left, second.children_left) == (4, 3, 0, 0)

    await house.roll_back()
    third = await status(house.database)
    assert (third.phase, third.rollback_available) == (Phase.ROLLED_BACK, False)
    assert third.last_run is not None
    assert second.last_run is not None
    assert third.last_run > second.last_run


async def test_the_status_tells_how_much_deprecated_fields_are_asked_for(house: House) -> None:
    now = dt.datetime.now(dt.UTC).replace(minute=0, second=0, microsecond=0)
    rows = [
        UsageRow("web", "1.0", "Old", False, now - dt.timedelta(hours=age), 9, 0, 0, 9, {}, now, deprecated)
        for age, deprecated in ((0, 3), (20, 4), (30, 100))
    ]
    await add_usage(house.database, rows)

    assert (await status(house.database)).deprecated_calls == 7


async def test_a_move_is_complete_when_it_has_no_faults(house: House) -> None:
    with pytest.raises(NotMigrated, match="migrate` makes one"):
        await complete(house.database, actor=OPERATOR, reason="Done.")
    parent = await house.family("fest", "a")
    await house.migrate()
    event: uuid.UUID = await house.event("torn", parent, function_id=await house.function("elsewhere"))
    with pytest.raises(NotMigrated, match="1 faults"):
        await complete(house.database, actor=OPERATOR, reason="Done.")
    await house.plain.execute("UPDATE events SET parent_event_id = NULL WHERE event_id = $1", event)
    await complete(house.database, actor=OPERATOR, reason="Done.")

    assert (await status(house.database)).phase is Phase.COMPLETE


async def test_a_move_can_be_forced_to_be_complete(house: House) -> None:
    await house.family("fest", "a")
    await house.migrate()
    await house.family("moot", "a")
    found = await complete(house.database, actor=OPERATOR, reason="Done.", force=True)

    assert found.counts == {Fault.LEFT_BEHIND: 2}
    assert (await status(house.database)).phase is Phase.COMPLETE


async def test_what_comes_after_a_complete_move_is_moved_by_another(house: House) -> None:
    await house.family("fest", "a")
    await house.migrate()
    await complete(house.database, actor=OPERATOR, reason="Done.")
    await house.family("moot", "a")
    before = await house.dump()
    assert (await house.migrate()).functions == 1
    await house.roll_back()
    assert await house.dump() == before
    assert await house.phases() == ["COMPLETE", "ROLLED_BACK"]
    function = await house.plain.fetchval("SELECT function_id FROM functions")
    assert await house.place(await house.event(function_id=function)) == ("fest", "fest")
    await house.roll_back()
    assert await house.groups() == {}
    assert await house.phases() == ["ROLLED_BACK", "ROLLED_BACK"]
