"""The first page shows what is to come, and what is featured of it, at one moment."""

import datetime as dt

from tests.plugins.graph import NOW, Graph

SECOND = dt.timedelta(seconds=1)


async def test_the_first_page_shows_what_has_not_started_yet_in_the_order_of_starts(graph: Graph) -> None:
    for slug, start, is_featured in [
        ("past", NOW - SECOND, True),
        ("last", NOW + 3 * SECOND, True),
        ("now", NOW, True),
        ("next", NOW + SECOND, False),
    ]:
        graph.event(slug=slug, event_start=start, is_featured=is_featured)

    data = await graph.data(
        "{ homepage { generatedAt featuredEvents { slug } upcoming { totalCount nodes { slug } } } }"
    )

    assert data["homepage"] == {
        "generatedAt": "2027-05-01T12:00:00Z",
        "featuredEvents": [{"slug": "now"}, {"slug": "last"}],
        "upcoming": {"totalCount": 3, "nodes": [{"slug": "now"}, {"slug": "next"}, {"slug": "last"}]},
    }


async def test_an_empty_shop_has_an_empty_first_page(graph: Graph) -> None:
    data = await graph.data("{ homepage { featuredEvents { slug } upcoming { totalCount nodes { slug } } } }")

    assert data["homepage"] == {"featuredEvents": [], "upcoming": {"totalCount": 0, "nodes": []}}


async def test_an_event_that_starts_meanwhile_leaves_the_first_page(graph: Graph) -> None:
    graph.event(slug="soon", event_start=NOW + SECOND)
    document = "{ homepage { upcoming { nodes { slug } } } }"
    assert (await graph.data(document))["homepage"]["upcoming"]["nodes"] == [{"slug": "soon"}]

    graph.now = NOW + 2 * SECOND

    assert (await graph.data(document))["homepage"]["upcoming"]["nodes"] == []


async def test_all_answers_of_an_operation_speak_of_the_same_moment(graph: Graph) -> None:
    graph.ticket(graph.event())

    data = await graph.data(
        "{ a: homepage { generatedAt } b: homepage { generatedAt } "
        "events { nodes { tickets { nodes { availability { asOf } } } } } }"
    )

    moments = {
        data["a"]["generatedAt"],
        data["b"]["generatedAt"],
        data["events"]["nodes"][0]["tickets"]["nodes"][0]["availability"]["asOf"],
    }
    assert moments == {"2027-05-01T12:00:00Z"}
