"""Lists of events hold what their filter says, in the order that was asked for."""

import datetime as dt
import itertools
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.ids import uuid7
from execution.variables import VariablesRefused
from persisted_queries.documents import DocumentRefused
from tests.plugins.graph import NOW, Graph, gid

HOUR = dt.timedelta(hours=1)
LIST = """
  query ($filter: EventFilter, $orderBy: EventOrder) {
    events(first: 100, filter: $filter, orderBy: $orderBy) { totalCount nodes { slug } }
    function(slug: "one") {
      events(first: 100, filter: $filter, orderBy: $orderBy) { totalCount nodes { slug } }
    }
  }
"""


@dataclass(frozen=True, slots=True)
class Shown:
    """An event as a filter sees it."""

    slug: str
    function: str | None
    organisation: str
    start: dt.datetime
    is_featured: bool


@dataclass(frozen=True, slots=True)
class Programme:
    graph: Graph
    ids: dict[str, str]
    events: list[Shown]


@pytest.fixture
async def programme(graph: Graph) -> Programme:
    """Events of each kind that a filter can tell apart."""
    organisations = {name: graph.organisation(slug=name) for name in ("left", "right")}
    functions = {name: graph.function(slug=name, organisation_id=organisations["left"]) for name in ("one", "two")}
    kinds = itertools.product(("one", "two", None), organisations, range(-1, 2), (True, False))
    events = []
    for number, (function, organisation, hours, is_featured) in enumerate(kinds):
        shown = Shown(f"e{number}", function, organisation, NOW + hours * HOUR, is_featured)
        graph.event(
            functions[function] if function else None,
            slug=shown.slug,
            organisation_id=organisations[organisation],
            event_start=shown.start,
            is_featured=is_featured,
        )
        events.append(shown)
    await graph.flush()
    ids = {name: gid("Function", key) for name, key in functions.items()}
    ids |= {name: gid("Organisation", key) for name, key in organisations.items()}
    ids |= {"no function": gid("Function", uuid7()), "no organisation": gid("Organisation", uuid7())}
    return Programme(graph, ids, events)


FILTERS = st.fixed_dictionaries(
    {},
    optional={
        "functionId": st.sampled_from(["one", "two", "no function", None]),
        "functionSlug": st.sampled_from(["one", "two", "no-such", None]),
        "organisationId": st.sampled_from(["left", "right", "no organisation", None]),
        "isFeatured": st.sampled_from([True, False, None]),
        "gte": st.sampled_from([None, *(NOW + hours * HOUR / 2 for hours in range(-3, 4))]),
        "lt": st.sampled_from([None, *(NOW + hours * HOUR / 2 for hours in range(-3, 4))]),
    },
)


def passes(event: Shown, chosen: dict[str, Any]) -> bool:
    """What the descriptions of the filter say."""
    return all(
        value is None
        or {
            "functionId": lambda value: event.function == value,
            "functionSlug": lambda value: event.function == value,
            "organisationId": lambda value: event.organisation == value,
            "isFeatured": lambda value: event.is_featured == value,
            "gte": lambda value: event.start >= value,
            "lt": lambda value: event.start < value,
        }[name](value)
        for name, value in chosen.items()
    )


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])  # nothing is changed there
@given(chosen=FILTERS)
async def test_a_list_holds_what_passes_all_of_its_filter(programme: Programme, chosen: dict[str, Any]) -> None:
    asked: dict[str, Any] = {name: value for name, value in chosen.items() if name not in {"gte", "lt"}}
    for name in {"functionId", "organisationId"} & asked.keys():
        asked[name] = programme.ids[asked[name]] if asked[name] else None
    times = {
        name: value.isoformat() if value else None for name in ("gte", "lt") if (value := chosen.get(name, 0)) != 0
    }
    if times:
        asked["eventStart"] = times

    data = await programme.graph.data(LIST, filter=asked)

    passing = [event for event in programme.events if passes(event, chosen)]
    for found, expected in [
        (data["events"], passing),
        (data["function"]["events"], [event for event in passing if event.function == "one"]),
    ]:
        assert sorted(each["slug"] for each in found["nodes"]) == sorted(event.slug for event in expected)
        assert found["totalCount"] == len(expected)
        starts = {event.slug: event.start for event in programme.events}
        assert [starts[each["slug"]] for each in found["nodes"]] == sorted(event.start for event in expected)


@pytest.mark.parametrize("nothing", [None, {}, {"eventStart": None}, {"eventStart": {}}, {"isFeatured": None}], ids=str)
async def test_a_filter_that_says_nothing_filters_nothing(programme: Programme, nothing: dict[str, Any] | None) -> None:
    data = await programme.graph.data(LIST, filter=nothing)

    assert data["events"]["totalCount"] == len(programme.events)


# -- orders -----------------------------------------------------------------------------------------------------------

ORDERS = {"EVENT_START": ["b", "c", "a"], "TITLE": ["c", "a", "b"], "CREATED_AT": ["a", "b", "c"]}


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("direction", ["ASC", "DESC", None])
async def test_a_list_runs_in_the_order_that_was_asked_for(graph: Graph, order: str, direction: str | None) -> None:
    function = graph.function(slug="one")
    for slug, title, hours in [("a", "beta", 3), ("b", "gamma", 1), ("c", "alpha", 2)]:
        graph.event(
            function,
            slug=slug,
            title=title,
            event_start=NOW + hours * HOUR,
            created_at=NOW + ORDERS["CREATED_AT"].index(slug) * HOUR,
        )
    order_by = {"field": order} | ({"direction": direction} if direction else {})

    data = await graph.data(LIST, orderBy=order_by)

    expected = ORDERS[order][::-1] if direction == "DESC" else ORDERS[order]
    assert [each["slug"] for each in data["events"]["nodes"]] == expected
    assert [each["slug"] for each in data["function"]["events"]["nodes"]] == expected


@pytest.mark.parametrize("order", ["TITLE", "CREATED_AT"])
@pytest.mark.parametrize("bound", ["gte", "lt"])
async def test_a_range_of_starts_goes_with_the_order_of_starts_only(graph: Graph, order: str, bound: str) -> None:
    graph.function(slug="one")
    variables = {"filter": {"eventStart": {bound: NOW.isoformat()}}, "orderBy": {"field": order}}

    answer = await graph(
        "query ($filter: EventFilter, $orderBy: EventOrder) {events(filter: $filter, orderBy: $orderBy) {totalCount}}",
        variables,
    )

    assert answer.codes == ["BAD_USER_INPUT"]
    assert answer.messages == (
        "`filter.eventStart` goes with `orderBy: {field: EVENT_START}` only; "
        f"leave out the filter, or the order by {order}."
    )


# -- what a filter may not be -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "typename", "wanted"),
    [("functionId", "Event", "Function"), ("organisationId", "Function", "Organisation")],
)
async def test_the_id_of_another_type_is_refused_in_a_filter(
    graph: Graph, name: str, typename: str, wanted: str
) -> None:
    answer = await graph(
        "query ($filter: EventFilter) { events(filter: $filter) { totalCount } }",
        {"filter": {name: gid(typename, uuid7())}},
    )

    assert answer.codes == ["BAD_USER_INPUT"]
    assert answer.messages == f"`filter.{name}` is an id of type {typename}; one of type {wanted} is needed."


@pytest.mark.parametrize("moment", ["2027-05-01T18:00:00", "2027-05-01", "18:00Z", "soon", ""])
async def test_a_moment_without_an_offset_is_refused(graph: Graph, moment: str) -> None:
    with pytest.raises(DocumentRefused, match="expected RFC 3339 with an offset, such as 2027-05-01T18:00:00Z"):
        await graph(f'{{ events(filter: {{eventStart: {{gte: "{moment}"}}}}) {{ totalCount }} }}')
    with pytest.raises(VariablesRefused, match="expected RFC 3339 with an offset, such as 2027-05-01T18:00:00Z"):
        await graph(
            "query ($moment: DateTime) { events(filter: {eventStart: {gte: $moment}}) { totalCount } }",
            {"moment": moment},
        )


async def test_the_ends_of_time_are_times_too(graph: Graph) -> None:
    graph.event()
    document = (
        "query ($gte: DateTime, $lt: DateTime) { events(filter: {eventStart: {gte: $gte, lt: $lt}}) { totalCount } }"
    )

    for gte, lt in [("0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z"), ("0001-01-01T00:00:00Z", None)]:
        assert await graph.data(document, gte=gte, lt=lt) == {"events": {"totalCount": 1}}


# -- what an event shows ----------------------------------------------------------------------------------------------


async def test_an_event_shows_what_was_recorded_of_it(graph: Graph) -> None:
    event = graph.event(
        type="workshop",
        title="Gala",
        slug="gala",
        description="Ünïcode 🎟",
        event_start=NOW,
        event_end=NOW + HOUR,
        timezone="America/New_York",
        location="Hall 1",
        image_url="https://example.org/gala.png",
        is_featured=True,
        metadata={"track": ["a", 1, None, {"deep": 0.5}]},
        version=3,
        created_at=NOW - HOUR,
        updated_at=NOW,
    )
    fields = (
        "id type title slug description eventStart eventEnd timezone location imageUrl isPublished isFeatured "
        "metadata version createdAt updatedAt"
    )

    assert await graph.data(f'{{ event(slug: "gala") {{ {fields} }} }}') == {
        "event": {
            "id": gid("Event", event),
            "type": "workshop",
            "title": "Gala",
            "slug": "gala",
            "description": "Ünïcode 🎟",
            "eventStart": "2027-05-01T12:00:00Z",
            "eventEnd": "2027-05-01T13:00:00Z",
            "timezone": "America/New_York",
            "location": "Hall 1",
            "imageUrl": "https://example.org/gala.png",
            "isPublished": True,
            "isFeatured": True,
            "metadata": {"track": ["a", 1, None, {"deep": 0.5}]},
            "version": 3,
            "createdAt": "2027-05-01T11:00:00Z",
            "updatedAt": "2027-05-01T12:00:00Z",
        }
    }


async def test_a_function_shows_what_was_recorded_of_it(graph: Graph) -> None:
    function = graph.function(
        name="Winterfest",
        slug="winterfest",
        description="Cold",
        start_date=dt.date(2027, 12, 30),
        end_date=dt.date(2028, 1, 2),
        location="Ghent",
        image_url="https://example.org/snow.png",
        metadata={"edition": 3},
        created_at=NOW,
        updated_at=NOW,
    )
    fields = (
        "id name slug description startDate endDate timezone location imageUrl isActive metadata version "
        "createdAt updatedAt organisation { id name slug timezone }"
    )

    data = await graph.data(f'{{ function(slug: "winterfest") {{ {fields} }} }}')

    assert data["function"].pop("organisation")["slug"] == "home"
    assert data == {
        "function": {
            "id": gid("Function", function),
            "name": "Winterfest",
            "slug": "winterfest",
            "description": "Cold",
            "startDate": "2027-12-30",
            "endDate": "2028-01-02",
            "timezone": "Europe/Brussels",
            "location": "Ghent",
            "imageUrl": "https://example.org/snow.png",
            "isActive": True,
            "metadata": {"edition": 3},
            "version": 1,
            "createdAt": "2027-05-01T12:00:00Z",
            "updatedAt": "2027-05-01T12:00:00Z",
        }
    }
