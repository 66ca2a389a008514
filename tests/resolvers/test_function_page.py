"""All that a function's page shows is answered by one operation: days, packages, who holds it, and the way there."""

import datetime as dt
from typing import Any

import pytest

from auth.viewer import ADMIN
from tests.plugins.graph import Graph, gid

PAGE = """
  query Page($slug: String!) {
    function(slug: $slug) {
      name startDate endDate
      organisation { name }
      breadcrumbs { name slug node { __typename id } }
      days { date eventCount events(first: 10) { totalCount nodes { slug eventStart } pageInfo { hasNextPage } } }
      packages(first: 10) { nodes { name items { quantity ticket { name } } } }
    }
  }
"""
DAYS = """
  query ($slug: String!, $first: Int, $since: Date) {
    function(slug: $slug) {
      days(first: $first, since: $since) { date eventCount events { nodes { slug } } }
    }
  }
"""
BRUSSELS, TOKYO, KIRITIMATI = "Europe/Brussels", "Asia/Tokyo", "Pacific/Kiritimati"


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


async def days(graph: Graph, **variables: Any) -> list[tuple[str, list[str]]]:
    found = (await graph.data(DAYS, slug="camp", **variables))["function"]["days"]
    assert all(each["eventCount"] == len(each["events"]["nodes"]) for each in found)
    return [(each["date"], [event["slug"] for event in each["events"]["nodes"]]) for each in found]


async def test_a_page_is_one_operation(graph: Graph) -> None:
    camp = graph.function(name="Camp", slug="camp", timezone=BRUSSELS)
    opening = graph.event(camp, slug="opening", event_start=at("2027-05-01T10:00"), timezone=BRUSSELS)
    graph.event(camp, slug="late", event_start=at("2027-05-01T22:30"), timezone=BRUSSELS)
    graph.package(camp, [graph.ticket(opening, name="Day")], name="Both days")

    page = (await graph.data(PAGE, slug="camp"))["function"]

    assert [each["name"] for each in page["breadcrumbs"]] == [page["organisation"]["name"], "Camp"]
    assert [each["node"]["__typename"] for each in page["breadcrumbs"]] == ["Organisation", "Function"]
    assert page["breadcrumbs"][1] == {
        "name": "Camp",
        "slug": "camp",
        "node": {"__typename": "Function", "id": gid("Function", camp)},
    }
    assert page["days"] == [
        {
            "date": date,
            "eventCount": 1,
            "events": {
                "totalCount": 1,
                "nodes": [{"slug": slug, "eventStart": start}],
                "pageInfo": {"hasNextPage": False},
            },
        }
        for date, slug, start in (
            ("2027-05-01", "opening", "2027-05-01T10:00:00Z"),
            ("2027-05-02", "late", "2027-05-01T22:30:00Z"),
        )
    ]
    assert page["packages"]["nodes"] == [{"name": "Both days", "items": [{"quantity": 1, "ticket": {"name": "Day"}}]}]


async def test_an_event_is_of_the_day_on_which_it_starts_where_it_takes_place(graph: Graph) -> None:
    camp = graph.function(slug="camp", timezone=BRUSSELS)
    for slug, start, zone in (
        ("before-midnight", "2027-05-01T21:59", BRUSSELS),
        ("at-midnight", "2027-05-01T22:00", BRUSSELS),
        ("elsewhere", "2027-05-01T14:59", TOKYO),
        ("elsewhere-later", "2027-05-01T15:00", TOKYO),
        ("first-of-all", "2027-04-30T10:00", KIRITIMATI),
        ("clocks-go-forward", "2027-03-28T01:30", BRUSSELS),
    ):
        graph.event(camp, slug=slug, event_start=at(start), timezone=zone)

    assert await days(graph) == [
        ("2027-03-28", ["clocks-go-forward"]),
        ("2027-05-01", ["first-of-all", "elsewhere", "before-midnight"]),
        ("2027-05-02", ["elsewhere-later", "at-midnight"]),
    ]
    assert await days(graph, first=1) == [("2027-03-28", ["clocks-go-forward"])]
    assert await days(graph, since="2027-05-01", first=1) == [
        ("2027-05-01", ["first-of-all", "elsewhere", "before-midnight"])
    ]
    assert await days(graph, since="2027-05-03") == []


async def test_a_day_of_many_events_is_paged(graph: Graph) -> None:
    camp = graph.function(slug="camp")
    for number in range(7):
        graph.event(camp, slug=f"talk-{number}", event_start=at(f"2027-05-01T10:0{number}"))
    graph.event(camp, slug="next-day", event_start=at("2027-05-02T10:00"))
    document = """
      query ($after: String) {
        function(slug: "camp") {
          days { events(first: 3, after: $after) { totalCount nodes { slug } pageInfo { hasNextPage endCursor } } }
        }
      }
    """
    found: list[str] = []
    after = None
    for _ in range(3):
        day = (await graph.data(document, after=after))["function"]["days"][0]["events"]
        found += [each["slug"] for each in day["nodes"]]
        after = day["pageInfo"]["endCursor"]
        assert day["totalCount"] == 7
        assert day["pageInfo"]["hasNextPage"] == (len(found) < 7)

    assert found == [f"talk-{number}" for number in range(7)]


async def test_days_are_of_what_may_be_seen(graph: Graph) -> None:
    camp = graph.function(slug="camp")
    graph.event(camp, slug="shown", event_start=at("2027-05-01T10:00"))
    graph.event(camp, slug="hidden", event_start=at("2027-05-02T10:00"), is_published=False)
    document = '{ function(slug: "camp") { days { date eventCount } } }'

    anyone = await graph.data(document)
    admin = await graph.data(document, viewer=ADMIN)

    assert [each["date"] for each in anyone["function"]["days"]] == ["2027-05-01"]
    assert [each["date"] for each in admin["function"]["days"]] == ["2027-05-01", "2027-05-02"]


@pytest.mark.parametrize("count", [1, 6])
async def test_the_page_takes_as_many_statements_however_much_it_shows(graph: Graph, count: int) -> None:
    camp = graph.function(slug="camp")
    for number in range(count):
        event = graph.event(camp, event_start=at(f"2027-05-0{number + 1}T10:00"))
        graph.package(camp, [graph.ticket(event)])

    answer = await graph(PAGE, {"slug": "camp"})

    assert len(answer.data["function"]["days"]) == count
    assert len(answer.statements) == 7


async def test_an_event_has_a_way_down_through_what_groups_it(graph: Graph) -> None:
    camp = graph.function(name="Camp", slug="camp")
    graph.event(camp, slug="opening", title="Opening")
    parent = graph.event(slug="parent", title="Parent")
    graph.event(slug="child", title="Child", parent_event_id=parent)
    graph.event(slug="alone", title="Alone")
    document = "query ($slug: String!) { event(slug: $slug) { breadcrumbs { name node { __typename } } } }"
    ways = {}
    for slug in ("opening", "child", "alone"):
        (_, *rest) = (await graph.data(document, slug=slug))["event"]["breadcrumbs"]
        ways[slug] = [(each["name"], each["node"]["__typename"]) for each in rest]

    assert ways == {
        "opening": [("Camp", "Function"), ("Opening", "Event")],
        "child": [("Parent", "Event"), ("Child", "Event")],
        "alone": [("Alone", "Event")],
    }
