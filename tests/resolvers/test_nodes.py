"""Anything is found again by its id; what is no id, or of another type, is told apart or is nothing."""

import pytest

from auth.viewer import ADMIN
from domain.ids import uuid7
from tests.plugins.graph import Graph, gid

NODE = "query ($id: ID!) { node(id: $id) { __typename id } }"
NODES = "query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }"
TYPES = ("Customer", "Organisation", "Function", "Event", "Ticket", "CapacityPool", "Package")


@pytest.fixture
def ids(graph: Graph) -> dict[str, str]:
    organisation = graph.organisation(slug="house")
    function = graph.function(organisation_id=organisation, slug="fest")
    event = graph.event(function, organisation_id=organisation, slug="gala")
    pool = graph.pool(organisation_id=organisation)
    ticket = graph.ticket(event, [pool])
    keys = (graph.customer(), organisation, function, event, ticket, pool, graph.package(function, [ticket]))
    return {typename: gid(typename, key) for typename, key in zip(TYPES, keys, strict=True)}


@pytest.mark.parametrize("typename", TYPES)
async def test_everything_with_an_id_is_found_by_it(graph: Graph, ids: dict[str, str], typename: str) -> None:
    expected = {"__typename": typename, "id": ids[typename]}

    assert await graph.data(NODE, viewer=ADMIN, id=ids[typename]) == {"node": expected}


async def test_many_are_found_in_the_order_they_were_asked_for(graph: Graph, ids: dict[str, str]) -> None:
    asked = [*reversed(ids.values()), *ids.values()]

    data = await graph.data(NODES, viewer=ADMIN, ids=asked)

    assert [each["id"] for each in data["nodes"]] == asked


async def test_what_cannot_be_found_is_null_at_its_place(graph: Graph, ids: dict[str, str]) -> None:
    asked = [
        ids["Event"],
        "",
        "x",
        "🎟",
        gid("Event", uuid7()),
        gid("Money", uuid7()),
        ids["Event"].lower(),
        ids["Event"],
    ]

    data = await graph.data(NODES, ids=asked)

    found = {"__typename": "Event", "id": ids["Event"]}
    assert data["nodes"] == [found, None, None, None, None, None, None, found]


async def test_what_is_no_id_is_nothing_and_asks_nothing_of_the_database(graph: Graph) -> None:
    for no_id in ("", "x", "🎟", "\0", gid("Money", uuid7()), gid("Query", uuid7()), "A" * 100_000):
        answer = await graph(NODE, {"id": no_id})

        assert answer.data == {"node": None}
        assert not answer.errors
        assert not answer.statements


async def test_the_key_of_one_type_does_not_find_another(graph: Graph) -> None:
    key = graph.function()

    assert await graph.data(NODE, id=gid("Event", key)) == {"node": None}


async def test_a_hundred_ids_are_answered_and_not_one_more(graph: Graph, ids: dict[str, str]) -> None:
    data = await graph.data(NODES, ids=[ids["Event"]] * 100)
    assert len(data["nodes"]) == 100

    answer = await graph(NODES, {"ids": [ids["Event"]] * 101})
    assert answer.codes == ["BAD_USER_INPUT"]
    assert answer.messages == "`ids` holds 101; at most 100 can be looked up at once."
    assert not answer.statements


async def test_no_ids_are_answered_by_nothing(graph: Graph) -> None:
    answer = await graph(NODES, {"ids": []})

    assert answer.data == {"nodes": []}
    assert not answer.statements


# -- fields that want one type ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "typename", "slug"),
    [("function", "Function", "fest"), ("event", "Event", "gala"), ("organisation", "Organisation", "house")],
)
async def test_one_thing_is_found_by_its_id_or_its_slug(
    graph: Graph, ids: dict[str, str], field: str, typename: str, slug: str
) -> None:
    document = (
        f"query ($id: ID!, $slug: String!) {{ byId: {field}(id: $id) {{ id }} bySlug: {field}(slug: $slug) {{ id }} }}"
    )

    data = await graph.data(document, id=ids[typename], slug=slug)

    assert data["byId"] == data["bySlug"] == {"id": ids[typename]}


async def test_a_package_is_found_by_its_id(graph: Graph, ids: dict[str, str]) -> None:
    document = "query ($id: ID!) { package(id: $id) { id } }"

    assert await graph.data(document, id=ids["Package"]) == {"package": {"id": ids["Package"]}}


@pytest.mark.parametrize("field", ["function", "event", "organisation"])
async def test_a_slug_that_nothing_has_finds_nothing(graph: Graph, ids: dict[str, str], field: str) -> None:
    document = f"query ($slug: String!) {{ {field}(slug: $slug) {{ id }} }}"

    for slug in ("", "no-such", "GALA", "gala ", "%", "gala' OR 1=1", "🎟", "x" * 10_000):
        assert await graph.data(document, slug=slug) == {field: None}


@pytest.mark.parametrize("field", ["function", "event", "organisation"])
async def test_either_an_id_or_a_slug_is_needed(graph: Graph, field: str) -> None:
    for arguments in ("", "(id: null)", "(slug: null)", '(id: "x", slug: "y")'):
        answer = await graph(f"{{ {field}{arguments} {{ id }} }}")

        assert answer.codes == ["BAD_USER_INPUT"]
        assert answer.messages == "Pass either `id` or `slug`."


@pytest.mark.parametrize(
    ("field", "typename"),
    [("function", "Function"), ("event", "Event"), ("organisation", "Organisation"), ("package", "Package")],
)
async def test_the_id_of_another_type_is_told_apart(graph: Graph, field: str, typename: str) -> None:
    answer = await graph(f"query ($id: ID!) {{ {field}(id: $id) {{ id }} }}", {"id": gid("Ticket", uuid7())})

    assert answer.data == {field: None}
    assert answer.codes == ["BAD_USER_INPUT"]
    assert answer.messages == f"`id` is an id of type Ticket; one of type {typename} is needed."


@pytest.mark.parametrize("field", ["function", "event", "organisation", "package"])
async def test_what_is_no_id_is_refused_where_one_type_is_wanted(graph: Graph, field: str) -> None:
    answer = await graph(f'{{ {field}(id: "x") {{ id }} }}')

    assert answer.codes == ["BAD_USER_INPUT"]
    assert answer.messages.startswith("`id` is not an id; pass the `id` of a")


@pytest.mark.parametrize(
    ("document", "argument"),
    [
        ("query ($text: String!) { event(slug: $text) { id } }", "slug"),
        ("query ($text: String!) { events(filter: {functionSlug: $text}) { nodes { id } } }", "filter.functionSlug"),
        ("query ($text: String!) { search(query: $text) { edges { cursor } } }", "query"),
    ],
    ids=["slug", "filter", "search"],
)
async def test_text_that_no_database_holds_is_refused(graph: Graph, document: str, argument: str) -> None:
    """PostgreSQL's text has no NUL; a lone surrogate is no character at all."""
    for text in ("\0", "a\0b", "\ud800"):
        answer = await graph(document, {"text": text})

        assert answer.codes == ["BAD_USER_INPUT"]
        assert answer.messages.startswith(f"`{argument}` holds U+")
        assert not answer.statements
