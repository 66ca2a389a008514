"""A field shows the same whether it is asked for alone or beside all others, though statements select what is used."""

import uuid
from collections.abc import Iterator

import pytest
from graphql import GraphQLField, GraphQLInterfaceType, GraphQLObjectType, get_named_type, is_composite_type
from graphql.type import is_required_argument

from auth.viewer import ADMIN
from schema import graphql_schema
from tests.plugins.graph import NOW, Graph, gid

SCHEMA = graphql_schema()
NODE = SCHEMA.type_map["Node"]
assert isinstance(NODE, GraphQLInterfaceType)
ENTITIES = {each.name: each for each in SCHEMA.get_implementations(NODE).objects}


def selections(of: GraphQLObjectType, depth: int) -> Iterator[tuple[str, str]]:
    """Each field of a type by name, with all that is below it down to a depth."""
    for name, field in of.fields.items():
        if not any(is_required_argument(argument) for argument in field.args.values()):
            below = below_of(field, depth)
            if below is not None:
                yield name, name + below


def below_of(field: GraphQLField, depth: int) -> str | None:
    of = get_named_type(field.type)
    if not is_composite_type(of):
        return ""
    if not depth:
        return None
    if isinstance(of, GraphQLObjectType):
        return "{" + " ".join(["__typename", *(each for _, each in selections(of, depth - 1))]) + "}"
    return "{__typename ... on Node {id}}"


@pytest.fixture
def ids(graph: Graph) -> dict[str, str]:
    organisation = graph.organisation()
    function = graph.function(organisation_id=organisation, description="Text", metadata={"a": 1})
    parent = graph.event(function, organisation_id=organisation)
    event = graph.event(
        function,
        organisation_id=organisation,
        parent_event_id=parent,
        description="Text",
        event_end=NOW.replace(year=2028),
        location="Hall",
        image_url="https://example.org/a.png",
        metadata={"a": 1},
    )
    graph.event(function, organisation_id=organisation, parent_event_id=event)
    pool = graph.pool(20, organisation_id=organisation, sold=3, held=2)
    ticket = graph.ticket(event, [pool], description="Text", sale_start=NOW, sale_end=NOW.replace(year=2028))
    package = graph.package(function, {ticket: 2}, description="Text")
    customer = graph.customer(locale="en")
    graph.member(organisation, customer)
    registration = graph.registration(
        organisation_id=organisation, function_id=function, customer_id=customer, billed_to_id=organisation
    )
    line = graph.line(registration, ticket)
    graph.registration_tax(registration)
    keys: dict[str, uuid.UUID] = {
        "Customer": customer,
        "Organisation": organisation,
        "Function": function,
        "Event": event,
        "CapacityPool": pool,
        "Ticket": ticket,
        "Package": package,
        "Registration": registration,
        "Attendee": graph.attendee(registration, line, ticket, event, name="Ada", email="ada@example.org"),
        "Payment": graph.payment(registration),
        "Tax": graph.tax([ticket], organisation_id=organisation),
        "PriceRule": graph.price_rule(organisation_id=organisation, ticket_id=ticket, share_off=100_000),
        "Voucher": graph.voucher(organisation_id=organisation, function_id=function),
        "EligibilityRule": graph.eligibility_rule(
            organisation_id=organisation, ticket_id=ticket, kind="ORGANISATION", member_of_id=organisation
        ),
        "WaitingListEntry": graph.waiting(
            ticket, organisation_id=organisation, customer_id=customer, registration_id=registration
        ),
    }
    return {name: gid(name, key) for name, key in keys.items()}


async def node(graph: Graph, name: str, selection: str, key: str) -> dict[str, object]:
    document = f"query ($id: ID!) {{ node(id: $id) {{ ... on {name} {{ {selection} }} }} }}"
    found: dict[str, object] = (await graph.data(document, viewer=ADMIN, id=key))["node"]
    return found


@pytest.mark.parametrize("depth", [1, 3])
@pytest.mark.parametrize("name", ENTITIES)
async def test_a_field_alone_shows_what_it_shows_beside_all_others(
    graph: Graph, ids: dict[str, str], name: str, depth: int
) -> None:
    fields = dict(selections(ENTITIES[name], depth))
    together = await node(graph, name, " ".join(fields.values()), ids[name])

    assert together.keys() == fields.keys()
    for field, selection in fields.items():
        assert await node(graph, name, selection, ids[name]) == {field: together[field]}, field


@pytest.mark.parametrize("name", ENTITIES)
async def test_both_executors_show_the_same(graph: Graph, ids: dict[str, str], name: str) -> None:
    selection = " ".join(each for _, each in selections(ENTITIES[name], 3))
    document = f"query ($id: ID!) {{ node(id: $id) {{ ... on {name} {{ {selection} }} }} }}"

    breadth_first, by_core = [
        await graph(document, {"id": ids[name]}, viewer=ADMIN, by_core=by_core) for by_core in (False, True)
    ]

    assert not breadth_first.errors
    assert breadth_first.data == by_core.data
