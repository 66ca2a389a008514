"""A search finds functions, events and packages by the words of their texts, best match first."""

import pytest

from domain.ids import uuid7
from tests.plugins.graph import Graph

SEARCH = """
  query ($query: String!, $first: Int, $after: String) {
    search(query: $query, first: $first, after: $after) {
      edges { cursor node { __typename ... on Function { name } ... on Event { name: title } ... on Package { name } } }
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    }
  }
"""


async def names(graph: Graph, query: str, **variables: object) -> list[str]:
    data = await graph.data(SEARCH, query=query, **variables)
    return [edge["node"]["name"] for edge in data["search"]["edges"]]


async def test_functions_events_and_packages_are_found(graph: Graph) -> None:
    function = graph.function(name="Winter festival")
    graph.event(function, title="Winter walk")
    graph.package(function, name="Winter pass")
    graph.function(name="Summer festival")

    data = await graph.data(SEARCH, query="winter")

    assert {(edge["node"]["__typename"], edge["node"]["name"]) for edge in data["search"]["edges"]} == {
        ("Function", "Winter festival"),
        ("Event", "Winter walk"),
        ("Package", "Winter pass"),
    }


async def test_a_word_in_a_heading_weighs_more_than_one_in_a_description(graph: Graph) -> None:
    graph.event(title="Evening", description="With a gala")
    graph.event(title="Gala")
    graph.event(title="Gala", description="The gala of galas: gala")

    found = await names(graph, "gala")

    assert found == ["Gala", "Gala", "Evening"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("open", ["Open air", "Open day"]),
        ("OPEN Air", ["Open air"]),
        ("open -day", ["Open air"]),
        ("air or day", ["Open air", "Open day"]),
        ('"open day"', ["Open day"]),
        ('"day open"', []),
        ("ope", []),
        ("nothing", []),
    ],
)
async def test_a_query_is_written_as_for_a_web_search(graph: Graph, query: str, found: list[str]) -> None:
    for title in ("Open air", "Open day", "Closed"):
        graph.event(title=title)

    assert sorted(await names(graph, query)) == found


WORDLESS = ["", " ", "-", "--", '"', '""', "or", "or or", "()", "&", "|", "!", "<->", ":*", "'", "\\", "%", "🎟"]
ONLY_WITHOUT = ["-or", "-nothing", "-nothing -gala", "nothing or -nothing"]


async def test_a_query_without_a_word_to_find_finds_nothing(graph: Graph) -> None:
    graph.event(title="Gala")

    for query in WORDLESS + ONLY_WITHOUT:
        data = await graph.data(SEARCH, query=query)

        assert data["search"] == {
            "edges": [],
            "pageInfo": {"hasNextPage": False, "hasPreviousPage": False, "startCursor": None, "endCursor": None},
        }, query


async def test_a_query_is_never_anything_but_words(graph: Graph) -> None:
    graph.event(title="Gala")

    for query in ("a'; DROP TABLE events --", "gala & !", "gala:*", "ga<->la", "((gala", '"gala', "gala" * 50):
        assert set(await names(graph, query)) <= {"Gala"}, query
    assert await names(graph, "gala") == ["Gala"]


async def test_a_query_may_have_two_hundred_characters_and_not_one_more(graph: Graph) -> None:
    graph.event(title="Gala")
    padded = "gala" + " " * 196
    assert await names(graph, padded) == ["Gala"]
    assert await names(graph, "🎟" * 200) == []

    answer = await graph(SEARCH, {"query": padded + " "})

    assert answer.codes == ["BAD_USER_INPUT"]
    assert answer.messages == "`query` has 201 characters; it may have 200."
    assert not answer.statements


@pytest.mark.parametrize("first", [1, 2, 3, 7])
async def test_paging_to_the_end_yields_each_match_once_in_the_order_of_one_long_page(graph: Graph, first: int) -> None:
    """Most of these match equally well."""
    function = graph.function(name="Gala function")
    for number in range(12):
        graph.event(title=f"Gala {number}")
        graph.package(function, name=f"Gala package {number}", description="gala " * (number % 3))
    whole = await names(graph, "gala", first=100)
    seen: list[str] = []
    after, more, pages = None, True, 0
    while more:
        page = (await graph.data(SEARCH, query="gala", first=first, after=after))["search"]
        seen += [edge["node"]["name"] for edge in page["edges"]]
        assert page["pageInfo"]["hasPreviousPage"] == (after is not None)
        assert page["pageInfo"]["startCursor"] == page["edges"][0]["cursor"]
        assert page["pageInfo"]["endCursor"] == page["edges"][-1]["cursor"]
        after, more, pages = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"], pages + 1

    assert len(whole) == 25
    assert seen == whole
    assert pages == -(-25 // first)


async def test_things_of_two_types_with_the_same_key_are_both_found(graph: Graph) -> None:
    """As when an old parent event became a function and kept its key."""
    key = uuid7()
    graph.function(function_id=key, name="Gala")
    graph.event(event_id=key, title="Gala")

    one = (await graph.data(SEARCH, query="gala", first=1))["search"]
    other = (await graph.data(SEARCH, query="gala", first=1, after=one["pageInfo"]["endCursor"]))["search"]

    assert {page["edges"][0]["node"]["__typename"] for page in (one, other)} == {"Function", "Event"}


async def test_the_cursor_of_another_query_is_refused(graph: Graph) -> None:
    graph.event(title="Gala night")
    cursor = (await graph.data(SEARCH, query="gala"))["search"]["pageInfo"]["endCursor"]
    assert await names(graph, "gala", after=cursor) == []

    for query in ("night", "Gala", "gala "):
        answer = await graph(SEARCH, {"query": query, "after": cursor})
        assert answer.codes == ["INVALID_CURSOR"]
        assert not answer.statements


@pytest.mark.parametrize("first", [-1, 101])
async def test_a_size_that_cannot_be_is_refused(graph: Graph, first: int) -> None:
    answer = await graph(SEARCH, {"query": "gala", "first": first})

    assert answer.codes == ["BAD_USER_INPUT"]
    assert answer.messages == f"`first` is {first}; it must be from 0 to 100."


async def test_a_page_of_nothing_says_whether_there_is_something(graph: Graph) -> None:
    graph.event(title="Gala")

    page = (await graph.data(SEARCH, query="gala", first=0))["search"]

    assert page["edges"] == []
    assert page["pageInfo"]["hasNextPage"] is True
