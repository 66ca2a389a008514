"""Lists of registrations, filtered and ordered; and the list for the door."""

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

import pytest

from auth.viewer import ADMIN, ANONYMOUS, Membership, OrgRole, Role, Viewer
from tests.plugins.graph import NOW, Graph, gid

HOUR = dt.timedelta(hours=1)
SOLD = """query ($id: ID!, $filter: RegistrationFilter, $order: RegistrationOrder, $after: String) {
  organisation(id: $id) {
    registrations(first: 2, after: $after, filter: $filter, orderBy: $order) {
      totalCount nodes { id } pageInfo { hasNextPage endCursor }
    }
  }
}"""
DOOR = """query ($id: ID!, $status: [AttendeeStatus!], $after: String) {
  event(id: $id) {
    attendees(first: 2, after: $after, status: $status) {
      totalCount nodes { name checkInCode } pageInfo { hasNextPage endCursor }
    }
  }
}"""


def staff(organisation: uuid.UUID, role: OrgRole = OrgRole.DOOR) -> Viewer:
    return Viewer(Role.CUSTOMER, "staff", memberships=frozenset({Membership(organisation, role)}))


async def listed(graph: Graph, viewer: Viewer, **variables: Any) -> list[str]:
    """All pages of what an organisation sold, one after the other."""
    found: list[str] = []
    after = None
    while True:
        data = await graph.data(SOLD, viewer=viewer, id=gid("Organisation", graph.home), after=after, **variables)
        page = data["organisation"]["registrations"]
        found += [node["id"] for node in page["nodes"]]
        if not page["pageInfo"]["hasNextPage"]:
            assert page["totalCount"] == len(found)
            return found
        after = page["pageInfo"]["endCursor"]


class Sold:
    """Four orders of one seller, each known by what is told of it."""

    def __init__(self, graph: Graph) -> None:
        self.function = graph.function()
        self.event, self.other = graph.event(self.function), graph.event(self.function)
        ticket = graph.ticket(self.event)
        number = {"confirmation_number": "ABC234", "confirmed_at": NOW, "state": "CONFIRMED"}
        columns: list[dict[str, Any]] = [
            {"updated_at": NOW + 3 * HOUR, "email": "ada@example.org"},
            {"updated_at": NOW + 1 * HOUR, "function_id": self.function, **number},
            {"updated_at": NOW + 2 * HOUR, "state": "CANCELLED"},
            {"updated_at": NOW + 4 * HOUR, "state": "EXPIRED"},
        ]
        keys = [graph.registration(**each) for each in columns]
        self.held, self.confirmed, self.cancelled, self.expired = (gid("Registration", key) for key in keys)
        line = graph.line(keys[1], ticket)
        graph.attendee(keys[1], line, ticket, self.event, name="Grace Hopper", state="VALID")


@pytest.fixture
def sold(graph: Graph) -> Sold:
    return Sold(graph)


async def test_without_anything_said_a_list_is_newest_first(graph: Graph, sold: Sold) -> None:
    everything = [sold.expired, sold.cancelled, sold.confirmed, sold.held]

    assert await listed(graph, staff(graph.home)) == everything
    assert await listed(graph, ADMIN, order={"field": "CREATED_AT", "direction": "ASC"}) == everything[::-1]
    by_change = [sold.expired, sold.held, sold.cancelled, sold.confirmed]
    assert await listed(graph, ADMIN, order={"field": "UPDATED_AT"}) == by_change


async def test_each_filter_leaves_what_meets_it(graph: Graph, sold: Sold) -> None:
    found = {
        "status": (["CONFIRMED", "HELD"], [sold.confirmed, sold.held]),
        "functionId": (gid("Function", sold.function), [sold.confirmed]),
        "eventId": (gid("Event", sold.event), [sold.confirmed]),
        "search": ("abc234", [sold.confirmed]),
    }
    for name, (value, expected) in found.items():
        assert await listed(graph, ADMIN, filter={name: value}) == expected, name
    assert await listed(graph, ADMIN, filter={"eventId": gid("Event", sold.other)}) == []
    both = {"status": ["HELD"], "search": "grace"}
    assert await listed(graph, ADMIN, filter=both) == []


@pytest.mark.parametrize(
    ("search", "names"),
    [
        ("ADA@", ["held"]),
        ("hopper", ["confirmed"]),
        ("%", []),
        ("  ", ["expired", "cancelled", "confirmed", "held"]),
        ("abc23", []),
    ],
)
async def test_a_search_looks_into_addresses_and_names(
    graph: Graph, sold: Sold, search: str, names: Sequence[str]
) -> None:
    assert await listed(graph, ADMIN, filter={"search": search}) == [getattr(sold, name) for name in names]


async def test_what_changed_in_a_stretch_of_time_comes_as_it_changed(graph: Graph, sold: Sold) -> None:
    span = {"gte": (NOW + 2 * HOUR).isoformat(), "lt": (NOW + 4 * HOUR).isoformat()}

    assert await listed(graph, ADMIN, filter={"updatedAt": span}) == [sold.cancelled, sold.held]
    newest_first = {"field": "UPDATED_AT", "direction": "DESC"}
    assert await listed(graph, ADMIN, filter={"updatedAt": span}, order=newest_first) == [sold.held, sold.cancelled]
    refused = await graph(
        SOLD,
        {"id": gid("Organisation", graph.home), "filter": {"updatedAt": span}, "order": {"field": "CREATED_AT"}},
        viewer=ADMIN,
    )
    assert "`filter.updatedAt` goes with `orderBy: {field: UPDATED_AT}` only" in refused.messages


async def test_a_customer_filters_their_own(graph: Graph) -> None:
    ada = graph.customer()
    old, new = (graph.registration(customer_id=ada, updated_at=NOW + hours * HOUR) for hours in (1, 5))
    graph.registration(customer_id=graph.customer())
    document = """query ($filter: RegistrationFilter) { viewer { registrations(filter: $filter) { nodes { id } } } }"""
    viewer = Viewer(Role.CUSTOMER, "ada", ada)

    async def found(**filters: object) -> list[str]:
        data = await graph.data(document, viewer=viewer, filter=filters)
        return [node["id"] for node in data["viewer"]["registrations"]["nodes"]]

    assert await found() == [gid("Registration", new), gid("Registration", old)]
    assert await found(updatedAt={"lt": (NOW + 2 * HOUR).isoformat()}) == [gid("Registration", old)]
    assert await found(status=["CANCELLED"]) == []


async def test_a_cursor_is_good_for_its_own_filter_and_order(graph: Graph, sold: Sold) -> None:
    assert sold
    of = {"id": gid("Organisation", graph.home)}
    data = await graph.data(SOLD, viewer=ADMIN, **of)
    after = data["organisation"]["registrations"]["pageInfo"]["endCursor"]
    for other in ({"filter": {"status": ["HELD"]}}, {"order": {"field": "UPDATED_AT"}}):
        answer = await graph(SOLD, {**of, "after": after, **other}, viewer=ADMIN)
        assert "another list, order or filter" in answer.messages


async def door(graph: Graph, event: uuid.UUID, viewer: Viewer, **variables: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    after = None
    while True:
        data = await graph.data(DOOR, viewer=viewer, id=gid("Event", event), after=after, **variables)
        page = data["event"]["attendees"]
        found += page["nodes"]
        if not page["pageInfo"]["hasNextPage"]:
            assert page["totalCount"] == len(found)
            return found
        after = page["pageInfo"]["endCursor"]


async def test_the_list_for_the_door_has_who_has_a_place(graph: Graph) -> None:
    event, other = graph.event(), graph.event()
    ticket = graph.ticket(event)
    for number, state in enumerate(("VALID", "RESERVED", "VALID", "CANCELLED", "VALID")):
        registration = graph.registration()
        line = graph.line(registration, ticket)
        graph.attendee(registration, line, ticket, event, name=f"Person {number}", state=state)
    at_the_door, bookkeeper = staff(graph.home), staff(graph.home, OrgRole.FINANCE)

    listed_there = await door(graph, event, at_the_door)

    assert [each["name"] for each in listed_there] == ["Person 0", "Person 2", "Person 4"]
    assert all(each["checkInCode"] for each in listed_there)
    assert [each["checkInCode"] for each in await door(graph, event, bookkeeper)] == [None] * 3
    waiting = await door(graph, event, at_the_door, status=["RESERVED", "CANCELLED"])
    assert [each["name"] for each in waiting] == ["Person 1", "Person 3"]
    assert await door(graph, other, at_the_door) == []


async def test_others_have_no_list_for_the_door(graph: Graph) -> None:
    event = graph.event()
    elsewhere = staff(graph.organisation())
    partner = Viewer(Role.PARTNER, "agent", grants=frozenset({"STAFF", "DOOR"}))
    for viewer in (ANONYMOUS, elsewhere, partner, Viewer(Role.CUSTOMER, "ada", graph.customer())):
        answer = await graph(DOOR, {"id": gid("Event", event)}, viewer=viewer)

        assert answer.data == {"event": {"attendees": None}}
        assert answer.codes == ["FORBIDDEN"]
