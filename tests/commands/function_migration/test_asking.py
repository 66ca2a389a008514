"""What administrators ask for about the move to functions is done by workers, under roles that own nothing."""

import asyncio
import datetime as dt
from collections.abc import Mapping
from typing import Any

import asyncpg
import pytest

from auth.viewer import Role, Viewer
from commands.function_migration import migrating, undoing
from db.deployment import Part, Within
from domain.ids import encode_global_id
from jobs import moving
from jobs.moving import move_functions
from tests.commands.function_migration.house import House
from tests.plugins.graph import Graph

ADMIN = Viewer(role=Role.ADMIN, subject="root")
STATUS = """
    fragment S on MigrationStatus {
      phase eventsTotal eventsWithFunction parentsLeft childrenLeft rollbackAvailable
      run { kind state askedBy reason functions events remaining failure startedAt endedAt }
      validation { isClean counts { fault events } findings { fault eventId says remedy } }
    }
    fragment P on MigrationPayload {
      status { ...S }
      plan { functions events moved remaining planned { name slug takenSlug startDate endDate events eventId } }
      userErrors { __typename field message code }
    }
"""
RUN = (
    "mutation ($dryRun: Boolean, $types: [String!], $reason: String, $shown: Int) "
    "{ runFunctionMigration(dryRun: $dryRun, parentTypes: $types, reason: $reason, shown: $shown) { ...P } }" + STATUS
)
BACK = (
    "mutation ($dryRun: Boolean, $reason: String) "
    "{ rollBackFunctionMigration(dryRun: $dryRun, reason: $reason) { ...P } }" + STATUS
)
DONE = "mutation ($force: Boolean) { completeFunctionMigration(force: $force) { ...P } }" + STATUS
LOOK = "{ migrationStatus { ...S } }" + STATUS[: STATUS.index("fragment P")]


async def ask(graph: Graph, document: str, **given: object) -> dict[str, Any]:
    """The payload of a mutation, or the status."""
    (found,) = (await graph.data(document, viewer=ADMIN, **given)).values()
    assert isinstance(found, dict)
    return found


async def until_done(graph: Graph, seconds: float = moving.SLICE_SECONDS) -> int:
    """Be a worker until nothing is left to do; how many turns that took."""
    turns = 0
    async with asyncio.timeout(60):
        while await move_functions(graph.database, seconds=seconds):
            turns += 1
    return turns


def picked(run: Mapping[str, object]) -> dict[str, object]:
    return {name: run[name] for name in ("kind", "state", "functions", "events", "failure")}


async def test_a_dry_run_tells_what_would_happen_and_changes_nothing(house: House, graph: Graph) -> None:
    await house.function("fest")
    await house.family("fest", "a", "b")
    moot = await house.family("moot", "a")
    before = await house.dump()
    told = await ask(graph, RUN)

    fest, other = told["plan"]["planned"]
    assert (fest["slug"], fest["takenSlug"], fest["events"]) == ("fest-2027", "fest", 3)
    assert other == {
        "name": "Moot",
        "slug": "moot",
        "takenSlug": None,
        "startDate": "2027-05-01",
        "endDate": "2027-05-01",
        "events": 2,
        "eventId": encode_global_id("Event", moot),
    }
    assert (told["plan"]["functions"], told["plan"]["events"], told["userErrors"]) == (2, 5, [])
    assert (told["status"]["phase"], told["status"]["run"]) == ("NOT_STARTED", None)
    assert await house.dump() == before
    assert (await ask(graph, RUN, shown=1))["plan"] | {"planned": [fest]} == told["plan"] | {"planned": [fest]}
    assert await until_done(graph) == 0


async def test_workers_migrate_and_the_move_is_declared_complete_and_rolled_back(house: House, graph: Graph) -> None:
    await house.family("fest", "a", "b")
    await house.family("moot", "a")
    before = await house.dump()

    asked = await ask(graph, RUN, dryRun=False, reason="Going over.")
    assert (asked["status"]["run"]["state"], asked["plan"], asked["userErrors"]) == ("QUEUED", None, [])
    await until_done(graph)

    status = await ask(graph, LOOK)
    assert picked(status["run"]) == {
        "kind": "MIGRATE", "state": "SUCCEEDED", "functions": 2, "events": 5, "failure": None
    }  # fmt: skip
    assert (status["run"]["askedBy"], status["run"]["reason"]) == ("anonymous", "Going over.")
    assert (status["phase"], status["eventsWithFunction"], status["validation"]["isClean"]) == ("MIGRATED", 5, True)
    assert await house.groups() == {"fest": {"fest", "fest-a", "fest-b"}, "moot": {"moot", "moot-a"}}

    for _ in range(2):
        assert (await ask(graph, DONE))["status"]["phase"] == "COMPLETE"

    would = await ask(graph, BACK, dryRun=True)
    assert (would["plan"]["functions"], would["plan"]["events"]) == (2, 5)
    await ask(graph, BACK, reason="Not yet.")
    await until_done(graph)

    status = await ask(graph, LOOK)
    assert picked(status["run"]) == {
        "kind": "ROLL_BACK", "state": "SUCCEEDED", "functions": 2, "events": 5, "failure": None
    }  # fmt: skip
    assert status["phase"] == "ROLLED_BACK"
    assert await house.dump() == before
    told = await house.plain.fetch("SELECT action, actor, reason FROM audit_log ORDER BY entry_id")
    assert [tuple(row) for row in told] == [
        ("ask to migrate functions", "anonymous", "Going over."),
        ("migrate functions", "anonymous", "Going over."),
        ("complete functions", "anonymous", "No reason was given."),
        ("ask to roll back functions", "anonymous", "Not yet."),
        ("roll back functions", "anonymous", "Not yet."),
    ]


async def test_of_two_that_are_asked_for_at_once_the_second_is_told_of_the_first(house: House, graph: Graph) -> None:
    await house.family("fest", "a")
    found = await asyncio.gather(*(ask(graph, RUN, dryRun=False) for _ in range(4)))

    assert sorted(len(each["userErrors"]) for each in found) == [0, 1, 1, 1]
    (error,) = next(each["userErrors"] for each in found if each["userErrors"])
    assert (error["__typename"], error["code"]) == ("MigrationConflict", "CONFLICT")
    assert error["message"].startswith("MIGRATE, asked for at ")
    assert {each["status"]["run"]["state"] for each in found} <= {"QUEUED", None}
    assert await until_done(graph) == 1
    assert await house.plain.fetchval("SELECT count(*) FROM function_migrations") == 1

    # There is nothing left to do: it is done at once, and nothing twice.
    again = await ask(graph, RUN, dryRun=False)
    assert again["userErrors"] == []
    await until_done(graph)
    assert picked((await ask(graph, LOOK))["run"])["events"] == 0


async def test_what_is_left_of_a_slice_is_done_by_the_next(
    house: House, graph: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrating, "BATCH", 3)
    monkeypatch.setattr(migrating, "PARENTS", 1)
    monkeypatch.setattr(undoing, "BATCH", 3)
    monkeypatch.setattr(undoing, "FUNCTIONS", 1)
    for number in range(12):
        await house.family(f"f{number}", *map(str, range(5)))
    before = await house.dump()

    await ask(graph, RUN, dryRun=False)
    turns = await until_done(graph, 0.01)
    run = (await ask(graph, LOOK))["run"]
    assert (run["state"], run["functions"], run["events"]) == ("SUCCEEDED", 12, 72)

    await ask(graph, BACK)
    turns += await until_done(graph, 0.01)
    run = (await ask(graph, LOOK))["run"]
    assert (run["state"], run["functions"], run["events"]) == ("SUCCEEDED", 12, 72)
    assert await house.dump() == before
    assert turns > 2


async def test_a_rollback_that_ended_unnoted_does_not_go_on_with_the_move_before(house: House, graph: Graph) -> None:
    await house.family("fest", "a")
    await house.migrate()
    await ask(graph, DONE)
    await house.family("moot", "a")
    await house.migrate()
    await ask(graph, BACK)
    await house.roll_back()
    await until_done(graph)

    assert (await ask(graph, LOOK))["run"]["state"] == "SUCCEEDED"
    assert await house.phases() == ["COMPLETE", "ROLLED_BACK"]
    assert await house.groups() == {"fest": {"fest", "fest-a"}}


async def test_functions_that_stay_are_told_by_name(house: House, graph: Graph) -> None:
    await house.family("fest", "a")
    await ask(graph, RUN, dryRun=False)
    await until_done(graph)
    await house.plain.execute(
        "INSERT INTO packages (package_id, function_id, name, price_amount, price_currency) "
        "SELECT gen_random_uuid(), function_id, 'Pass', 100, 'EUR' FROM functions"
    )
    assert (await ask(graph, BACK, dryRun=True))["plan"]["remaining"] == ["Fest"]
    await ask(graph, BACK)
    await until_done(graph)

    assert (await ask(graph, LOOK))["run"]["remaining"] == ["Fest"]


async def test_what_others_keep_is_waited_for_and_given_up_after_a_while(
    house: House, graph: Graph, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await house.family("fest", "a")
    await house.family("moot", "a")
    await ask(graph, RUN, dryRun=False)
    other = await asyncpg.connect(database_url, timeout=10)
    async with other.transaction():
        await other.execute("SELECT FROM events WHERE slug = 'moot' FOR UPDATE")
        assert await move_functions(graph.database, seconds=0.5) == {"left": 1}
        assert (await ask(graph, LOOK))["run"]["state"] == "RUNNING"
        monkeypatch.setattr(moving, "GIVEN_UP", dt.timedelta())
        assert await move_functions(graph.database, seconds=0.5) == {"failed": 1}
    await other.close(timeout=10)

    run = (await ask(graph, LOOK))["run"]
    assert (run["state"], run["functions"]) == ("FAILED", 1)
    assert "Others keep what is left to do" in run["failure"]
    await ask(graph, RUN, dryRun=False)
    await until_done(graph)
    assert await house.groups() == {"fest": {"fest", "fest-a"}, "moot": {"moot", "moot-a"}}


async def test_a_step_that_cannot_be_taken_is_refused_with_what_would_be_right(house: House, graph: Graph) -> None:
    (nothing,) = (await ask(graph, BACK))["userErrors"]
    assert nothing["__typename"] == "NotFound"
    (unbegun,) = (await ask(graph, DONE))["userErrors"]
    assert unbegun["__typename"] == "MigrationConflict"
    (reason,) = (await ask(graph, RUN, dryRun=False, reason="ann@example.org said so"))["userErrors"]
    assert (reason["__typename"], reason["field"]) == ("InvalidInput", ["reason"])
    (types,) = (await ask(graph, RUN, types=[" "]))["userErrors"]
    assert types["field"] == ["parentTypes"]
    (shown,) = (await ask(graph, RUN, shown=-1))["userErrors"]
    assert shown["field"] == ["shown"]

    await house.family("fest", "a")
    await house.migrate()
    await house.plain.execute("UPDATE function_migrations SET phase = 'ROLLING_BACK'")
    (back,) = (await ask(graph, RUN, dryRun=False))["userErrors"]
    assert "`rollBackFunctionMigration`" in back["message"]


async def test_faults_are_told_with_what_mends_them_and_stand_in_the_way(house: House, graph: Graph) -> None:
    fest = await house.family("fest", "a")
    child = await house.event("b", fest, organisation_id=await house.organisation())
    await ask(graph, RUN, dryRun=False)
    await until_done(graph)

    validation = (await ask(graph, LOOK))["validation"]
    assert validation["counts"] == [{"fault": "OTHER_ORGANISATION", "events": 1}]
    (finding,) = validation["findings"]
    assert finding["eventId"] == encode_global_id("Event", child)
    (error,) = (await ask(graph, DONE))["userErrors"]
    assert "1 fault" in error["message"]

    await house.plain.execute(finding["remedy"])
    assert (await ask(graph, DONE))["status"]["phase"] == "COMPLETE"


async def test_nobody_but_administrators_asks_or_is_told(house: House, graph: Graph) -> None:
    await house.family("fest", "a")
    for document in (RUN, BACK, DONE, LOOK):
        assert (await graph(document, {"dryRun": False}, viewer=Viewer(Role.CUSTOMER, "ada"))).codes == ["FORBIDDEN"]
    assert await until_done(graph) == 0


async def test_where_a_part_is_shown_nothing_is_told_or_done(house: House, graph: Graph) -> None:
    await house.family("fest", "a")
    graph.within = Within(Part.ORGANISATION, house.home)

    assert (await graph.data(LOOK, viewer=ADMIN)) == {"migrationStatus": None}
    for document in (RUN, BACK, DONE):
        asked = await ask(graph, document, dryRun=False)
        assert asked["status"] is None
        assert [error["__typename"] for error in asked["userErrors"]] == ["NotPermitted"]
    assert await until_done(graph) == 0
