"""Functions are entered and changed by those who run their organisation, one version after the other."""

import asyncio
import itertools
from typing import Any

import pytest

from auth.viewer import ADMIN
from db.database import Database
from domain.ids import decode_global_id, uuid7
from tests.commands.catalogue.office import EDITORS, Office, org
from tests.plugins.graph import NOW, Graph, gid


def winterfest(office: Office, **given: Any) -> dict[str, Any]:
    return {
        "name": "Winterfest",
        "timezone": "Europe/Brussels",
        "organisationId": org(office.home),
        **given,
    }


async def test_a_function_is_entered_with_all_that_is_said_of_it(office: Office) -> None:
    given = winterfest(
        office,
        slug="winter",
        description="Snow",
        startDate="2027-12-01",
        endDate="2027-12-05",
        location="Ghent",
        imageUrl="https://example.org/poster.png",
        isActive=True,
        metadata={"theme": "snow"},
        privateMetadata={"budget": 5},
    )
    shown = (
        "name slug description startDate endDate timezone location imageUrl isActive metadata privateMetadata version "
        "createdAt organisation { id }"
    )
    done = await office("createFunction", shown, input=given)

    expected = {**given, "version": 1, "organisation": {"id": given.pop("organisationId")}}
    expected.pop("organisationId")
    assert done.thing == {**expected, "createdAt": "2027-05-01T12:00:00Z"}


async def test_a_new_function_is_hidden_and_its_slug_made_of_its_name(office: Office) -> None:
    first = await office("createFunction", "id slug isActive", input=winterfest(office, name="Winter Fest"))
    second = await office("createFunction", "slug", input=winterfest(office, name="Winter  fést"))

    assert first.thing["isActive"] is False
    assert (first.thing["slug"], second.thing["slug"]) == ("winter-fest", "winter-fest-2")
    assert await office.graph.data("query ($id: ID!) { node(id: $id) { id } }", id=first.thing["id"]) == {"node": None}


async def test_a_slug_that_somebody_else_has_is_taken_and_a_free_one_suggested(office: Office) -> None:
    office.graph.function(slug="winter", organisation_id=office.other, is_active=False)
    office.graph.function(slug="winter-2", deleted_at=NOW)
    office.graph.function(slug="winter-3")
    mine = office.graph.function(slug="mine")

    created = await office("createFunction", "id", input=winterfest(office, slug="winter"))
    updated = await office("updateFunction", "id", id=gid("Function", mine), version=1, input={"slug": "winter"})
    accepted = await office("createFunction", "slug", input=winterfest(office, slug="winter-2"))

    for done in (created, updated):
        assert done.thing is None
        (error,) = done.errors
        assert (error["__typename"], error["code"], error["field"]) == ("Taken", "TAKEN", ["input", "slug"])
        assert error["suggestion"] == "winter-2"
        assert "winter-2" in error["message"]
    assert accepted.thing["slug"] == "winter-2"
    assert await office.rows("SELECT slug FROM functions WHERE name = 'Winterfest'") == [{"slug": "winter-2"}]


async def test_every_fault_of_an_input_is_told_with_its_field(office: Office) -> None:
    given = {
        "name": " ",
        "slug": "Winter Fest!",
        "timezone": "Europe/Brusels",
        "imageUrl": "javascript:alert(1)",
        "isActive": None,
        "metadata": ["snow"],
        "organisationId": gid("Event", uuid7()),
    }
    done = await office("createFunction", "id", input=given)

    assert done.thing is None
    found = {error["field"][-1]: error for error in done.errors}
    assert list(found) == ["name", "slug", "timezone", "imageUrl", "isActive", "metadata", "organisationId"]
    assert {error["__typename"] for error in found.values()} == {"InvalidInput"}
    assert all(error["field"][0] == "input" for error in found.values())
    assert "`winter-fest`" in found["slug"]["message"]
    assert "Europe/Brussels" in found["timezone"]["message"]
    assert "https://example.org" in found["imageUrl"]["message"]
    assert found["isActive"]["code"] == "REQUIRED"
    assert "type Event" in found["organisationId"]["message"]


async def test_what_is_needed_is_said_to_be_missing(office: Office) -> None:
    done = await office("createFunction", "id", input={})

    assert [(error["field"], error["code"]) for error in done.errors] == [
        (["input", name], "REQUIRED") for name in ("name", "timezone", "organisationId")
    ]


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"startDate": "2027-05-02", "endDate": "2027-05-01"}, "endDate"),
        ({"endDate": "2027-05-01", "startDate": None}, "startDate"),
        ({"endDate": "0001-01-01"}, "endDate"),
    ],
)
async def test_days_must_follow_each_other(office: Office, given: dict[str, Any], field: str) -> None:
    mine = office.graph.function(start_date=None)
    created = await office("createFunction", "id", input=winterfest(office, **given))
    updated = await office("updateFunction", "id", id=gid("Function", mine), version=1, input=given)

    for done in (created, updated):
        assert [error["field"] for error in done.errors] == [["input", field]]


async def test_what_is_left_out_stays_and_null_clears(office: Office) -> None:
    mine = office.graph.function(name="Old", location="Ghent", description="Snow", metadata={"a": 1})
    done = await office(
        "updateFunction",
        "name location description metadata version updatedAt",
        id=gid("Function", mine),
        version=1,
        input={"name": "New", "location": None, "metadata": None},
    )

    assert done.thing == {
        "name": "New",
        "location": None,
        "description": "Snow",
        "metadata": None,
        "version": 2,
        "updatedAt": "2027-05-01T12:00:00Z",
    }


async def test_to_change_nothing_is_no_new_version(office: Office) -> None:
    mine = office.graph.function(name="Same")
    done = await office("updateFunction", "version", id=gid("Function", mine), version=1, input={"name": "Same"})

    assert done.thing == {"version": 1}
    assert await office.rows("SELECT * FROM audit_log") == []


async def test_a_version_that_was_changed_since_is_a_conflict_with_the_current_one(office: Office) -> None:
    mine = office.graph.function(version=4)
    done = await office("updateFunction", "id", id=gid("Function", mine), version=3, input={"name": "Late"})

    assert done.thing is None
    (error,) = done.errors
    assert error.pop("message").startswith("It was changed meanwhile: it has version 4, and you have 3.")
    assert error == {
        "__typename": "VersionConflict",
        "field": ["version"],
        "code": "CONFLICT",
        "currentVersion": 4,
    }


async def test_of_many_who_change_the_same_version_at_once_one_wins(office: Office) -> None:
    mine = office.graph.function()
    await office.graph.flush()
    names = [f"Name {number}" for number in range(4)]

    answers = await asyncio.gather(
        *(office("updateFunction", "name", id=gid("Function", mine), version=1, input={"name": name}) for name in names)
    )

    won = [done.thing["name"] for done in answers if done.thing]
    assert len(won) == 1
    assert [done.errors[0]["currentVersion"] for done in answers if done.errors] == [2, 2, 2]
    assert await office.rows("SELECT name, version FROM functions") == [{"name": won[0], "version": 2}]


async def test_of_many_who_want_the_same_slug_at_once_one_has_it(office: Office) -> None:
    await office.graph.flush()
    answers = await asyncio.gather(
        *(office("createFunction", "slug", input=winterfest(office, slug="s")) for _ in range(4))
    )

    assert sorted(done.thing["slug"] for done in answers if done.thing) == ["s"]
    assert {done.errors[0]["__typename"] for done in answers if done.errors} == {"Taken"}


async def test_a_function_stays_with_its_organisation(office: Office) -> None:
    mine = office.graph.function()
    done = await office(
        "updateFunction", "id", ADMIN, id=gid("Function", mine), version=1, input={"organisationId": org(office.other)}
    )

    assert [error["field"] for error in done.errors] == [["input", "organisationId"]]


async def test_administrators_give_a_function_of_nobody_to_somebody(office: Office) -> None:
    nobodys = office.graph.function(organisation_id=None)
    given = {"id": gid("Function", nobodys), "version": 1, "input": {"organisationId": org(office.home)}}

    refused = await office("updateFunction", "id", **given)
    done = await office("updateFunction", "organisation { id }", ADMIN, **given)

    assert [error["__typename"] for error in refused.errors] == ["NotFound"]
    assert done.thing == {"organisation": {"id": org(office.home)}}


async def test_what_was_done_is_in_the_audit_log_with_who_did_it(office: Office) -> None:
    done = await office("createFunction", "id", input=winterfest(office))
    _, key = decode_global_id(done.thing["id"])
    await office("updateFunction", "id", id=done.thing["id"], version=1, input={"name": "New", "isActive": True})
    await office("updateFunction", "id", id=done.thing["id"], version=1, input={"name": "Late"})

    logged = await office.rows("SELECT action, actor, actor_role, subject, details FROM audit_log ORDER BY entry_id")
    who = {"actor": "anonymous", "actor_role": "anonymous", "subject": f"function {key}"}
    assert logged == [
        {"action": "create function", **who, "details": {}},
        {"action": "update function", **who, "details": {"version": 2, "changed": ["is_active", "name"]}},
    ]


# -- who may ----------------------------------------------------------------------------------------------------------


async def test_only_those_who_run_an_organisation_change_what_is_its_own(office: Office) -> None:
    """Rows of others are as if they were not there, whether the public sees them or not."""
    rows = {
        "public": office.graph.function(),
        "hidden": office.graph.function(is_active=False),
        "deleted": office.graph.function(deleted_at=NOW),
        "missing": uuid7(),
    }
    versions = dict.fromkeys(rows, 1)
    for (name, viewer), (row, key) in itertools.product(office.people.items(), rows.items()):
        given = {"id": gid("Function", key), "version": versions[row], "input": {"location": name}}
        answer = await office.ask("updateFunction", "location", viewer, **given)
        if name in EDITORS and row in {"public", "hidden"}:
            assert answer.data["done"] == {"thing": {"location": name}, "userErrors": []}, (name, row)
            versions[row] += 1
        elif name in EDITORS or name == "other manager":
            (error,) = answer.data["done"]["userErrors"]
            assert (error["__typename"], error["field"]) == ("NotFound", ["id"]), (name, row)
        else:
            assert (answer.codes, answer.data) == (["FORBIDDEN"], {"done": None}), (name, row)
    assert await office.rows("SELECT DISTINCT location FROM functions ORDER BY 1") == [
        {"location": "admin"},
        {"location": None},
    ]


async def test_staff_who_see_a_row_and_may_not_change_it_are_told_so(office: Office) -> None:
    """One who runs another organisation may ask for the mutation at all."""
    mine = office.graph.function()

    updated = await office(
        "updateFunction", "id", office.of_both, id=gid("Function", mine), version=1, input={"name": "Mine"}
    )
    created = await office("createFunction", "id", office.of_both, input=winterfest(office))

    assert [(error["__typename"], error["field"]) for error in updated.errors] == [("NotPermitted", ["id"])]
    assert [error["field"] for error in created.errors] == [["input", "organisationId"]]
    assert created.errors[0]["__typename"] == "NotPermitted"


async def test_nobody_enters_a_function_for_another_organisation(office: Office) -> None:
    done = await office("createFunction", "id", office.people["other manager"], input=winterfest(office))

    assert [(error["__typename"], error["field"]) for error in done.errors] == [
        ("NotFound", ["input", "organisationId"])
    ]
    assert await office.rows("SELECT * FROM functions") == []


async def test_the_rule_holds_without_roles_in_the_database_too(office: Office) -> None:
    """The statement carries it; row-level security holds it a second time."""
    unguarded = Graph(*(office.graph.owner,) * 2, office.graph.documents, [])
    foreign = unguarded.function(organisation_id=None)
    done = await Office(unguarded, office.home, office.other)(
        "updateFunction", "id", office.people["manager"], id=gid("Function", foreign), version=1, input={"name": "Mine"}
    )

    assert isinstance(unguarded.database, Database)
    assert [error["__typename"] for error in done.errors] == ["NotFound"]
