"""Where one function or organisation is all that is shown, it is all that can be changed too."""

from auth.viewer import ADMIN
from db.deployment import Part, Within
from tests.commands.catalogue.office import Office, org
from tests.plugins.graph import gid

START = "2027-06-01T18:00:00Z"


async def test_of_one_function_events_are_entered_for_it_and_nothing_is_outside(office: Office) -> None:
    graph = office.graph
    function, other = graph.function(), graph.function()
    event, elsewhere = graph.event(function), graph.event(other)
    graph.within = Within(Part.FUNCTION, function)
    entered = await office("createEvent", "function { id }", input={"title": "New", "eventStart": START})
    changed = await office("updateEvent", id=gid("Event", event), version=1, input={"title": "New"})
    outside = [
        await office("updateEvent", id=gid("Event", elsewhere), version=1, input={"title": "New"}),
        await office("updateFunction", viewer=ADMIN, id=gid("Function", other), version=1, input={"name": "New"}),
        await office("deleteNode", "", viewer=ADMIN, id=gid("Event", elsewhere), version=1),
        await office("restoreNode", viewer=ADMIN, id=gid("Event", elsewhere)),
    ]
    below = {"title": "New", "eventStart": START, "functionId": gid("Function", other)}

    assert entered.thing == {"function": {"id": gid("Function", function)}}
    assert changed.thing == {"id": gid("Event", event)}
    assert [done.kinds for done in outside] == [[("NotFound", "id")]] * 4
    assert (await office("createEvent", input=below)).kinds == [("NotFound", "input.functionId")]


async def test_of_one_function_nothing_leaves_it_and_no_other_is_entered(office: Office) -> None:
    function = office.graph.function()
    event = gid("Event", office.graph.event(function))
    office.graph.within = Within(Part.FUNCTION, function)
    left = await office("updateEvent", id=event, version=1, input={"functionId": None})
    entered = await office(
        "createFunction", input={"name": "New", "timezone": "UTC", "organisationId": org(office.home)}
    )

    assert left.kinds == [("InvalidInput", "input.functionId")]
    assert entered.kinds == [("NotPermitted", "")]


async def test_of_one_organisation_the_others_are_not_there(office: Office) -> None:
    graph = office.graph
    theirs = graph.function(organisation_id=office.other)
    graph.within = Within(Part.ORGANISATION, office.home)
    new = {"name": "New", "timezone": "UTC"}
    entered = await office("createFunction", "slug", ADMIN, input={**new, "organisationId": org(office.home)})
    outside = await office("createFunction", viewer=ADMIN, input={**new, "organisationId": org(office.other)})
    changed = await office("updateFunction", viewer=ADMIN, id=gid("Function", theirs), version=1, input={"name": "New"})

    assert entered.thing == {"slug": "new"}
    assert outside.kinds == [("NotFound", "input.organisationId")]
    assert changed.kinds == [("NotFound", "id")]
