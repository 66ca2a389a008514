"""A small shop with something of everything, seen and hidden; and the arguments that make sense in it."""

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from auth.viewer import ADMIN
from tests.execution.differential.values import Suggestions
from tests.plugins.graph import NOW, Graph, gid

Arguments = Sequence[Mapping[str, Any]]

PLACES = ((None, 5, 0), (100, 90, 5), (100, 100, 0), (100, 90, 10), (500, 0, 0))
"""Capacity, sold, held: without limit, few left, none left, none left but some held, many left."""

SIZES: Arguments = (
    *({}, {"first": 2}, {"first": 3}, {"first": 1}, {"first": 50}, {"first": 4}) * 3,
    *({"first": -1}, {"first": 0}),
)


@dataclass(slots=True)
class Ids:
    """The global ids of a shop's rows by type."""

    of: dict[str, list[str]] = field(default_factory=dict)

    def add(self, typename: str, row: uuid.UUID) -> uuid.UUID:
        self.of.setdefault(typename, []).append(gid(typename, row))
        return row


WORDS = ("festival", "concert 1", "pass", "-concert", "nothing")


def open_shop(graph: Graph, random: Random) -> Ids:
    """Rows: most can be seen, some are hidden, inactive or deleted, and hang on others that are."""
    ids = Ids()
    deleted = {"deleted_at": NOW - dt.timedelta(days=1)}
    holders = [
        ids.add("Organisation", graph.organisation(slug=f"o{number}", **more))
        for number, more in enumerate(({}, {"timezone": "America/New_York"}, deleted))
    ]
    functions = [
        ids.add("Function", graph.function(slug=f"f{number}", name=f"Festival {number}", **more))
        for number, more in enumerate(
            (
                {"organisation_id": holders[0], "metadata": {"a": [1, None, "x"]}, "description": "all"},
                {"organisation_id": holders[1], "start_date": None},
                {"organisation_id": holders[2], "end_date": NOW.date()},
                {"organisation_id": None},
                {"organisation_id": holders[0], "is_active": False},
                {"organisation_id": holders[1]} | deleted,
            )
        )
    ]
    events = list[uuid.UUID]()
    for number in range(24):
        function = random.choice([*functions, functions[0], None])
        parent = random.choice([*events, None]) if function is None or random.random() < 0.2 else None
        more: dict[str, Any] = {"parent_event_id": parent} if parent else {}
        if number % 5 == 0:
            more |= {"is_featured": True, "location": "Ghent", "event_end": NOW + dt.timedelta(days=3)}
        if number % 7 == 3:
            more |= random.choice([{"is_published": False}, deleted])
        more["event_start"] = NOW + dt.timedelta(hours=random.choice((-5, 1, 1, 2, 30)))
        more["organisation_id"] = random.choice(holders)
        event = graph.event(function, slug=f"e{number}", title=f"Concert {number % 4} of a festival", **more)
        events.append(ids.add("Event", event))
    _stock(graph, random, ids, functions, events)
    return ids


def _stock(graph: Graph, random: Random, ids: Ids, functions: list[uuid.UUID], events: list[uuid.UUID]) -> None:
    tickets = list[uuid.UUID]()
    for number, event in enumerate(events):
        pools = [
            ids.add("CapacityPool", graph.pool(capacity, sold=sold, held=held))
            for capacity, sold, held in random.sample(PLACES, random.randrange(3))
        ]
        for position in range(random.randrange(4)):
            sale = random.choice(({}, {}, {"sale_start": NOW + dt.timedelta(days=1)}, {"sale_end": NOW}))
            more = {"is_active": random.random() < 0.85, "price_currency": random.choice(("EUR", "JPY", "BHD"))}
            price = 1250 * position + number
            ticket = graph.ticket(event, pools, price_amount=price, max_per_order=6, **sale, **more)
            tickets.append(ids.add("Ticket", ticket))
    for number, function in enumerate(functions * 2):
        items = {ticket: random.randint(1, 3) for ticket in random.sample(tickets, random.randrange(4))}
        ids.add("Package", graph.package(function, items, name=f"Pass {number}", is_active=number % 5 != 1))


async def suggestions(graph: Graph, ids: Ids) -> Suggestions:
    """Arguments of the schema's fields: mostly such as find something, some that find nothing, a few that fail."""
    everything = [
        *(each for some in ids.of.values() for each in some),
        "bad",
        gid("Event", uuid.UUID(int=7)),
    ]
    cursors = await _cursors(graph)
    filters = (
        {"isFeatured": True},
        {"isFeatured": False, "organisationId": ids.of["Organisation"][0]},
        {"functionId": ids.of["Function"][0]},
        {"functionSlug": "f1", "eventStart": {"gte": "2027-05-01T12:00:00Z", "lt": None}},
        {"functionId": "bad"},
        {"functionSlug": "nothing"},
    )
    orders = [
        {"field": name, **direction}
        for name in ("EVENT_START", "TITLE", "CREATED_AT")
        for direction in ({}, {"direction": "ASC"}, {"direction": "DESC"})
    ]
    backward: Arguments = ({"last": 2}, {"last": 3}, {"first": 2, "last": 2})

    def pages(coordinate: str) -> Arguments:
        return (*SIZES, *({"first": 2, "after": each} for each in cursors[coordinate]), {"after": "bad"})

    def both_ways(coordinate: str) -> Arguments:
        return (*pages(coordinate), *backward, *({"last": 2, "before": each} for each in cursors[coordinate]))

    def lists_of_events(coordinate: str) -> Arguments:
        return (
            *both_ways(coordinate),
            *({"first": 3, "orderBy": each} for each in orders),
            *({"first": 3, "filter": each} for each in filters),
            {"first": 3, "filter": filters[0], "orderBy": orders[4]},
        )

    def found(typename: str, prefix: str) -> Arguments:
        return (
            *({"id": each} for each in ids.of[typename]),
            *({"slug": f"{prefix}{number}"} for number in range(7)),
            *({"id": "bad"}, {"id": gid("Ticket", uuid.UUID(int=1))}, {}, {"id": ids.of[typename][0], "slug": "f1"}),
        )

    return Suggestions(
        arguments={
            "Query.node": [{"id": each} for each in everything],
            "Query.nodes": [{"ids": everything[start::9]} for start in range(12)],
            "Query.function": found("Function", "f"),
            "Query.event": found("Event", "e"),
            "Query.organisation": found("Organisation", "o"),
            "Query.package": [{"id": each} for each in [*ids.of["Package"], "bad"]],
            "Query.functions": both_ways("functions"),
            "Query.events": lists_of_events("events"),
            "Query.search": [
                {"query": each, "first": 3} for each in ("festival", "concert 1", "pass", "-concert", "nothing")
            ],
            "Function.events": lists_of_events("function.events"),
            "Function.packages": pages("function.packages"),
            "Event.tickets": pages("event.tickets"),
            "Event.childEvents": SIZES,
            "EventHierarchy.siblings": SIZES,
            "Organisation.functions": pages("organisation.functions"),
            "Homepage.featuredEvents": ({}, {"first": 3}, {"first": -1}),
            "Homepage.upcoming": pages("homepage.upcoming"),
        }
    )


async def _cursors(graph: Graph) -> Mapping[str, Sequence[str]]:
    """Some cursors of each list, by where it stands; each is good for the list that it was made for alone."""
    page = "{ edges { cursor } }"
    data = await graph.data(
        f"""{{
          functions {page} events {page} homepage {{ upcoming {page} }}
          function(slug: "f0") {{ events {page} packages {page} organisation {{ functions {page} }} }}
          all: events(first: 50) {{ nodes {{ tickets {page} }} }}
        }}""",
        viewer=ADMIN,
    )
    function = data["function"]
    found = {
        "functions": data["functions"],
        "events": data["events"],
        "homepage.upcoming": data["homepage"]["upcoming"],
        "function.events": function["events"],
        "function.packages": function["packages"],
        "organisation.functions": function["organisation"]["functions"],
        "event.tickets": {"edges": [edge for node in data["all"]["nodes"] for edge in node["tickets"]["edges"]]},
    }
    return {name: [edge["cursor"] for edge in each["edges"]][:4] for name, each in found.items()}
