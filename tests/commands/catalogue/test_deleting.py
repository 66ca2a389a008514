"""What is deleted is gone for everybody with all that belongs to it, and comes back as it was."""

import asyncio
import uuid
from typing import Any

import pytest

from tests.commands.catalogue.office import EDITORS, Office
from tests.plugins.graph import NOW, gid

NOBODY = uuid.UUID(int=7)
ROWS = """
    SELECT 'function' AS kind, slug AS name, deleted_at IS NULL AS there FROM functions
    UNION ALL SELECT 'event', slug, deleted_at IS NULL FROM events
    UNION ALL SELECT 'ticket', name, deleted_at IS NULL FROM event_tickets
    UNION ALL SELECT 'package', name, deleted_at IS NULL FROM packages
    UNION ALL SELECT 'pool', name, deleted_at IS NULL FROM capacity_pools
"""


@pytest.fixture
def keys(office: Office) -> dict[str, str]:
    """The ids of a function with an event, a ticket on a pool, and a package; and of an event that stands alone."""
    graph = office.graph
    function = graph.function(slug="camp")
    pool = graph.pool(name="Hall")
    event = graph.event(function, slug="opening")
    ticket = graph.ticket(event, [pool], name="Day")
    package = graph.package(function, [ticket], name="All")
    graph.event(slug="alone")
    return {
        "Function": gid("Function", function),
        "CapacityPool": gid("CapacityPool", pool),
        "Event": gid("Event", event),
        "Ticket": gid("Ticket", ticket),
        "Package": gid("Package", package),
    }


async def there(office: Office) -> set[str]:
    return {row["name"] for row in await office.rows(ROWS) if row["there"]}


ALL = {"camp", "opening", "Day", "All", "Hall", "alone"}
GONE = {
    "Function": {"camp", "opening", "Day", "All"},
    "Event": {"opening", "Day"},
    "Ticket": {"Day"},
    "Package": {"All"},
    "CapacityPool": {"Hall", "Day"},
}


@pytest.mark.parametrize("kind", GONE)
async def test_what_belongs_to_a_row_goes_and_comes_with_it(office: Office, keys: dict[str, str], kind: str) -> None:
    deleted = await office("deleteNode", "", id=keys[kind], version=1)
    left = await there(office)
    gone = await office.graph.data("query ($id: ID!) { node(id: $id) { id } }", id=keys[kind])
    restored = await office("restoreNode", "__typename id", id=keys[kind])

    assert deleted.thing == keys[kind]
    assert left == ALL - GONE[kind]
    assert gone == {"node": None}
    assert restored.thing == {"__typename": kind, "id": keys[kind]}
    assert await there(office) == ALL


async def test_what_was_deleted_before_stays_deleted_when_its_owner_comes_back(
    office: Office, keys: dict[str, str]
) -> None:
    """Though both are deleted by one operation."""
    both = """mutation ($event: ID!, $function: ID!) {
      deleteNode(id: $event, version: 1) { deletedId userErrors { message } }
      function: deleteNode(id: $function, version: 1) { deletedId userErrors { message } }
    }"""
    viewer = office.people["manager"]
    await office.graph.data(both, viewer=viewer, event=keys["Event"], function=keys["Function"])
    early = await office("restoreNode", id=keys["Event"])
    await office("restoreNode", id=keys["Function"])
    left = await there(office)
    await office("restoreNode", id=keys["Event"])

    assert early.kinds == [("OwnerIsDeleted", "id")]
    assert left == ALL - GONE["Event"]
    assert await there(office) == ALL


async def test_a_slug_that_was_given_away_meanwhile_stands_in_the_way(office: Office, keys: dict[str, str]) -> None:
    await office("deleteNode", "", id=keys["Function"], version=1)
    taker = gid("Function", office.graph.function(slug="camp", organisation_id=office.other))
    refused = await office("restoreNode", id=keys["Function"])
    await office("updateFunction", viewer=office.people["admin"], id=taker, version=1, input={"slug": "tents"})
    done = await office("restoreNode", id=keys["Function"])

    assert refused.kinds == [("Taken", "id")]
    assert done.thing == {"id": keys["Function"]}
    assert await there(office) == ALL | {"tents"}


async def test_to_restore_what_is_there_does_nothing(office: Office, keys: dict[str, str]) -> None:
    done = await office("restoreNode", "... on Event { version }", id=keys["Event"])

    assert done.thing == {"version": 1}
    assert await office.rows("SELECT * FROM audit_log") == []


async def test_to_delete_again_is_to_delete_what_is_not_there(office: Office, keys: dict[str, str]) -> None:
    await office("deleteNode", "", id=keys["Event"], version=1)

    assert (await office("deleteNode", "", id=keys["Event"], version=2)).kinds == [("NotFound", "id")]


async def test_a_version_that_was_changed_since_is_not_deleted(office: Office, keys: dict[str, str]) -> None:
    done = await office("deleteNode", "", id=keys["Event"], version=2)

    assert done.kinds == [("VersionConflict", "version")]
    assert await there(office) == ALL


@pytest.mark.parametrize("id_", ["camp", gid("Organisation", NOBODY), gid("Customer", NOBODY)])
async def test_what_cannot_be_deleted_is_told_from_what_is_not_there(office: Office, id_: str) -> None:
    assert (await office("deleteNode", "", id=id_, version=1)).kinds == [("InvalidInput", "id")]
    assert (await office("restoreNode", id=id_)).kinds == [("InvalidInput", "id")]


async def test_the_audit_log_counts_what_went_and_came(office: Office, keys: dict[str, str]) -> None:
    await office("deleteNode", "", id=keys["Event"], version=1)
    await office("restoreNode", id=keys["Event"])

    rows = {"rows": {"events": 1, "event_tickets": 1}}
    assert await office.rows("SELECT action, details FROM audit_log ORDER BY entry_id") == [
        {"action": "delete event", "details": rows},
        {"action": "restore event", "details": rows},
    ]


async def test_of_those_who_change_and_delete_one_version_at_once_one_wins(
    office: Office, keys: dict[str, str]
) -> None:
    await office.graph.flush()
    updated, deleted = await asyncio.gather(
        office("updateEvent", id=keys["Event"], version=1, input={"title": "Changed"}),
        office("deleteNode", "", id=keys["Event"], version=1),
    )

    assert sorted([updated.kinds, deleted.kinds]) in (
        [[], [("NotFound", "id")]],
        [[], [("VersionConflict", "version")]],
    )


# -- who may, of every type -------------------------------------------------------------------------------------------


def changes(keys: dict[str, str], name: str) -> dict[str, dict[str, Any]]:
    """One change of a row of each type, and its deletion and return."""
    return {
        "updateFunction": {"id": keys["Function"], "input": {"location": name}},
        "updateEvent": {"id": keys["Event"], "input": {"location": name}},
        "upsertTicket": {"id": keys["Ticket"], "input": {"description": name}},
        "upsertPackage": {"id": keys["Package"], "input": {"description": name}},
        "upsertPool": {"id": keys["CapacityPool"], "input": {"name": name}},
        "deleteNode": {"id": keys["Package"]},
        "restoreNode": {"id": keys["Package"]},
    }


async def test_only_those_who_run_an_organisation_change_delete_and_restore_what_is_its_own(
    office: Office, keys: dict[str, str]
) -> None:
    """For those who run another one, all of it is as if it were not there, though the public sees it."""
    versions: dict[str, int] = {}
    for name, viewer in office.people.items():
        for mutation, given in changes(keys, name).items():
            version = {} if mutation == "restoreNode" else {"version": versions.get(given["id"], 1)}
            answer = await office.ask(mutation, "__typename", viewer, **given, **version)
            if name in EDITORS:
                assert not answer.errors, (name, mutation)
                assert answer.data["done"]["userErrors"] == [], (name, mutation)
                versions[given["id"]] = versions.get(given["id"], 1) + 1
            elif name == "other manager":
                (error,) = answer.data["done"]["userErrors"]
                assert (error["__typename"], error["field"]) == ("NotFound", ["id"]), (name, mutation)
            else:
                assert (answer.codes, answer.data) == (["FORBIDDEN"], {"done": None}), (name, mutation)
    assert await there(office) == (ALL - {"Hall"}) | {"admin"}


async def test_staff_who_see_a_row_and_may_not_change_it_are_told_so(office: Office, keys: dict[str, str]) -> None:
    for mutation, given in changes(keys, "Mine").items():
        version = {} if mutation == "restoreNode" else {"version": 1}
        done = await office(mutation, "__typename", office.of_both, **given, **version)

        assert done.kinds == [("NotPermitted", "id")], mutation


async def test_what_is_foreign_and_what_is_missing_are_told_in_the_same_words(
    office: Office, keys: dict[str, str]
) -> None:
    office.graph.function(slug="gone", deleted_at=NOW)
    for mutation, given in changes(keys, "Mine").items():
        typename = given["id"].partition("_")[0]
        version = {} if mutation == "restoreNode" else {"version": 1}
        answers = [
            await office(mutation, "__typename", office.people["other manager"], **{**given, "id": id_}, **version)
            for id_ in (given["id"], gid(typename, NOBODY))
        ]

        assert answers[0] == answers[1], mutation
