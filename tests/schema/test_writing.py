"""Pages that PostgreSQL writes hold what pages made of rows do; and what cannot be written is made of rows."""

import datetime as dt
from collections.abc import Iterator
from typing import Any, cast

import pytest
from graphql import GraphQLObjectType, GraphQLScalarType, OperationDefinitionNode, get_named_type, parse

from auth.viewer import ADMIN, ANONYMOUS, Viewer
from db.statements.written import Value
from execution.engine import Engine
from execution.plan import PlannedField, Scope
from schema import graphql_schema
from schema.describe import describe, tell
from schema.fields import spec_of
from tests.plugins.graph import NOW, Graph, gid

NASTY = 'A "quoted" \\ name\n\t\x01 \x7f with 💃 and \u2028, {"a":1} and $1'


def paged() -> list[tuple[str, str]]:
    """Every field of the schema whose pages can be had written."""
    types = [each for each in graphql_schema().type_map.values() if isinstance(each, GraphQLObjectType)]
    own = [each for each in types if not each.name.startswith("__")]
    return [(each.name, name) for each in own for name, field in each.fields.items() if spec_of(field).paged]


def leaves(type_: GraphQLObjectType) -> str:
    """All fields of a type that take no arguments and are scalars, or prices; what is guarded is not among them."""
    names = []
    for name, field in type_.fields.items():
        shown, spec = get_named_type(field.type), spec_of(field)
        if spec.resolve is not None or spec.permission.value != "PUBLIC" or name == "metadata":
            continue
        if isinstance(shown, GraphQLScalarType):
            names.append(name)
        elif shown.name == "Money":
            names.append(f"{name} {{ amount currency __typename }}")
    return " ".join(names)


def node_type(typename: str, field: str) -> GraphQLObjectType:
    schema = graphql_schema()
    connection = get_named_type(schema.type_map[typename].fields[field].type)  # type: ignore[attr-defined] # an object
    node = get_named_type(connection.fields["nodes"].type)
    assert isinstance(node, GraphQLObjectType)
    return node


def written_in(document: str, **variables: object) -> dict[str, PlannedField]:
    """The fields of an operation that come as JSON, by their keys."""
    ast = parse(document)
    prepared = Engine(graphql_schema(), describe, tell).prepare(
        ast, cast("OperationDefinitionNode", ast.definitions[0])
    )
    plan = prepared.planner.plan(prepared.variables.coerce(variables))

    def found(scope: Scope) -> Iterator[PlannedField]:
        for each in scope.fields:
            if each.shape.object_type is not None and each.shape.complete is not None:
                yield each
            shape = each.shape.item or each.shape
            for below in shape.scopes.values():
                yield from found(below)

    return {each.key: each for each in found(plan.root)}


def values_of(document: str) -> tuple[Value, ...]:
    """What PostgreSQL writes of each row of the only page that is written."""
    (field,) = written_in(document).values()
    assert field.constant is not None
    values: tuple[Value, ...] = field.constant["arguments"].template.values
    return values


@pytest.fixture
async def shop(graph: Graph) -> str:
    """Everything that is paged, with rows that are hard to write; gives the id of an organisation that has it all."""
    organisation = graph.organisation(name="Hall", slug="hall")
    mine = {"organisation_id": organisation}
    for number in range(3):
        function = graph.function(
            name=NASTY, slug=f"nasty-{number}", description=None if number else NASTY, location=NASTY, **mine
        )
        for minute in range(3):
            event = graph.event(
                function,
                title=f"{NASTY} {minute}",
                description=NASTY,
                image_url="https://example.org/a?b=c&d=%22",
                event_start=NOW + dt.timedelta(days=1, minutes=minute, microseconds=minute * 120),
                event_end=None if minute else NOW + dt.timedelta(days=2),
                is_featured=True,
                **mine,
            )
            for currency, amount in (("EUR", 5), ("JPY", 1200), ("KWD", 12_345), ("CLF", 12_345)):
                graph.ticket(event, name=NASTY, price_currency=currency, price_amount=amount, sale_start=NOW)
            graph.ticket(event, is_active=False, name="hidden")
        graph.package(function, name=NASTY, price_currency="TND", price_amount=1)
    graph.function(name="hidden", is_active=False, **mine)
    await graph.flush()
    return gid("Organisation", organisation)


def document(typename: str, asked: str) -> str:
    """A query that comes to objects of a type and asks them something."""
    match typename:
        case "Query":
            return f"{{ {asked} }}"
        case "Homepage":
            return f"{{ homepage {{ {asked} }} }}"
        case "Function":
            return f"{{ functions {{ nodes {{ {asked} }} }} }}"
        case "Event":
            return f"{{ functions {{ nodes {{ events {{ nodes {{ {asked} }} }} }} }} }}"
    return f"query ($id: ID!) {{ node(id: $id) {{ ... on {typename} {{ {asked} }} }} }}"


@pytest.mark.parametrize("viewer", [ANONYMOUS, ADMIN], ids=["anyone", "admin"])
@pytest.mark.parametrize(("typename", "field"), paged(), ids=lambda word: word)
async def test_a_written_page_holds_what_a_page_of_rows_does(
    graph: Graph, shop: str, typename: str, field: str, viewer: Viewer
) -> None:
    nodes = f"nodes {{ __typename {leaves(node_type(typename, field))} }}"
    written, of_rows = [
        document(typename, f"{field}(first: 9) {{ {nodes} {more} }}") for more in ("", "pageInfo { hasNextPage }")
    ]
    variables = {"id": shop} if "$id" in written else {}

    assert field in written_in(written, **variables)
    assert field not in written_in(of_rows, **variables)
    expected = await graph.data(of_rows, viewer=viewer, **variables)
    assert await graph.data(written, viewer=viewer, **variables) == without_page_info(expected)
    assert NASTY in str_of(expected)
    assert ("hidden" in str_of(expected)) == (viewer is ADMIN and field not in {"events", "upcoming", "packages"})


def without_page_info(data: Any) -> Any:
    match data:
        case dict():
            return {key: without_page_info(value) for key, value in data.items() if key != "pageInfo"}
        case list():
            return list(map(without_page_info, data))
    return data


def str_of(data: Any) -> str:
    """All texts in an answer."""
    match data:
        case dict():
            return " ".join(map(str_of, data.values()))
        case list():
            return " ".join(map(str_of, data))
    return str(data)


WRITTEN = [
    "{ functions { nodes { name } } }",
    "{ functions { list: nodes { id again: id kind: __typename } __typename } }",
    "{ functions { edges { node { name } __typename } } }",
    "{ functions { ...Page } } fragment Page on FunctionConnection { nodes { ...F } } fragment F on Function { id }",
    "{ functions { nodes { name } nodes { slug } } }",
    "query ($n: Boolean = false) { functions { nodes { name organisation @include(if: $n) { id } } } }",
    "{ functions { nodes { ... on Node { id } } } }",
]
OF_ROWS = [
    "{ functions { nodes { name } totalCount } }",
    "{ functions { nodes { name } pageInfo { hasNextPage } } }",
    "{ functions { edges { cursor node { name } } } }",
    "{ functions { nodes { name } edges { node { name } } } }",
    "{ functions { a: nodes { name } b: nodes { name } } }",
    "{ functions(last: 3) { nodes { name } } }",
    "{ a: functions { nodes { name } } b: functions { nodes { slug } } }",
    "query ($last: Int) { functions(last: $last) { nodes { name } } }",
    "{ functions { nodes { name organisation { name } } } }",
    "{ functions { nodes { name metadata } } }",
    "{ functions { nodes { name privateMetadata } } }",
    "{ functions { __typename } }",
    "query ($n: Boolean = true) { functions { nodes { name organisation @include(if: $n) { id } } } }",
]


@pytest.mark.parametrize("asked", WRITTEN)
async def test_what_columns_hold_is_written(graph: Graph, asked: str) -> None:
    function = graph.function(name="Winterfest", slug="winterfest")

    assert set(written_in(asked)) == {"functions"}
    assert await graph.data(asked) == (await graph(asked, by_core=True)).data
    assert "Winterfest" in str_of(await graph.data(asked)) or gid("Function", function) in str_of(
        await graph.data(asked)
    )


@pytest.mark.parametrize("asked", OF_ROWS)
async def test_what_has_to_be_made_here_is_made_of_rows(graph: Graph, asked: str) -> None:
    graph.function(name="Winterfest")

    assert not written_in(asked)
    assert (await graph(asked)).data == (await graph(asked, by_core=True)).data


async def test_pages_keep_their_order_and_their_bounds(graph: Graph) -> None:
    function = graph.function(slug="one")
    for number in range(5):
        graph.event(function, title=f"{number}")
    cursors = "{ functions { nodes { events { edges { cursor } } } } }"
    edges = (await graph.data(cursors))["functions"]["nodes"][0]["events"]["edges"]
    second, fifth = edges[1]["cursor"], edges[4]["cursor"]
    asked = """query ($first: Int, $after: String, $before: String, $direction: Dir!) {
      function(slug: "one") {
        events(first: $first, after: $after, before: $before, orderBy: {field: EVENT_START, direction: $direction}) {
          nodes { title }
        }
      }
    }"""

    async def titles(direction: str = "ASC", **arguments: object) -> str:
        data = await graph.data(asked, direction=direction, **arguments)
        return "".join(node["title"] for node in data["function"]["events"]["nodes"])

    assert await titles() == "01234"
    assert await titles(first=2) == "01"
    assert await titles(first=0) == ""
    assert await titles(after=second) == "234"
    assert await titles(first=1, after=second, before=fifth) == "2"
    assert await titles("DESC") == "43210"


async def test_the_same_parent_twice_has_its_page_twice(graph: Graph) -> None:
    ticket = graph.ticket(graph.event(), name="Seat")
    tickets = "{ ... on Ticket { event { title tickets { nodes { name } } } } }"

    answer = await graph.data(
        f"query ($id: ID!) {{ a: node(id: $id) {tickets} b: node(id: $id) {tickets} }}", id=gid("Ticket", ticket)
    )

    assert answer["a"] == answer["b"]
    assert answer["a"]["event"]["tickets"] == {"nodes": [{"name": "Seat"}]}


async def test_what_is_wrong_with_an_argument_is_the_error_of_the_field(graph: Graph) -> None:
    answer = await graph('{ functions(first: 1000) { nodes { name } } events(after: "x") { nodes { title } } }')

    assert answer.codes == ["BAD_USER_INPUT"]
    assert answer.errors[0].path == ["functions"]
    assert answer.data is None


def test_operations_that_differ_in_names_alone_share_a_statement() -> None:
    one, other = [
        values_of(f"{{ events {{ nodes {{ {names} }} }} }}")
        for names in ("title eventStart", "a: title __typename b: eventStart")
    ]

    assert one == other != values_of("{ events { nodes { eventStart title } } }")


async def test_written_rows_cost_what_rows_cost(graph: Graph) -> None:
    """A page that is not full gives back what was charged for the rest, however it came to be."""
    function = graph.function()
    for _ in range(3):
        graph.event(function)
    spent = [
        (await graph(f"{{ functions {{ nodes {{ events(first: 50) {{ nodes {{ title }} {more} }} }} }} }}")).spent
        for more in ("", "pageInfo { hasNextPage }")
    ]

    assert spent[0] == spent[1] > 0
