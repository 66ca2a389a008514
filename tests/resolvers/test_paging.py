"""Connections page as Relay's specification has it, and refuse cursors that are not theirs."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.ids import uuid7
from tests.plugins.graph import NOW, Answer, Graph, gid

PAGE = """{
  nodes { id }
  edges { cursor node { id } }
  totalCount
  pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
}"""
HOUR = dt.timedelta(hours=1)


# -- the lists of a shop, with ties in every order --------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class List:
    """A connection: how to ask for it, and its whole content in order."""

    field: str
    options: str
    ids: Sequence[str]
    both_ways: bool

    def document(self, arguments: str = "") -> str:
        given = ", ".join(part for part in (self.options, arguments) if part)
        return self.field.replace("()", f"({given})" if given else "").replace("PAGE", PAGE)


@dataclass(frozen=True, slots=True)
class Shop:
    graph: Graph
    lists: dict[str, List]


def connection(answer: Answer) -> dict[str, Any]:
    assert not answer.errors, answer.errors
    data = answer.data
    while "pageInfo" not in data:
        (data,) = data.values()
    found: dict[str, Any] = data
    return found


@pytest.fixture
async def shop(graph: Graph) -> Shop:
    """Keys are drawn at random here, so that they do not stand in the order in which the rows were made."""
    organisation = graph.organisation(slug="house")
    days = [None, None, NOW.date(), NOW.date(), NOW.date() + dt.timedelta(1)]
    functions = [
        (day, graph.function(function_id=uuid4(), organisation_id=organisation, start_date=day)) for day in days
    ]
    function = functions[0][1]
    events: list[dict[str, Any]] = []
    for number in range(9):
        values: dict[str, Any] = {
            "event_id": uuid4(),
            "event_start": NOW + number % 4 * HOUR,
            "title": "cab"[number % 3],
            "created_at": NOW - number // 2 * HOUR,
            "is_featured": number % 2 == 0,
        }
        graph.event(function, **values)
        events.append(values)
    tickets = [
        (position, graph.ticket(events[0]["event_id"], ticket_id=uuid4(), position=position))
        for position in (3, 1, 1, 2, 1, 3)
    ]
    packages = sorted(graph.package(function, [tickets[0][1]], package_id=uuid4()) for _ in range(5))

    def ordered(column: str, *, descending: bool, featured: bool | None = None) -> list[str]:
        rows = [event for event in events if featured in (None, event["is_featured"])]
        rows.sort(key=lambda event: (event[column], event["event_id"]), reverse=descending)
        return [gid("Event", event["event_id"]) for event in rows]

    lists = {}
    for order, column in {"EVENT_START": "event_start", "TITLE": "title", "CREATED_AT": "created_at"}.items():
        for direction in ("ASC", "DESC"):
            options = f"orderBy: {{field: {order}, direction: {direction}}}"
            ids = ordered(column, descending=direction == "DESC")
            lists[f"events by {order} {direction}"] = List("{ events() PAGE }", options, ids, both_ways=True)
            of_function = f'{{ function(id: "{gid("Function", function)}") {{ events() PAGE }} }}'
            lists[f"a function's events by {order} {direction}"] = List(of_function, options, ids, both_ways=True)
    starts = ordered("event_start", descending=False)
    featured = ordered("event_start", descending=False, featured=True)
    lists["events"] = List("{ events() PAGE }", "", starts, both_ways=True)
    lists["featured events"] = List("{ events() PAGE }", "filter: {isFeatured: true}", featured, both_ways=True)
    lists["upcoming events"] = List("{ homepage { upcoming() PAGE } }", "", starts, both_ways=False)
    functions.sort(key=lambda row: (row[0] or dt.date.max, row[1]))
    ids = [gid("Function", key) for _, key in functions]
    lists["functions"] = List("{ functions() PAGE }", "", ids, both_ways=True)
    of_organisation = '{ organisation(slug: "house") { functions() PAGE } }'
    lists["an organisation's functions"] = List(of_organisation, "", ids, both_ways=False)
    tickets.sort()
    of_event = f'{{ event(id: "{gid("Event", events[0]["event_id"])}") {{ tickets() PAGE }} }}'
    lists["tickets"] = List(of_event, "", [gid("Ticket", key) for _, key in tickets], both_ways=False)
    of_function = f'{{ function(id: "{gid("Function", function)}") {{ packages() PAGE }} }}'
    lists["packages"] = List(of_function, "", [gid("Package", key) for key in packages], both_ways=False)
    await graph.flush()
    return Shop(graph, lists)


LISTS = [
    *(
        f"{whose} by {order} {direction}"
        for whose in ("events", "a function's events")
        for order in ("EVENT_START", "TITLE", "CREATED_AT")
        for direction in ("ASC", "DESC")
    ),
    "events",
    "featured events",
    "upcoming events",
    "functions",
    "an organisation's functions",
    "tickets",
    "packages",
]


# -- Relay's algorithm ------------------------------------------------------------------------------------------------


def relay(
    ids: Sequence[str], *, first: int | None, after: str | None, last: int | None, before: str | None
) -> tuple[list[str], bool, bool]:
    """The page, and whether more follows and precedes it: GraphQL Cursor Connections Specification, section 4.4.

    Where the specification leaves it open, as `PageInfo` describes it.
    """
    edges = list(ids)
    if after is not None:
        edges = edges[edges.index(after) + 1 :]
    if before is not None:
        edges = edges[: edges.index(before)] if before in edges else []
    if last is None:
        size = 20 if first is None else first
        return edges[:size], len(edges) > size, after is not None
    return edges[-last:] if last else [], before is not None, len(edges) > last


sizes = st.integers(0, 12)
places = st.none() | st.integers(0, 20)


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])  # nothing is changed there
@given(name=st.sampled_from(LISTS), first=st.none() | sizes, last=st.none() | sizes, after=places, before=places)
async def test_a_page_is_the_one_that_relays_algorithm_gives(
    shop: Shop, name: str, first: int | None, last: int | None, after: int | None, before: int | None
) -> None:
    given_list = shop.lists[name]
    ids = given_list.ids
    if not given_list.both_ways:
        last = before = None
    if last is not None:
        first = None
    cursors = [edge["cursor"] for edge in connection(await shop.graph(given_list.document()))["edges"]]
    bounds = {
        which: None if place is None else place % len(ids) for which, place in (("after", after), ("before", before))
    }
    if bounds["after"] is not None and bounds["before"] is not None and bounds["after"] >= bounds["before"]:
        bounds["before"] = None
    expected, has_next, has_previous = relay(
        ids,
        first=first,
        last=last,
        **{which: None if place is None else ids[place] for which, place in bounds.items()},
    )
    arguments = [f"{which}: {size}" for which, size in (("first", first), ("last", last)) if size is not None]
    arguments += [f'{which}: "{cursors[place]}"' for which, place in bounds.items() if place is not None]

    page = connection(await shop.graph(given_list.document(", ".join(arguments))))

    assert [node["id"] for node in page["nodes"]] == expected
    assert [edge["node"]["id"] for edge in page["edges"]] == expected
    assert [edge["cursor"] for edge in page["edges"]] == [cursors[ids.index(each)] for each in expected]
    assert page["pageInfo"] == {
        "hasNextPage": has_next,
        "hasPreviousPage": has_previous,
        "startCursor": page["edges"][0]["cursor"] if expected else None,
        "endCursor": page["edges"][-1]["cursor"] if expected else None,
    }
    assert page["totalCount"] == len(ids)


@pytest.mark.parametrize("name", LISTS)
async def test_each_list_runs_in_its_order_and_ties_do_not_lose_anything(shop: Shop, name: str) -> None:
    given_list = shop.lists[name]
    seen: list[str] = []
    arguments = "first: 2"
    while True:
        page = connection(await shop.graph(given_list.document(arguments)))
        seen += [node["id"] for node in page["nodes"]]
        if not page["pageInfo"]["hasNextPage"]:
            break
        arguments = f'first: 2, after: "{page["pageInfo"]["endCursor"]}"'

    assert seen == list(given_list.ids)


async def test_every_list_of_a_shop_is_paged_here(shop: Shop) -> None:
    assert sorted(shop.lists) == sorted(LISTS)


async def test_a_page_between_two_places_that_stand_the_wrong_way_round_is_empty(shop: Shop) -> None:
    edges = connection(await shop.graph(shop.lists["events"].document()))["edges"]

    page = connection(
        await shop.graph(
            shop.lists["events"].document(f'after: "{edges[5]["cursor"]}", before: "{edges[2]["cursor"]}"')
        )
    )

    assert page["nodes"] == []


# -- sizes ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("first: -1", "`first` is -1; it must be from 0 to 100."),
        ("first: 101", "`first` is 101; it must be from 0 to 100."),
        ("last: -1", "`last` is -1; it must be from 0 to 100."),
        ("last: 101", "`last` is 101; it must be from 0 to 100."),
        ("first: 2147483647", "`first` is 2147483647; it must be from 0 to 100."),
        ("first: 2, last: 2", "Pass `first` or `last`, not both."),
        ("first: 0, last: 0", "Pass `first` or `last`, not both."),
    ],
)
async def test_a_size_that_cannot_be_is_refused(graph: Graph, arguments: str, message: str) -> None:
    for field in ("events", "functions"):
        answer = await graph(f"{{ {field}({arguments}) {{ nodes {{ id }} }} }}")

        assert answer.codes == ["BAD_USER_INPUT"]
        assert answer.messages == message
        assert answer.errors[0].path == [field]
        assert not answer.statements


@pytest.mark.parametrize(
    ("field", "below"),
    [
        ("homepage", "featuredEvents(first: 101) { id }"),
        ("homepage", "upcoming(first: 101) { nodes { id } }"),
        ("events", "nodes { tickets(first: 101) { nodes { id } } }"),
        ("events", "nodes { hierarchy { siblings(first: 101) { id } } }"),
        ("events", "nodes { childEvents(first: 101) { id } }"),
        ("functions", "nodes { packages(first: 101) { nodes { id } } }"),
        ("functions", "nodes { events(last: 101) { nodes { id } } }"),
        ("organisation", "functions(first: 101) { nodes { id } }"),
    ],
)
async def test_a_size_that_cannot_be_is_refused_on_every_level(graph: Graph, field: str, below: str) -> None:
    graph.event(graph.function())
    field = 'organisation(slug: "home")' if field == "organisation" else field

    answer = await graph(f"{{ {field} {{ {below} }} }}")

    assert answer.codes == ["BAD_USER_INPUT"]
    assert "must be from 0 to 100" in answer.messages


async def test_a_hundred_may_be_asked_for_wherever_a_number_is_asked_for(graph: Graph) -> None:
    function = graph.function()
    parent = graph.event(function)
    for _ in range(120):
        graph.event(function, parent_event_id=parent, is_featured=True)

    data = await graph.data(
        """
        query ($id: ID!) {
          events(first: 100) { nodes { id } }
          back: events(last: 100) { nodes { id } }
          default: events { nodes { id } }
          nothing: events(first: null, last: null) { nodes { id } }
          homepage { featuredEvents(first: 100) { id } few: featuredEvents { id } }
          event(id: $id) { childEvents(first: 100) { id } hierarchy { siblings(first: 100) { id } } }
        }
        """,
        id=gid("Event", parent),
    )

    assert len(data["events"]["nodes"]) == len(data["back"]["nodes"]) == 100
    assert len(data["default"]["nodes"]) == len(data["nothing"]["nodes"]) == 20
    assert len(data["homepage"]["featuredEvents"]) == 100
    assert len(data["homepage"]["few"]) == 6
    assert len(data["event"]["childEvents"]) == len(data["event"]["hierarchy"]["siblings"]) == 100


# -- cursors ----------------------------------------------------------------------------------------------------------

EVENTS_AFTER = "query ($after: String) { events(after: $after) { nodes { id } } }"


async def cursor_of(graph: Graph, document: str) -> str:
    data = await graph.data(document)
    while isinstance(data, dict):
        data = data.get("endCursor") or next(iter(data.values()))
    cursor: str = data
    return cursor


async def refused(graph: Graph, document: str, **variables: object) -> str:
    answer = await graph(document, variables)

    assert answer.codes == ["INVALID_CURSOR"], answer
    assert not answer.statements
    return answer.messages


@pytest.mark.parametrize("argument", ["after", "before"])
@pytest.mark.parametrize("field", ["events", "functions"])
async def test_a_cursor_that_was_made_up_is_refused(graph: Graph, field: str, argument: str) -> None:
    document = f"query ($cursor: String) {{ {field}({argument}: $cursor) {{ nodes {{ id }} }} }}"

    for cursor in ("", "x", "AAAA", "🎟", "\0", "A" * 100_000):
        assert "not a cursor of this server" in await refused(graph, document, cursor=cursor)


FOREIGN = {
    "another order": "{ events(orderBy: {field: TITLE}) { pageInfo { endCursor } } }",
    "the other direction": "{ events(orderBy: {field: EVENT_START, direction: DESC}) { pageInfo { endCursor } } }",
    "a filter": "{ events(filter: {isFeatured: false}) { pageInfo { endCursor } } }",
    "a range of time": ('{ events(filter: {eventStart: {gte: "2027-01-01T00:00:00Z"}}) { pageInfo { endCursor } } }'),
    "functions": "{ functions { pageInfo { endCursor } } }",
    "a function's events": '{ function(slug: "fest") { events { pageInfo { endCursor } } } }',
    "the homepage": "{ homepage { upcoming { pageInfo { endCursor } } } }",
    "tickets": '{ event(slug: "gala") { tickets { pageInfo { endCursor } } } }',
    "a search": '{ search(query: "gala") { pageInfo { endCursor } } }',
}


@pytest.mark.parametrize("document", FOREIGN.values(), ids=FOREIGN)
async def test_a_cursor_of_another_list_order_or_filter_is_refused(graph: Graph, document: str) -> None:
    graph.ticket(graph.event(graph.function(slug="fest"), slug="gala", title="Gala"))
    cursor = await cursor_of(graph, document)

    message = await refused(graph, EVENTS_AFTER, after=cursor)

    assert message == (
        "This cursor was made for another list, order or filter; "
        "start again without a cursor, or keep `orderBy` and `filter` while paging."
    )


async def test_a_cursor_of_another_filter_value_is_refused(graph: Graph) -> None:
    graph.event(is_featured=True)
    document = """
      query ($featured: Boolean, $after: String) {
        events(filter: { isFeatured: $featured }, after: $after) { pageInfo { endCursor } }
      }
    """
    cursor = (await graph.data(document, featured=True))["events"]["pageInfo"]["endCursor"]

    assert await graph.data(document, featured=True, after=cursor)
    assert "another list, order or filter" in await refused(graph, document, featured=False, after=cursor)


async def test_a_cursor_that_was_signed_with_another_secret_is_refused(graph: Graph) -> None:
    graph.event()
    cursor = await cursor_of(graph, "{ events { pageInfo { endCursor } } }")
    assert await graph.data(EVENTS_AFTER, after=cursor)

    graph.secret = b"another secret, of another server"

    assert "not a cursor of this server" in await refused(graph, EVENTS_AFTER, after=cursor)


async def test_a_filter_that_is_written_otherwise_and_means_the_same_keeps_its_cursors(graph: Graph) -> None:
    graph.event()
    document = (
        "query ($filter: EventFilter, $after: String) {events(filter: $filter, after: $after) {pageInfo {endCursor}}}"
    )
    one = {"eventStart": {"gte": "2027-05-01T12:00:00Z"}, "isFeatured": None}
    same = {"eventStart": {"lt": None, "gte": "2027-05-01T14:00:00.000+02:00"}}
    cursor = (await graph.data(document, filter=one))["events"]["pageInfo"]["endCursor"]

    assert await graph.data(document, filter=same, after=cursor)


async def test_a_place_remains_when_the_row_that_stood_there_is_gone(graph: Graph) -> None:
    events = [graph.event(slug=f"e{number}") for number in range(4)]
    page = await graph.data("{ events(first: 2) { pageInfo { endCursor } } }")
    await graph.sql("UPDATE events SET deleted_at = now() WHERE event_id = :key", key=events[1])

    data = await graph.data(EVENTS_AFTER, after=page["events"]["pageInfo"]["endCursor"])

    assert [each["id"] for each in data["events"]["nodes"]] == [gid("Event", key) for key in events[2:]]


async def test_a_place_in_one_functions_events_is_one_in_anothers_too(graph: Graph) -> None:
    """All functions of a page share the argument, so a cursor is bound to the order and not to whose list it is."""
    one, other = graph.function(slug="one"), graph.function(slug="other")
    graph.event(one, event_start=NOW)
    for hours in (-1, 1):
        graph.event(other, slug=f"at{hours}".replace("-", "m"), event_start=NOW + hours * HOUR)
    cursor = await cursor_of(graph, '{ function(slug: "one") { events { pageInfo { endCursor } } } }')

    data = await graph.data(
        'query ($after: String) { function(slug: "other") { events(after: $after) { nodes { slug } } } }', after=cursor
    )

    assert data["function"]["events"]["nodes"] == [{"slug": "at1"}]


async def test_the_list_of_what_is_coming_goes_on_while_time_passes(graph: Graph) -> None:
    for hours in range(1, 5):
        graph.event(slug=f"at{hours}", event_start=NOW + hours * HOUR)
    document = (
        "query ($after: String) {homepage {upcoming(first: 2, after: $after) {nodes {slug} pageInfo {endCursor}}}}"
    )
    page = (await graph.data(document))["homepage"]["upcoming"]
    assert [each["slug"] for each in page["nodes"]] == ["at1", "at2"]

    graph.now = NOW + 90 * dt.timedelta(minutes=1)
    page = (await graph.data(document, after=page["pageInfo"]["endCursor"]))["homepage"]["upcoming"]

    assert [each["slug"] for each in page["nodes"]] == ["at3", "at4"]


TITLES = [
    "a",
    "A",
    "á",
    "Z",
    "zz",
    "ß",
    "é" * 500,
    "🎟" * 500,
    "語" * 500,
    '"' * 500,
    "\\",
    "it's; --",
    "a b",
    "a-b",
    "ab",
    "\x7f",
    "ﬁ",
]


@pytest.mark.parametrize("direction", ["ASC", "DESC"])
async def test_titles_in_any_script_and_of_any_length_are_paged(graph: Graph, direction: str) -> None:
    for title in TITLES * 2:
        graph.event(title=title)
    document = f"""
      query ($after: String) {{
        events(first: 1, after: $after, orderBy: {{ field: TITLE, direction: {direction} }}) {{
          nodes {{ title }} pageInfo {{ hasNextPage endCursor }}
        }}
      }}
    """
    seen: list[str] = []
    after = None
    while True:
        page = (await graph.data(document, after=after))["events"]
        seen += [each["title"] for each in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break

    assert sorted(seen) == sorted(TITLES * 2)


async def test_keys_decide_between_equals_as_the_database_orders_them(graph: Graph) -> None:
    keys = sorted(uuid7() for _ in range(30))
    for key in keys[::2] + keys[1::2]:
        graph.event(event_id=key, event_start=NOW)

    data = await graph.data("{ events(first: 30) { nodes { id } } }")

    assert [each["id"] for each in data["events"]["nodes"]] == [gid("Event", key) for key in keys]
