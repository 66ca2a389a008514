"""Lists, details and forms: each change by the command that the API has, none over somebody else's."""

import datetime as dt
import uuid
from collections.abc import Sequence

import pytest

from commands import clients, registry
from commands.registering import Author
from domain.flags import USE_FUNCTIONS
from domain.ids import encode_global_id as gid
from domain.registry import POLICIES
from persisted_queries.compiling import Candidate
from schema.target import target
from server.admin.desk import REASON
from tests.plugins.graph import Graph
from tests.server.admin.conftest import Form, Office, opened

UPDATE = """
  mutation ($id: ID!, $version: Int!, $name: String!) {
    updateFunction(id: $id, version: $version, input: {name: $name}) { function { name } userErrors { message } }
  }
"""


async def rows_of(admin: Office, key: str, **query: str) -> list[str]:
    """The ids that a list shows."""
    page = await admin.page(f"{key}/list", **query)
    return [part.split('"', 1)[0] for part in page.text.split('<tr data-sa-pk="')[1:]]


async def meanwhile(admin: Office, function: uuid.UUID, name: str) -> None:
    """Somebody else changes a function, by the API."""
    variables = {"id": gid("Function", function), "version": 1, "name": name}
    headers = {"authorization": f"Bearer {admin.token('eve')}"}
    answer = await admin.http.post("/graphql", json={"query": UPDATE, "variables": variables}, headers=headers)
    assert answer.json()["data"]["updateFunction"]["userErrors"] == []


async def test_a_function_is_changed_as_the_api_changes_it(admin: Office) -> None:
    function = admin.graph.function(name="Winterfest", slug="winterfest", location="Ghent")
    await admin.graph.flush()
    pk = gid("Function", function)
    saved = await admin.edit("functions", pk, name="Winterfest 2028", location="", is_active=None)

    assert saved.status_code == 303
    form = Form.of(await admin.page("functions/edit", pk=pk))
    assert (
        form.values | {"name": "Winterfest 2028", "slug": "winterfest", "location": "", "version": "2"} == form.values
    )
    assert "is_active" not in form.values
    assert (await admin.audit())[1:] == [("update function", "root", REASON)]


async def test_a_conflict_is_shown_and_nothing_is_written_over(admin: Office) -> None:
    function = admin.graph.function(name="Winterfest")
    await admin.graph.flush()
    pk = gid("Function", function)
    values = Form.of(await admin.page("functions/edit", pk=pk)).values
    await meanwhile(admin, function, "Theirs")
    refused = await admin.edit("functions", pk, **{**values, "name": "Mine"})

    assert refused.status_code == 422
    form = Form.of(refused)
    assert "It was changed meanwhile: it has version 2, and you have 1." in form.told
    assert form.values["name"] == "Mine", "what was typed is not lost"
    assert Form.of(await admin.page("functions/edit", pk=pk)).values["name"] == "Theirs"


async def test_what_cannot_be_is_told_beside_its_field(admin: Office) -> None:
    admin.graph.function(slug="taken")
    pk = gid("Function", admin.graph.function(name="Winterfest"))
    await admin.graph.flush()
    for changes, told in (
        ({"name": ""}, "This field is required."),
        ({"slug": "taken"}, "`taken-2` is free"),
        ({"slug": "No Slug"}, "`slug`"),
        ({"start_date": "soon"}, "Expected a day"),
        ({"end_date": "2027-01-01"}, "may not lie before"),
        ({"timezone": "Europe/Nowhere"}, "`timezone`"),
        ({"version": "one"}, "Expected the version"),
        ({"version": ""}, "`version` is missing"),
    ):
        refused = await admin.edit("functions", pk, **changes)
        assert (refused.status_code, told in Form.of(refused).told) == (422, True), (changes, Form.of(refused).told)
        assert ("Nothing was saved" in Form.of(refused).told) is ("version" not in changes)


async def test_an_event_is_changed_in_its_own_zone(admin: Office) -> None:
    start = dt.datetime(2027, 5, 1, 17, 30, tzinfo=dt.UTC)
    pk = gid("Event", admin.graph.event(admin.graph.function(), event_start=start, timezone="Europe/Brussels"))
    await admin.graph.flush()
    assert "2027-05-01 19:30 CEST" in (await admin.page("events/detail", pk=pk)).text
    assert Form.of(await admin.page("events/edit", pk=pk)).values["event_start"] == "2027-05-01T19:30+02:00"

    assert (await admin.edit("events", pk, event_start="2027-05-02T20:00+02:00", function_id="")).status_code == 303
    values = Form.of(await admin.page("events/edit", pk=pk)).values
    assert (values["event_start"], values["function_id"]) == ("2027-05-02T20:00+02:00", "")
    refused = await admin.edit("events", pk, event_start="2027-05-02T20:00")
    assert "with their offset" in Form.of(refused).told


async def test_a_ticket_has_its_price_in_its_own_decimals(admin: Office) -> None:
    pk = gid("Ticket", admin.graph.ticket(admin.graph.event(), name="Standing"))
    await admin.graph.flush()
    assert (await admin.edit("tickets", pk, price="14.00", name="Standing room")).status_code == 303

    assert "14.00 EUR" in (await admin.page("tickets/detail", pk=pk)).text
    for price, told in (("14.005", "decimals"), ("dear", "Expected an amount")):
        refused = await admin.edit("tickets", pk, price=price)
        assert (refused.status_code, told in Form.of(refused).told) == (422, True), Form.of(refused).told


async def test_what_is_deleted_is_listed_and_comes_back(admin: Office) -> None:
    function = admin.graph.function()
    event = admin.graph.event(function)
    ticket = admin.graph.ticket(event)
    await admin.graph.flush()
    pk = gid("Function", function)

    stale = await admin.act("functions", "remove", pk, version="7")
    assert stale.status_code == 400
    assert "It was changed meanwhile" in stale.json()["msg"]
    assert (await admin.act("functions", "remove", pk, version="1")).status_code == 200

    assert await rows_of(admin, "functions") == await rows_of(admin, "events") == []
    assert await rows_of(admin, "functions", deleted="1") == [pk]
    assert await rows_of(admin, "events", deleted="1") == [gid("Event", event)]
    assert await rows_of(admin, "tickets", deleted="1") == [gid("Ticket", ticket)]
    orphan = await admin.act("tickets", "restore", gid("Ticket", ticket))
    assert "It belongs to what is deleted itself" in orphan.json()["msg"]
    assert (await admin.act("functions", "restore", pk)).status_code == 200
    assert await rows_of(admin, "tickets") == [gid("Ticket", ticket)]
    assert await rows_of(admin, "tickets", deleted="1") == []


async def walk(admin: Office, key: str, **query: str) -> list[list[str]]:
    """A list page by page, as its links lead."""
    pages, link = [], ""
    page = await admin.page(f"{key}/list", page_size="25", **query)
    while True:
        pages.append([part.split('"', 1)[0] for part in page.text.split('<tr data-sa-pk="')[1:]])
        following = page.text.split('rel="next" href="')
        if len(following) == 1:
            return pages
        link = following[1].split('"', 1)[0].replace("&amp;", "&")
        page = await admin.http.get(link)


async def test_a_list_is_paged_in_the_orders_that_have_an_index(admin: Office) -> None:
    first = dt.datetime(2027, 1, 1, tzinfo=dt.UTC)
    made = [
        gid("Event", admin.graph.event(title=f"Event {number:03}", created_at=first - dt.timedelta(days=number)))
        for number in range(60)
    ]
    await admin.graph.flush()
    for sort, order in (("title__asc", made), ("title__desc", made[::-1]), ("created__asc", made[::-1])):
        pages = await walk(admin, "events", sort=sort)
        assert [len(page) for page in pages] == [25, 25, 10]
        assert [each for page in pages for each in page] == order
    latest = await rows_of(admin, "events", sort="function__desc")
    assert latest == made[:25], "an order without an index is none: they come by their start"


async def test_pages_lead_back_as_well(admin: Office) -> None:
    for number in range(30):
        admin.graph.function(name=f"Function {number}")
    await admin.graph.flush()
    first = await admin.page("functions/list")
    second = await admin.http.get(first.text.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&"))
    back = await admin.http.get(second.text.split('rel="prev" href="')[1].split('"')[0].replace("&amp;", "&"))

    assert back.text.split("<tbody>")[1].count("<tr ") == 25
    assert 'rel="prev"' not in back.text
    forged = await admin.http.get("/admin/functions/list", params={"after": "AAAA"})
    assert forged.status_code == 400


async def test_a_search_finds_what_is_hidden_and_what_was_deleted(admin: Office) -> None:
    seen = admin.graph.event(title="Winter lights")
    draft = admin.graph.event(title="More lights", is_published=False)
    gone = admin.graph.event(title="No lights", deleted_at=dt.datetime.now(dt.UTC))
    admin.graph.event(title="Darkness")
    ticket = admin.graph.ticket(draft, name="Lamp")
    idle = admin.graph.function(name="Lights of spring", is_active=False)
    await admin.graph.flush()

    assert await rows_of(admin, "events", q="lights") == [gid("Event", seen), gid("Event", draft)]
    assert await rows_of(admin, "events", q="lights", deleted="1") == [gid("Event", gone)]
    assert await rows_of(admin, "functions", q="spring") == [gid("Function", idle)]
    assert await rows_of(admin, "tickets", q="lights") == [gid("Ticket", ticket)]
    assert await rows_of(admin, "events", q="nothing of the kind") == []


async def test_lists_lead_to_what_belongs_to_one(admin: Office) -> None:
    function = admin.graph.function()
    inside, other = admin.graph.event(function), admin.graph.event()
    ticket = admin.graph.ticket(inside)
    admin.graph.ticket(other)
    await admin.graph.flush()

    assert await rows_of(admin, "events", function=gid("Function", function)) == [gid("Event", inside)]
    assert await rows_of(admin, "tickets", event=gid("Event", inside)) == [gid("Ticket", ticket)]
    assert (await admin.http.get("/admin/events/list", params={"function": "x"})).status_code == 400


async def test_a_deployment_that_shows_one_function_shows_no_other_here(
    graph: Graph, database_url: str, redis_url: str
) -> None:
    camp, other = graph.function(name="Camp"), graph.function(name="Lights", slug="lights")
    inside, outside = graph.event(camp, title="Lights inside"), graph.event(other, title="Lights outside")
    tickets = [graph.ticket(inside), graph.ticket(outside)]
    now = dt.datetime.now(dt.UTC)
    graph.event(other, title="Lights that are out", is_published=False)
    gone = [graph.event(each, title="Gone", deleted_at=now) for each in (camp, other)]
    await graph.flush()
    async with opened(graph, database_url, redis_url, filter_to="function", function_id=str(camp)) as admin:
        await admin.log_in()
        assert await rows_of(admin, "functions") == [gid("Function", camp)]
        assert await rows_of(admin, "events") == await rows_of(admin, "events", q="lights") == [gid("Event", inside)]
        assert await rows_of(admin, "functions", q="lights") == []
        assert await rows_of(admin, "tickets") == [gid("Ticket", tickets[0])]
        assert await rows_of(admin, "events", deleted="1") == [gid("Event", gone[0])]
        for key, pk in (
            ("functions", gid("Function", other)),
            ("events", gid("Event", outside)),
            ("tickets", gid("Ticket", tickets[1])),
            ("events", gid("Event", gone[1])),
        ):
            assert (await admin.http.get(f"/admin/{key}/detail", params={"pk": pk})).status_code == 404


async def test_what_is_not_there_is_not_found(admin: Office) -> None:
    for path in ("functions/detail", "events/edit", "clients/detail", "releases/detail", "flags/edit", "nothing/list"):
        answer = await admin.http.get(f"/admin/{path}", params={"pk": gid("Event", uuid.uuid4())})
        assert answer.status_code == 404, path


async def test_a_flag_is_changed_with_its_reason_and_not_over_another_change(admin: Office) -> None:
    before = Form.of(await admin.page("flags/edit", pk=USE_FUNCTIONS)).values
    saved = await admin.edit("flags", USE_FUNCTIONS, percentage="30", segments='{"roles": ["admin"]}', reason="Begin.")
    assert saved.status_code == 303
    assert (await admin.audit())[1:] == [("update feature flag", "root", "Begin.")]

    stale = await admin.edit("flags", USE_FUNCTIONS, **{**before, "percentage": "60", "reason": "More."})
    assert (stale.status_code, "Somebody has changed the flag meanwhile" in Form.of(stale).told) == (422, True)
    for changes, told in (
        ({"reason": ""}, "This field is required."),
        ({"percentage": "101"}, "is from 0 to 100"),
        ({"segments": "{"}, "Expected JSON."),
        ({"segments": '{"role": []}'}, "no kind of segments"),
        ({"reason": "Ask root@example.org"}, "The reason holds"),
    ):
        refused = await admin.edit("flags", USE_FUNCTIONS, **{"reason": "More.", **changes})
        assert (refused.status_code, told in Form.of(refused).told) == (422, True), Form.of(refused).told
    assert Form.of(await admin.page("flags/edit", pk=USE_FUNCTIONS)).values["percentage"] == "30"


@pytest.fixture
async def registered(admin: Office) -> Sequence[str]:
    """A client with two releases, of which the first is followed by the second."""
    author = Author("someone")
    await clients.create_client(admin.graph.owner, "web", POLICIES["open"], author)
    for release in ("1.0", "2.0"):
        texts = [Candidate("home", "query Home { functions(first: 1) { nodes { name } } }")]
        await registry.publish(admin.graph.owner, target(), "web", release, texts, author)
    return "web/1.0", "web/2.0"


@pytest.mark.usefixtures("registered")
async def test_a_client_gets_a_policy_and_a_key_that_is_shown_once(admin: Office) -> None:
    saved = await admin.edit("clients", "web", policy="ids-only", reason="It has releases.")
    assert saved.status_code == 303
    assert Form.of(await admin.page("clients/edit", pk="web")).values["policy"] == "ids-only"

    made = await admin.act("clients", "rotate", "web", label="2027-06", reason="A new year.")
    key = made.text.split('id="key">')[1].split("<")[0]
    asked = await admin.http.post("/graphql", json={"query": "{ __typename }"}, headers={"x-api-key": key})
    assert asked.json()["errors"][0]["extensions"]["code"] != "INVALID_API_KEY", "it is known; its policy refuses texts"
    detail = await admin.page("clients/detail", pk="web")
    assert "2027-06" in detail.text
    assert key not in detail.text
    assert (
        "has, or had, a key"
        in (await admin.act("clients", "rotate", "web", label="first", reason="Why.")).json()["msg"]
    )
    assert "Give a reason" in (await admin.act("clients", "revoke", "web", label="2027-06")).json()["msg"]

    assert (await admin.act("clients", "revoke", "web", label="2027-06", reason="Lost.")).status_code == 200
    asked = await admin.http.post("/graphql", json={"query": "{ __typename }"}, headers={"x-api-key": key})
    assert asked.json()["errors"][0]["extensions"]["code"] == "INVALID_API_KEY"


async def test_a_release_ends_after_it_was_shown_what_that_comes_to(admin: Office, registered: Sequence[str]) -> None:
    old, new = registered
    assert await rows_of(admin, "releases") == [old, new]
    shown = (await admin.page("releases/detail", pk=new)).text
    assert "no sunset was announced for it" in shown
    refused = await admin.act("releases", "retire", new, reason="Enough.")
    assert "tick “all the same”" in refused.json()["msg"]

    assert (
        await admin.act("releases", "deprecate", old, reason="Old.", successor="2.0", sunset="2999-01-01")
    ).status_code == 200
    detail = (await admin.page("releases/detail", pk=old)).text
    assert "deprecated" in detail
    assert "2999-01-01" in detail
    assert (await admin.act("releases", "retire", old, reason="Enough.", force="on")).status_code == 200
    detail = (await admin.page("releases/detail", pk=old)).text
    assert "retired" in detail
    assert 'data-sa-name="retire"' not in detail
    assert (await admin.act("releases", "retire", old, reason="Again.")).json()["msg"] == "Forbidden"
