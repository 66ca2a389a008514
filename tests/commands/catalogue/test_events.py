"""Events are entered below a function or an organisation, and move between functions of one organisation."""

import asyncio
from typing import Any

from auth.viewer import ADMIN
from domain.ids import uuid7
from tests.commands.catalogue.office import Office, org
from tests.plugins.graph import NOW, gid

START = "2027-06-01T18:00:00Z"


async def test_an_event_of_a_function_has_its_organisation_and_its_zone(office: Office) -> None:
    function = office.graph.function(timezone="Asia/Tokyo")
    done = await office(
        "createEvent",
        "title slug type eventStart eventEnd timezone isPublished isFeatured version function { id } "
        "organisation { id }",
        input={"title": "Opening", "eventStart": START, "functionId": gid("Function", function)},
    )

    assert done.thing == {
        "title": "Opening",
        "slug": "opening",
        "type": "event",
        "eventStart": START,
        "eventEnd": None,
        "timezone": "Asia/Tokyo",
        "isPublished": False,
        "isFeatured": False,
        "version": 1,
        "function": {"id": gid("Function", function)},
        "organisation": {"id": org(office.home)},
    }


async def test_an_event_by_itself_needs_an_organisation_and_a_zone(office: Office) -> None:
    event = {"title": "Alone", "eventStart": START}
    nobodys = await office("createEvent", input=event)
    nowhere = await office("createEvent", input={**event, "organisationId": org(office.home)})
    done = await office(
        "createEvent",
        "timezone function { id } organisation { id }",
        input={**event, "organisationId": org(office.home), "timezone": "Europe/Paris"},
    )

    assert nobodys.kinds == [("InvalidInput", "input.organisationId")]
    assert nowhere.kinds == [("InvalidInput", "input.timezone")]
    assert done.thing == {"timezone": "Europe/Paris", "function": None, "organisation": {"id": org(office.home)}}


async def test_an_event_cannot_be_of_another_organisation_than_its_function(office: Office) -> None:
    function = office.graph.function()
    theirs = office.graph.function(organisation_id=office.other)
    event = office.graph.event(function)
    created = await office(
        "createEvent",
        viewer=ADMIN,
        input={
            "title": "Torn",
            "eventStart": START,
            "functionId": gid("Function", function),
            "organisationId": org(office.other),
        },
    )
    moved = await office(
        "updateEvent", viewer=ADMIN, id=gid("Event", event), version=1, input={"functionId": gid("Function", theirs)}
    )
    given_away = await office(
        "updateEvent", viewer=ADMIN, id=gid("Event", event), version=1, input={"organisationId": org(office.other)}
    )

    assert created.kinds == given_away.kinds == [("InvalidInput", "input.organisationId")]
    assert moved.kinds == [("InvalidInput", "input.functionId")]


async def test_an_event_of_a_function_that_is_nobodys_has_an_organisation_of_its_own(office: Office) -> None:
    function = office.graph.function(organisation_id=None)
    event = {"title": "Own", "eventStart": START, "functionId": gid("Function", function)}
    nobodys = await office("createEvent", viewer=ADMIN, input=event)
    done = await office(
        "createEvent", "timezone organisation { id }", ADMIN, input={**event, "organisationId": org(office.home)}
    )

    assert nobodys.kinds == [("InvalidInput", "input.organisationId")]
    assert done.thing == {"timezone": "Europe/Brussels", "organisation": {"id": org(office.home)}}


async def test_an_event_moves_to_another_function_and_out_of_it(office: Office) -> None:
    functions = [office.graph.function() for _ in range(2)]
    event = gid("Event", office.graph.event(functions[0]))
    moved = await office(
        "updateEvent",
        "function { id } version",
        id=event,
        version=1,
        input={"functionId": gid("Function", functions[1])},
    )
    alone = await office("updateEvent", "function { id } version", id=event, version=2, input={"functionId": None})

    assert moved.thing == {"function": {"id": gid("Function", functions[1])}, "version": 2}
    assert alone.thing == {"function": None, "version": 3}


async def test_no_event_goes_below_what_is_not_ones_own(office: Office) -> None:
    event = office.graph.event()
    functions = [
        office.graph.function(organisation_id=office.other),
        office.graph.function(organisation_id=office.other, is_active=False),
        office.graph.function(deleted_at=NOW),
        uuid7(),
    ]
    for function in functions:
        below = {"functionId": gid("Function", function)}
        created = await office("createEvent", input={"title": "Mine", "eventStart": START, **below})
        moved = await office("updateEvent", id=gid("Event", event), version=1, input=below)

        assert created.kinds == moved.kinds == [("NotFound", "input.functionId")]
        assert created.errors == moved.errors


FAULTS: list[tuple[dict[str, Any], tuple[str, str]]] = [
    ({"title": ""}, ("InvalidInput", "input.title")),
    ({"eventStart": None}, ("InvalidInput", "input.eventStart")),
    ({"eventEnd": "2027-05-31T18:00:00Z"}, ("InvalidInput", "input.eventEnd")),
    ({"eventStart": "0001-01-01T00:00:00Z"}, ("InvalidInput", "input.eventStart")),
    ({"timezone": "Mars/Olympus"}, ("InvalidInput", "input.timezone")),
    ({"timezone": None}, ("InvalidInput", "input.timezone")),
    ({"type": " "}, ("InvalidInput", "input.type")),
    ({"slug": "A"}, ("InvalidInput", "input.slug")),
    ({"slug": "taken"}, ("Taken", "input.slug")),
    ({"functionId": "f"}, ("InvalidInput", "input.functionId")),
]


async def test_what_is_wrong_with_an_event_is_told_with_its_field(office: Office) -> None:
    function = office.graph.function()
    office.graph.event(slug="taken")
    event = gid("Event", office.graph.event(function, event_start=NOW.replace(month=6)))
    new = {"title": "New", "eventStart": START, "functionId": gid("Function", function)}

    for given, kind in FAULTS:
        assert (await office("createEvent", input={**new, **given})).kinds == [kind], given
        assert (await office("updateEvent", id=event, version=1, input=given)).kinds == [kind], given


async def test_the_slug_that_is_suggested_is_free(office: Office) -> None:
    for slug in ("opening", "opening-2", "opening-3"):
        office.graph.event(slug=slug, organisation_id=office.other, is_published=False)
    event = office.graph.event()
    taken = await office("updateEvent", id=gid("Event", event), version=1, input={"slug": "opening"})
    suggestion = taken.errors[0]["suggestion"]
    done = await office("updateEvent", "slug version", id=gid("Event", event), version=1, input={"slug": suggestion})

    assert suggestion == "opening-4"
    assert done.thing == {"slug": "opening-4", "version": 2}


async def test_of_two_changes_of_one_version_at_once_one_wins(office: Office) -> None:
    event = gid("Event", office.graph.event())
    await office.graph.flush()
    answers = await asyncio.gather(
        *(office("updateEvent", id=event, version=1, input={"title": title}) for title in ("A", "B"))
    )

    assert sorted(done.kinds for done in answers) == [[], [("VersionConflict", "version")]]
    assert await office.rows("SELECT version FROM events") == [{"version": 2}]


async def test_an_event_is_not_entered_below_a_function_that_is_being_deleted(office: Office) -> None:
    """Either the event is in time, and goes with the function; or there is no such function any more."""
    function = gid("Function", office.graph.function())
    await office.graph.flush()
    deleted, *created = await asyncio.gather(
        office("deleteNode", "", id=function, version=1),
        *(
            office("createEvent", input={"title": f"Late {number}", "eventStart": START, "functionId": function})
            for number in range(3)
        ),
    )

    assert deleted.thing == function
    assert {kind for done in created for kind in done.kinds} <= {("NotFound", "input.functionId")}
    assert await office.rows("SELECT event_id FROM events WHERE deleted_at IS NULL") == []
