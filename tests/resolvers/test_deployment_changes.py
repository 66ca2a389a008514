"""Nothing of what a deployment does not show is changed there, by whomever: every mutation says that it is not there.

A new mutation that names something by its id needs a line here.
"""

import re
from typing import Any

import pytest
from sqlalchemy import text

from auth.viewer import ADMIN
from db.deployment import Part, Within
from tests.plugins.graph import Graph, gid

NAMED_BY = {
    "updateFunction": '(id: "$function", version: 1, input: {name: "Mine"})',
    "createEvent": '(input: {title: "Mine", eventStart: "2027-06-01T10:00:00Z", functionId: "$function"})',
    "updateEvent": '(id: "$event", version: 1, input: {title: "Mine"})',
    "upsertTicket": '(input: {eventId: "$event", name: "Mine", price: "1", currency: "EUR"})',
    "upsertPackage": """(input: {
        functionId: "$function", name: "Mine", price: "1", currency: "EUR", items: [{ticketId: "$ticket", quantity: 1}]
    })""",
    "upsertPool": '(id: "$pool", version: 1, input: {name: "Mine"})',
    "deleteNode": '(id: "$event", version: 1)',
    "restoreNode": '(id: "$deleted")',
    "createRegistration": '(input: {lines: [{itemId: "$ticket", quantity: 1}], email: "a@example.org"})',
    "updateAttendees": '(id: "$registration", version: 1, attendees: [])',
    "completeRegistration": '(id: "$registration")',
    "cancelRegistration": '(id: "$registration")',
    "joinWaitingList": '(input: {itemId: "$ticket", email: "a@example.org"})',
    "leaveWaitingList": '(id: "$entry")',
    "acceptOffer": '(id: "$entry")',
}
"""Mutations that name something by its id, with what else they need. Of payments, which need a key of the request,
tells `tests/commands/paying/test_deployment.py`; of codes for the door, `tests/commands/test_checking_in.py`."""


@pytest.fixture
def outside(graph: Graph) -> dict[str, str]:
    """Something of each kind, of another function of another organisation; nothing is wrong with it."""
    other = graph.organisation()
    function = graph.function(organisation_id=other)
    event, deleted = (
        graph.event(function, organisation_id=other, **columns) for columns in ({}, {"deleted_at": graph.now})
    )
    pool = graph.pool(organisation_id=other)
    ticket = graph.ticket(event, [pool])
    registration = graph.registration(organisation_id=other, function_id=function)
    graph.attendee(registration, graph.line(registration, ticket), ticket, event)
    entry = graph.waiting(ticket, organisation_id=other, function_id=function)
    return {
        "function": gid("Function", function),
        "event": gid("Event", event),
        "deleted": gid("Event", deleted),
        "pool": gid("CapacityPool", pool),
        "ticket": gid("Ticket", ticket),
        "registration": gid("Registration", registration),
        "entry": gid("WaitingListEntry", entry),
    }


def mutation(name: str, ids: dict[str, str]) -> str:
    arguments = re.sub(r"\$(\w+)", lambda found: ids[found[1]], NAMED_BY[name])
    return f"mutation {{ done: {name}{arguments} {{ userErrors {{ __typename }} }} }}"


async def stored(graph: Graph) -> dict[str, list[Any]]:
    """All rows of all tables that hold what is sold, and to whom."""
    tables = ("functions", "events", "event_tickets", "packages", "capacity_pools", "registrations", "attendees")
    async with graph.owner.write() as connection:
        return {
            table: [tuple(row) for row in await connection.execute(text(f"SELECT * FROM {table} ORDER BY 1"))]  # noqa: S608 - names from above
            for table in (*tables, "registration_lines", "pool_claims", "waiting_list_entries", "payments", "refunds")
        }


@pytest.mark.parametrize("part", list(Part))
async def test_what_is_not_shown_is_not_there_to_be_changed(graph: Graph, outside: dict[str, str], part: Part) -> None:
    shown = {Part.FUNCTION: graph.function(), Part.ORGANISATION: graph.home}[part]
    await graph.flush()
    before = await stored(graph)
    graph.within = Within(part, shown)
    # Of one function, its organiser's pools are shown; this one is another's.
    told = {name: await graph(mutation(name, outside), viewer=ADMIN) for name in NAMED_BY}

    assert {name: answer.errors for name, answer in told.items() if answer.errors} == {}
    assert {name: answer.data["done"]["userErrors"] for name, answer in told.items()} == {
        name: [{"__typename": "NotFound"}] for name in NAMED_BY
    }
    assert await stored(graph) == before


@pytest.mark.parametrize("name", NAMED_BY)
async def test_where_everything_is_shown_the_same_is_there(graph: Graph, outside: dict[str, str], name: str) -> None:
    """So that it is the deployment that keeps it from being found."""
    graph.within = None
    answer = await graph(mutation(name, outside), viewer=ADMIN)

    assert not answer.errors
    assert {"__typename": "NotFound"} not in answer.data["done"]["userErrors"]
