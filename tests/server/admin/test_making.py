"""Forms for what is new: made once, by the command that the API has, of what the deployment shows."""

import datetime as dt
import uuid

from domain.ids import encode_global_id as gid
from server.admin.desk import REASON
from tests.plugins.graph import Graph
from tests.server.admin.conftest import PROOF, Form, Office, opened

FUNCTION = {"name": "Winterfest", "timezone": "Europe/Brussels"}
EVENT = {"title": "Opening", "event_start": "2027-12-01T19:30+01:00"}
TICKET = {"name": "Standing", "price": "12.50", "currency": "EUR"}


async def only(admin: Office, table: str) -> dict[str, object]:
    """The only row of a table."""
    async with admin.graph.owner.write() as connection:
        (row,) = (await connection.exec_driver_sql(f"SELECT * FROM {table}")).mappings()  # noqa: S608 - a name from below
        return dict(row)


async def test_a_function_its_event_and_a_ticket_are_made_as_the_api_makes_them(admin: Office) -> None:
    pool = admin.graph.pool()
    home = admin.graph.organisation(name="House of lights", slug="lights")
    await admin.graph.flush()
    made = await admin.make("functions", **FUNCTION, organisation_id="lights", is_active="on")
    assert (made.status_code, made.headers["location"]) == (303, "http://localhost/admin/functions/list")
    function = await only(admin, "functions")
    assert (function["slug"], function["organisation_id"], function["is_active"]) == ("winterfest", home, True)

    await admin.make("events", **EVENT, of={"function": gid("Function", uuid.UUID(str(function["function_id"])))})
    event = await only(admin, "events")
    assert (event["function_id"], event["organisation_id"]) == (function["function_id"], home)
    assert (event["timezone"], event["type"], event["is_published"]) == ("Europe/Brussels", "event", False)
    assert event["event_start"] == dt.datetime(2027, 12, 1, 18, 30, tzinfo=dt.UTC)

    await admin.graph.sql("UPDATE capacity_pools SET organisation_id = :home", home=home)
    await admin.make("tickets", **TICKET, event_id="opening", pool_ids=gid("CapacityPool", pool), max_per_order="4")
    ticket = await only(admin, "event_tickets")
    assert (ticket["event_id"], ticket["price_amount"], ticket["max_per_order"]) == (event["event_id"], 1250, 4)
    assert (ticket["min_per_order"], ticket["position"], ticket["is_active"]) == (1, 0, False)
    assert (await only(admin, "ticket_pools"))["pool_id"] == pool
    assert (await admin.audit())[1:] == [
        ("create function", "root", REASON),
        ("create event", "root", REASON),
        ("create ticket", "root", REASON),
    ]


async def test_a_form_suggests_what_it_may_name_and_begins_where_it_was_asked_for(admin: Office) -> None:
    function = admin.graph.function(name="Winterfest & more", slug="winterfest")
    event = admin.graph.event(function, title="Opening", slug="opening")
    await admin.graph.flush()

    page = await admin.page("events/create", function=gid("Function", function))
    assert Form.of(page).values["function_id"] == "winterfest"
    assert '<option value="winterfest">Winterfest &amp; more</option>' in page.text
    assert '<option value="home">Home</option>' in page.text
    assert Form.of(await admin.page("tickets/create", event=gid("Event", event))).values["event_id"] == "opening"
    for odd in ("x", gid("Function", uuid.uuid4()), gid("Event", event)):
        assert Form.of(await admin.page("events/create", function=odd)).values["function_id"] == ""
    listed = await admin.page("tickets/list", event=gid("Event", event))
    assert f"/admin/tickets/create?_origin=%2Fadmin%2Ftickets%2Flist%3Fevent%3D{gid('Event', event)}" in listed.text


async def test_what_cannot_be_is_told_beside_its_field_and_nothing_is_made(admin: Office) -> None:
    admin.graph.function(slug="taken")
    await admin.graph.flush()
    right = {**FUNCTION, "organisation_id": "home"}
    for changes, told in (
        ({"name": ""}, "This field is required."),
        ({"organisation_id": ""}, "This field is required."),
        ({"organisation_id": "nobody"}, "There is no Organisation with the slug “nobody”."),
        ({"organisation_id": gid("Organisation", uuid.uuid4())}, "there is no Organisation of yours"),
        ({"organisation_id": gid("Event", uuid.uuid4())}, "one of type Organisation is needed"),
        ({"slug": "taken"}, "`taken-2` is free"),
        ({"timezone": "Europe/Nowhere"}, "`timezone`"),
        ({"start_date": "soon"}, "Expected a day"),
        ({"start_date": "2027-12-01", "end_date": "2027-11-01"}, "may not lie before"),
        ({"once": "again"}, "begin anew"),
        ({"once": ""}, "This field is required."),
    ):
        typed = {**right, **changes}
        refused = await admin.make("functions", **typed)
        form = Form.of(refused)
        assert (refused.status_code, told in form.told) == (422, True), (changes, form.told)
        assert ("Nothing was made" in form.told) is ("once" not in changes)
        assert {name: form.values[name] for name in typed} == typed, "what was typed is not lost"
    for key, values, told in (
        ("events", {**EVENT, "event_start": "2027-12-01T19:30"}, "with their offset"),
        ("events", EVENT, "`organisationId` is missing"),
        ("events", {**EVENT, "organisation_id": "home"}, "`timezone` is missing"),
        ("tickets", {**TICKET, "event_id": "nowhere"}, "There is no Event with the slug “nowhere”."),
        ("tickets", {**TICKET, "event_id": gid("Event", uuid.uuid4()), "price": "12.505"}, "decimals"),
        ("tickets", {**TICKET, "event_id": gid("Event", uuid.uuid4()), "pool_ids": "x"}, "`poolIds`"),
    ):
        refused = await admin.make(key, **values)
        assert (refused.status_code, told in Form.of(refused).told) == (422, True), Form.of(refused).told
    assert (await only(admin, "functions"))["slug"] == "taken"
    assert (await admin.audit())[1:] == []


async def test_a_form_that_is_sent_twice_makes_one(admin: Office) -> None:
    _ = admin.graph.home
    await admin.graph.flush()
    form = Form.of(await admin.page("functions/create")).values | FUNCTION | {"organisation_id": "home"}
    assert [(await admin.send_new("functions", form)).status_code for _ in range(2)] == [303, 303]
    assert (await only(admin, "functions"))["slug"] == "winterfest"

    other = await admin.send_new("functions", {**form, "name": "Summerfest"})
    assert (other.status_code, "what it made is there" in Form.of(other).told) == (422, True)
    assert len((await admin.audit())[1:]) == 1


async def test_nothing_is_made_by_a_form_from_elsewhere(admin: Office) -> None:
    _ = admin.graph.home
    await admin.graph.flush()
    form = Form.of(await admin.page("functions/create")).values | FUNCTION | {"organisation_id": "home"}
    foreign = {"sec-fetch-site": "cross-site", "origin": "https://evil.example"}
    refused = await admin.http.post("/admin/functions/create", data=form, headers=foreign)
    unproven = await admin.send_new("functions", {**form, PROOF: "x"})
    again = {name: value for name, value in form.items() if name != PROOF}

    assert [each.status_code for each in (refused, unproven, await admin.send_new("functions", again))] == [403] * 3
    assert (await admin.audit())[1:] == []


async def test_where_one_function_is_shown_what_is_made_is_of_it(
    graph: Graph, database_url: str, redis_url: str
) -> None:
    camp, other = graph.function(name="Camp", slug="camp"), graph.function(name="Other", slug="other")
    outside = graph.event(other, title="Elsewhere", slug="elsewhere")
    await graph.flush()
    async with opened(graph, database_url, redis_url, filter_to="function", function_id=str(camp)) as admin:
        await admin.log_in()
        assert (await admin.http.get("/admin/functions/create")).status_code == 403
        assert "functions/create" not in (await admin.page("functions/list")).text
        assert 'value="other"' not in (await admin.page("events/create", function=gid("Function", other))).text
        assert 'value="elsewhere"' not in (await admin.page("tickets/create")).text
        for function in ("other", gid("Function", other)):
            refused = await admin.make("events", **EVENT, function_id=function)
            assert (refused.status_code, "there is no" in Form.of(refused).told.lower()) == (422, True)
        for event in ("elsewhere", gid("Event", outside)):
            refused = await admin.make("tickets", **TICKET, event_id=event)
            assert (refused.status_code, "there is no" in Form.of(refused).told.lower()) == (422, True)
        assert (await admin.make("events", **EVENT)).status_code == 303
        listed = (await admin.page("events/list")).text
        assert "Opening" in listed
        assert (await admin.make("tickets", **TICKET, event_id="opening")).status_code == 303


async def test_a_client_is_made_with_a_key_that_is_shown_once(admin: Office) -> None:
    made = await admin.make("clients", name="web", policy="open", kind="program", reason="For the shop.")
    assert made.status_code == 200
    key = made.text.split('id="key">')[1].split("<")[0]
    asked = await admin.http.post("/graphql", json={"query": "{ __typename }"}, headers={"x-api-key": key})
    assert asked.json() == {"data": {"__typename": "Query"}}
    detail = (await admin.page("clients/detail", pk="web")).text
    assert "first" in detail
    assert key not in detail

    for changes, told in (
        ({"name": "web"}, "There is a client 'web' already."),
        ({"name": "Not a name"}, "lower-case letters"),
        ({"reason": "Ask root@example.org"}, "The reason holds"),
        ({"kind": "other"}, "Choose one of the list."),
        ({"policy": "other"}, "Choose one of the list."),
    ):
        typed = {"name": "shop", "policy": "open", "kind": "program", "reason": "Why."} | changes
        refused = await admin.make("clients", **typed)
        assert (refused.status_code, told in Form.of(refused).told) == (422, True), Form.of(refused).told
    async with admin.graph.owner.write() as connection:
        log = await connection.exec_driver_sql("SELECT action, actor, details->>'reason' FROM registry_log")
        assert [tuple(row) for row in log] == [("create client", "root", "For the shop.")]


async def test_a_reason_that_cannot_be_kept_is_told_beside_it(admin: Office) -> None:
    await admin.make("clients", name="web", policy="open", kind="program", reason="For the shop.")
    refused = await admin.edit("clients", "web", reason="Ask root@example.org")

    assert (refused.status_code, "The reason holds" in Form.of(refused).told) == (422, True)
