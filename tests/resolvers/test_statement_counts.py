"""How many statements an operation takes does not depend on how many objects it finds.

The edges are read from the schema, so that a new one is held to this without being named here. Both executors are held
to it: the breadth-first one, and graphql-core, which goes object by object and is asked what the other cannot take.
"""

import uuid
from collections import deque
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest
import pytest_asyncio
from graphql import GraphQLField, GraphQLInterfaceType, GraphQLObjectType, get_named_type, is_composite_type
from graphql.type import is_required_argument

from auth.viewer import ADMIN
from integrations.feature_flags import Flags
from schema import graphql_schema
from schema.fields import spec_of
from tests.plugins.graph import Answer, Graph, gid, open_graph
from tests.plugins.servers import database_from

SCHEMA = graphql_schema()
PARENTS = (1, 2, 15)
CHANGES = {name for name in SCHEMA.type_map if name == "Mutation" or name.endswith("Payload")}
"""A mutation has one payload, and each thing in it is found by its key."""

both_executors = pytest.mark.parametrize("by_core", [False, True], ids=["breadth-first", "by-core"])


# -- the edges of the schema ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Edge:
    """A field that asks the database, and the fields that lead to it from an entity (or from the root)."""

    origin: str
    path: tuple[str, ...]
    selection: str

    def __str__(self) -> str:
        return ".".join((self.origin, *self.path)) + self.selection.removeprefix(self.path[-1]).partition("{")[0]

    def below(self) -> str:
        """The selection of everything below the origin."""
        *steps, _ = self.path
        return "{".join((*steps, self.selection)) + "}" * len(steps)


def _objects() -> dict[str, GraphQLObjectType]:
    return {
        name: each
        for name, each in SCHEMA.type_map.items()
        if isinstance(each, GraphQLObjectType) and not name.startswith("__")
    }


def _entities() -> set[str]:
    node = SCHEMA.type_map["Node"]
    assert isinstance(node, GraphQLInterfaceType)
    return {each.name for each in SCHEMA.get_implementations(node).objects}


def _routes() -> dict[str, tuple[str, tuple[str, ...]]]:
    """How each object type is reached: from an entity, which may be itself, by the shortest way; else from the root."""
    objects = _objects()
    routes: dict[str, tuple[str, tuple[str, ...]]] = {}
    queue = deque((name, name, ()) for name in (*sorted(_entities()), "Query"))
    while queue:
        name, origin, path = queue.popleft()
        if name in routes or name not in objects:
            continue
        routes[name] = origin, path
        for field_name, field in objects[name].fields.items():
            if not any(is_required_argument(argument) for argument in field.args.values()):
                queue.append((get_named_type(field.type).name, origin, (*path, field_name)))
    return routes


def _selection(name: str, field: GraphQLField, arguments: str) -> str:
    of = get_named_type(field.type)
    if not is_composite_type(of):
        return name + arguments
    return name + arguments + ("{edges{cursor}}" if of.name.endswith("Connection") else "{__typename}")


def _edges() -> Iterator[Edge]:
    routes = _routes()
    for type_name, each in _objects().items():
        for name, field in each.fields.items():
            if spec_of(field).resolve is None or type_name in {
                "Query",
                "Subscription",
                *CHANGES,
            }:  # an event is by itself
                continue
            origin, path = routes[type_name]
            for arguments in ("", *(["(last: 2)"] if "last" in field.args else [])):
                yield Edge(origin, (*path, name), _selection(name, field, arguments))


EDGES = list(_edges())
ROOTS = [name for name, field in _objects()["Query"].fields.items() if spec_of(field).resolve is not None]


def test_no_edge_of_the_schema_is_left_out() -> None:
    declared = {
        f"{type_name}.{name}"
        for type_name, each in _objects().items()
        for name, field in each.fields.items()
        if spec_of(field).resolve is not None and type_name not in {"Subscription", *CHANGES}
    }
    routes = {route: name for name, route in _routes().items()}
    covered = {f"{routes[edge.origin, edge.path[:-1]]}.{edge.path[-1]}" for edge in EDGES}

    assert covered | {f"Query.{name}" for name in ROOTS} == declared
    assert len(declared) > 30


# -- a world in which every edge leads somewhere ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class World:
    """Fifteen of everything that has a global id, each with something at the end of each of its edges."""

    ids: dict[str, list[str]]


def build(graph: Graph, count: int) -> World:
    keys: dict[str, list[uuid.UUID]] = {name: [] for name in _entities()}
    for _ in range(count):
        organisation = graph.organisation()
        function = graph.function(organisation_id=organisation)
        oldest = graph.event(function, organisation_id=organisation, is_featured=True)
        event = graph.event(function, organisation_id=organisation, parent_event_id=oldest)
        youngest = graph.event(function, organisation_id=organisation, parent_event_id=event)
        pool = graph.pool(organisation_id=organisation)
        ticket, other = (graph.ticket(each, [pool]) for each in (event, youngest))
        package = graph.package(function, [ticket, other])
        tax = graph.tax([ticket], organisation_id=organisation)
        price_rule = graph.price_rule(organisation_id=organisation, ticket_id=ticket, share_off=100_000)
        voucher = graph.voucher(organisation_id=organisation, function_id=function)
        rule = graph.eligibility_rule(
            organisation_id=organisation, ticket_id=ticket, kind="ORGANISATION", member_of_id=organisation
        )
        graph.eligibility_rule(organisation_id=organisation, package_id=package)
        customer = graph.customer()
        graph.member(organisation, customer)
        registration = graph.registration(
            organisation_id=organisation, function_id=function, customer_id=customer, billed_to_id=organisation
        )
        line = graph.line(registration, ticket)
        graph.registration_tax(registration)
        payment = graph.payment(registration)
        graph.refund(payment)
        for name, key in {
            "Customer": customer,
            "Organisation": organisation,
            "Function": function,
            "Event": event,
            "CapacityPool": pool,
            "Ticket": ticket,
            "Package": package,
            "Registration": registration,
            "Attendee": graph.attendee(registration, line, ticket, event, state="VALID"),
            "Payment": payment,
            "Tax": tax,
            "PriceRule": price_rule,
            "Voucher": voucher,
            "EligibilityRule": rule,
            "WaitingListEntry": graph.waiting(
                ticket, organisation_id=organisation, customer_id=customer, registration_id=registration
            ),
        }.items():
            keys[name].append(key)
    return World({name: [gid(name, key) for key in each] for name, each in keys.items()})


@pytest.fixture
def world(graph: Graph) -> World:
    return build(graph, max(PARENTS))


def ends(data: Any, path: Sequence[str]) -> Iterator[Any]:
    """What stands at the end of a path in an answer, lists taken apart on the way."""
    if isinstance(data, list):
        for each in data:
            yield from ends(each, path)
    elif path:
        yield from ends(data[path[0]], path[1:])
    else:
        yield data


def found(answer: Answer, path: Sequence[str]) -> int:
    """How many ends of a path have something."""
    assert not answer.errors, answer.errors
    return sum(each not in (None, {"edges": []}) for each in ends(answer.data, path))


# -- edges ------------------------------------------------------------------------------------------------------------


async def at(graph: Graph, world: World, edge: Edge, parents: int, *, by_core: bool) -> Answer:
    """Follow an edge from so many parents at once."""
    if edge.origin == "Query":
        aliases = " ".join(f"p{number}: {edge.below()}" for number in range(parents))
        return await graph(f"{{ {aliases} }}", viewer=ADMIN, by_core=by_core)
    document = f"query ($ids: [ID!]!) {{ nodes(ids: $ids) {{ ... on {edge.origin} {{ {edge.below()} }} }} }}"
    variables = {"ids": world.ids[edge.origin][:parents]}
    return await graph(document, variables, viewer=ADMIN, by_core=by_core)


def at_its_ends(answer: Answer, edge: Edge) -> int:
    if edge.origin == "Query":
        return sum(found(Answer(each, answer.errors, ()), edge.path[1:]) > 0 for each in answer.data.values())
    return found(answer, ("nodes", *edge.path))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def read(
    postgres_server: str, template_database: str, pytestconfig: pytest.Config
) -> AsyncIterator[tuple[Graph, World]]:
    """A world that the tests of all edges look at, and none of them changes."""
    rollout = str(pytestconfig.getoption("functions") or "on")
    with database_from(postgres_server, template_database) as url:
        async with open_graph(url, rollout) as graph:
            yield graph, build(graph, max(PARENTS))


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("edge", EDGES, ids=str)
async def test_an_edge_takes_as_many_statements_for_many_parents_as_for_one(
    read: tuple[Graph, World], edge: Edge
) -> None:
    graph, world = read
    if "siblings" in edge.path:
        graph = replace(graph, flags=Flags())  # parents of this world have one child
    for by_core in (False, True):
        answers = [await at(graph, world, edge, parents, by_core=by_core) for parents in PARENTS]

        for parents, answer in zip(PARENTS, answers, strict=True):
            assert at_its_ends(answer, edge) >= parents, "the world has nothing there, so that nothing is tested"
            assert answer.ran == answers[0].ran


# -- the root ---------------------------------------------------------------------------------------------------------


def call(name: str, world: World, number: int) -> str:
    """A root field with the arguments that it cannot be without."""
    field = _objects()["Query"].fields[name]
    of = get_named_type(field.type).name
    given = {
        "id": f'"{world.ids[of if of in world.ids else "Event"][number]}"',
        "ids": f'["{world.ids["Event"][number]}", "{world.ids["Package"][number]}"]',
        "query": '"event"',
    }
    arguments = ", ".join(f"{argument}: {given[argument]}" for argument in field.args if argument in given)
    return _selection(name, field, f"({arguments})" if arguments else "")


async def asked_often(graph: Graph, calls: Sequence[str], *, by_core: bool) -> Answer:
    """Ask one call, two and all of them; each time it must take the same statements."""
    once, twice, often = [
        await graph(
            "{" + " ".join(f"p{alias}: {each}" for alias, each in enumerate(calls[:parents])) + "}",
            viewer=ADMIN,
            by_core=by_core,
        )
        for parents in PARENTS
    ]
    assert once.ran == twice.ran == often.ran
    assert not often.errors
    return often


@both_executors
async def test_the_same_root_field_many_times_takes_as_many_statements_as_once(
    graph: Graph, world: World, *, by_core: bool
) -> None:
    for name in ROOTS:
        await asked_often(graph, [call(name, world, 0)] * max(PARENTS), by_core=by_core)


LOOKUPS = [name for name in ROOTS if {"id", "ids"} & _objects()["Query"].fields[name].args.keys()]


@both_executors
async def test_many_different_things_by_their_ids_take_as_many_statements_as_one(
    graph: Graph, world: World, *, by_core: bool
) -> None:
    for name in LOOKUPS:
        calls = [call(name, world, number) for number in range(max(PARENTS))]

        answer = await asked_often(graph, calls, by_core=by_core)

        assert None not in answer.data.values()


@pytest.mark.parametrize(("name", "letter"), [("function", "f"), ("event", "e"), ("organisation", "o")])
async def test_many_different_things_by_their_slugs_take_one_statement(graph: Graph, name: str, letter: str) -> None:
    slugs = [f"{letter}-{number}" for number in range(15)]
    for slug in slugs:
        getattr(graph, name)(slug=f"{slug}x")

    answer = await graph(
        "{" + " ".join(f'p{number}: {name}(slug: "{slug}x") {{ slug }}' for number, slug in enumerate(slugs)) + "}"
    )

    assert [each["slug"] for each in answer.data.values()] == [f"{slug}x" for slug in slugs]
    assert answer.ran == {f"{name}s.by_slug": 1}


# -- whole operations -------------------------------------------------------------------------------------------------


@both_executors
async def test_functions_with_their_events_and_their_tickets_take_a_statement_a_level(
    graph: Graph, world: World, *, by_core: bool
) -> None:
    document = "{ functions { nodes { name events { nodes { title tickets { nodes { name } } } } } } }"

    answer = await graph(document, by_core=by_core)

    assert [(each.name, each.rows) for each in answer.statements] == [
        ("functions.page", 15),
        ("function.events.page", 45),
        ("event.tickets.page", 30),
    ]


DEEP = """
  query ($ids: [ID!]!) {
    nodes(ids: $ids) {
      ... on Function {
        organisation { functions { nodes { slug } totalCount } }
        packages {
          totalCount
          nodes {
            availability { state }
            items { ticket { availability { state } pools { tickets { event { function { name } } } } } }
          }
        }
        events(orderBy: { field: TITLE, direction: DESC }) {
          totalCount
          edges {
            cursor
            node {
              functionName
              functionSlug
              function { name }
              organisation { name }
              parentEventId
              parentEvent { title }
              childEvents { title }
              packages { items { ticket { name } } }
              hierarchy {
                root { ... on Function { slug organisation { name } } ... on Event { slug } }
                siblings { title tickets { nodes { event { title } } } }
              }
              tickets {
                totalCount
                nodes { availability { state remaining } event { function { events { totalCount } } } }
              }
            }
          }
        }
      }
    }
  }
"""
PLACES = 4
"""In how many places of it the same rows are asked for at most: the event of a ticket, and the parent of an event."""


@both_executors
async def test_a_deep_operation_takes_as_many_statements_for_many_parents_as_for_one(
    graph: Graph, world: World, *, by_core: bool
) -> None:
    once, twice, often = [
        await graph(DEEP, {"ids": world.ids["Function"][:parents]}, viewer=ADMIN, by_core=by_core)
        for parents in PARENTS
    ]

    assert not often.errors
    assert once.ran.keys() == twice.ran.keys() == often.ran.keys()
    # What is asked for in several places of the document shares a statement if the levels above answer at the same
    # time. So the number may differ by a few from run to run, but not grow with the parents.
    assert max(often.ran.values()) <= PLACES
    assert often.ran["functions.by_id"] == often.ran["organisations.by_id"] == 1


@both_executors
async def test_aliases_of_an_edge_with_the_same_arguments_share_its_statement(
    graph: Graph, world: World, *, by_core: bool
) -> None:
    answer = await graph(
        "{ functions { nodes { a: events(first: 2) { nodes { id } } b: events(first: 2) { nodes { slug } } } } }",
        by_core=by_core,
    )

    assert answer.ran == {"functions.page": 1, "function.events.page": 1}
    assert all(len(each["a"]["nodes"]) == len(each["b"]["nodes"]) == 2 for each in answer.data["functions"]["nodes"])


@both_executors
async def test_aliases_of_an_edge_with_other_arguments_take_a_statement_each(
    graph: Graph, world: World, *, by_core: bool
) -> None:
    answer = await graph(
        "{ functions { nodes { a: events(first: 1) { nodes { id } } b: events(last: 2) { nodes { id } } } } }",
        by_core=by_core,
    )

    assert answer.ran == {"functions.page": 1, "function.events.page": 2}


@pytest.mark.parametrize("rollout", ["on"])  # so that the function is what the hierarchy leads to
@both_executors
async def test_edges_that_lead_to_the_same_rows_share_a_lookup(graph: Graph, world: World, *, by_core: bool) -> None:
    answer = await graph(
        "{ events { nodes { function { name } functionName functionSlug hierarchy { root { __typename } } } } }",
        by_core=by_core,
    )

    assert not answer.errors
    assert answer.ran == {"events.page": 1, "functions.by_id": 1}


@both_executors
async def test_rows_that_were_found_already_are_not_fetched_again_further_down(
    graph: Graph, world: World, *, by_core: bool
) -> None:
    document = "{ events { nodes { organisation { name } function { organisation { name } } } } }"

    answer = await graph(document, by_core=by_core)

    assert answer.ran == {"events.page": 1, "organisations.by_id": 1, "functions.by_id": 1}


async def test_parents_that_are_the_same_row_are_asked_for_once(graph: Graph, world: World) -> None:
    answer = await graph("{ events { nodes { function { events { totalCount nodes { title } } } } } }")

    rows = {each.name: each.rows for each in answer.statements}
    functions = {each["function"]["events"]["nodes"][0]["title"] for each in answer.data["events"]["nodes"]}
    assert rows["events.page"] > rows["functions.by_id"] == rows["function.events.count"] == len(functions)
    assert rows["function.events.page"] == 3 * len(functions)


async def test_a_total_is_counted_only_when_asked_for_and_page_info_costs_nothing(graph: Graph, world: World) -> None:
    plain = await graph("{ events { nodes { id } } }")
    paged = await graph(
        "{ events { nodes { id } edges { cursor } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }"
    )
    counted = await graph("{ events { totalCount } }")

    assert plain.ran == paged.ran == {"events.page": 1}
    assert counted.ran == {"events.page": 1, "events.count": 1}


async def test_without_parents_nothing_is_asked_of_the_database(graph: Graph) -> None:
    answer = await graph("{ events { nodes { tickets { nodes { id } } function { name } hierarchy { source } } } }")

    assert answer.ran == {"events.page": 1}


async def test_what_is_null_is_not_looked_up(graph: Graph) -> None:
    graph.event()

    answer = await graph(
        "{ events { nodes { function { name } parentEvent { id } hierarchy { root { __typename } } } } }"
    )

    assert answer.data["events"]["nodes"] == [{"function": None, "parentEvent": None, "hierarchy": {"root": None}}]
    assert answer.ran == {"events.page": 1}


@both_executors
async def test_one_operation_may_have_more_fields_at_once_than_there_are_connections(
    graph: Graph, world: World, *, by_core: bool
) -> None:
    fields = [f"a{number}: events(first: {number}) {{ nodes {{ id }} totalCount }}" for number in range(60)]

    answer = await graph("{" + " ".join(fields) + "}", by_core=by_core)

    assert not answer.errors
    assert [len(each["nodes"]) for each in answer.data.values()] == [min(number, 45) for number in range(60)]
    assert answer.ran == {"events.page": 60, "events.count": 1}
