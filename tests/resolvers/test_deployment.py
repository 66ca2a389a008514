"""Of a deployment that shows one function, or one organisation, all else is as if it were not there."""

import uuid
from typing import Any

import pytest

from auth.viewer import ADMIN, ANONYMOUS, Membership, OrgRole, Role, Viewer
from db.deployment import Part, Within
from db.statements import events, search
from db.statements.paging import PageShape, page_statement
from db.visibility import Sight
from domain.ids import uuid7
from tests.plugins.graph import Graph, gid
from tests.resolvers.test_visibility import EVERYTHING

Keys = dict[str, uuid.UUID]

TYPES = {
    "function": "Function",
    "event": "Event",
    "ticket": "Ticket",
    "package": "Package",
    "pool": "CapacityPool",
    "organisation": "Organisation",
    "registration": "Registration",
    "attendee": "Attendee",
    "payment": "Payment",
    "entry": "WaitingListEntry",
}
CUSTOMER = uuid.UUID(int=1)


def inside(graph: Graph) -> Keys:
    """A function of an organisation, with all that can be below it."""
    function = graph.function(name="Public camp", slug="camp")
    event = graph.event(function, title="Public opening", slug="opening", is_featured=True)
    child = graph.event(function, title="Public child", slug="child", parent_event_id=event)
    pool = graph.pool()
    ticket = graph.ticket(event, [pool], name="Day")
    customer = graph.customer(customer_id=CUSTOMER)
    registration = graph.registration(customer_id=customer, function_id=function)
    payment = graph.payment(registration)
    graph.refund(payment)
    return {
        "attendee": graph.attendee(registration, graph.line(registration, ticket), ticket, event),
        "payment": payment,
        "registration": registration,
        "entry": graph.waiting(ticket, customer_id=customer, function_id=function),
        "organisation": graph.home,
        "function": function,
        "event": event,
        "child": child,
        "pool": pool,
        "ticket": ticket,
        "package": graph.package(function, [ticket], name="Public package"),
    }


async def add_outside(graph: Graph, part: Part, own: Keys, outside: Keys) -> None:
    """Another function with the same below it, and links to it and from it wherever there can be any."""
    other = graph.organisation(organisation_id=outside["organisation"], slug="other")
    owner = graph.home if part is Part.FUNCTION else other
    function = graph.function(
        function_id=outside["function"], organisation_id=owner, name="Public other camp", slug="other-camp"
    )
    event = graph.event(
        function,
        event_id=outside["event"],
        organisation_id=owner,
        title="Public other opening",
        slug="other-opening",
        is_featured=True,
        parent_event_id=own["event"],
    )
    graph.event(organisation_id=owner, title="Public and alone", parent_event_id=own["event"])
    if part is Part.FUNCTION:
        graph.function(organisation_id=other, name="Public and far")
    pool = graph.pool(None, pool_id=outside["pool"], organisation_id=other)
    ticket = graph.ticket(event, [own["pool"], pool], ticket_id=outside["ticket"])
    graph.package(function, [ticket, own["ticket"]], package_id=outside["package"], name="Public other package")
    order = graph.registration(
        registration_id=outside["registration"], customer_id=CUSTOMER, function_id=function, organisation_id=owner
    )
    graph.attendee(order, graph.line(order, ticket), ticket, event, attendee_id=outside["attendee"])
    graph.refund(graph.payment(order, payment_id=outside["payment"]))
    graph.waiting(ticket, entry_id=outside["entry"], customer_id=CUSTOMER, function_id=function, organisation_id=owner)
    await graph.sql("UPDATE events SET parent_event_id = :other WHERE slug = 'opening'", other=event)
    await graph.sql("INSERT INTO ticket_pools VALUES (:ticket, :pool)", ticket=own["ticket"], pool=pool)


async def everything(graph: Graph, viewer: Viewer, own: Keys, asked: Keys) -> list[Any]:
    """What the document that takes every edge is answered with the ids of some rows, and the error codes."""
    ids = {name: gid(typename, asked[name]) for name, typename in TYPES.items()}
    slugs = ["camp", "opening", "home"] if asked is own else ["other-camp", "other-opening", "other"]
    names = ["functionSlug", "eventSlug", "organisationSlug"]
    variables = {**ids, **dict(zip(names, slugs, strict=True)), "ids": list(ids.values())}
    answer = await graph(EVERYTHING, variables, viewer=viewer)
    # The move is of the whole installation: where a part is shown, there is none to tell of.
    told = answer.data.pop("migrationStatus")
    assert told is None or graph.within is None
    return [answer.data, answer.codes]


VIEWERS = ["anyone", "customer", "staff", "admin"]


def viewer_of(name: str, organisations: list[uuid.UUID]) -> Viewer:
    if name == "customer":
        return Viewer(Role.CUSTOMER, customer_id=CUSTOMER)
    if name == "staff":
        own = frozenset(Membership(organisation, OrgRole.OWNER) for organisation in organisations)
        return Viewer(Role.CUSTOMER, customer_id=CUSTOMER, memberships=own)
    return ADMIN if name == "admin" else ANONYMOUS


@pytest.mark.parametrize("part", list(Part))
async def test_every_root_field_and_every_edge_shows_what_is_inside_and_nothing_else(graph: Graph, part: Part) -> None:
    """The same as before there was anything outside: in lists, counts, cursors, searches, unions and pages."""
    own = inside(graph)
    outside = {name: uuid7() for name in TYPES}
    viewers = {name: viewer_of(name, [graph.home, outside["organisation"]]) for name in VIEWERS}
    asked = [(name, viewer, keys) for name, viewer in viewers.items() for keys in (own, outside)]
    before = [await everything(graph, viewer, own, keys) for _, viewer, keys in asked]

    await add_outside(graph, part, own, outside)
    mixed = [await everything(graph, viewer, own, keys) for _, viewer, keys in asked]
    graph.within = Within(part, own[part.value])
    alone = [await everything(graph, viewer, own, keys) for _, viewer, keys in asked]

    for (name, _, keys), first, all_of_it, last in zip(asked, before, mixed, alone, strict=True):
        assert all_of_it != first, "without the filter it is seen"
        assert last == first, (name, "inside" if keys is own else "outside")


async def test_one_that_is_not_there_leaves_nothing_to_be_seen(graph: Graph) -> None:
    inside(graph)
    graph.within = Within(Part.FUNCTION, uuid7())

    assert await graph.data(
        "{ functions { totalCount } events { totalCount } homepage { featuredEvents { id } } }"
    ) == {
        "functions": {"totalCount": 0},
        "events": {"totalCount": 0},
        "homepage": {"featuredEvents": []},
    }


def test_a_deployment_that_shows_everything_asks_statements_that_know_of_no_filter() -> None:
    """What narrows stands in statements of its own."""
    for sight in (Sight.PUBLIC, Sight.PRIVILEGED):
        listing = events.listing(events.EventScope.ALL, events.EventFilter(), sight)
        statement = page_statement(listing, PageShape(events.keyset(events.EventOrder.EVENT_START)))
        assert "within" not in statement.parameters
    assert "within" not in search.page(after=False).parameters
    assert "within" in search.page(Sight.PUBLIC_OF_FUNCTION, after=False).parameters
