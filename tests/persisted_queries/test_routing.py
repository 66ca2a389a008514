import uuid
from urllib.parse import parse_qsl, urlsplit

import pytest
from graphql import OperationDefinitionNode, build_schema, parse, validate
from hypothesis import given
from hypothesis import strategies as st

from domain.routes import parse_route
from persisted_queries.json_schema.variables import variable_types
from persisted_queries.routing import ParametersRefused, Routes, address_of, faults_of_route, read_parameters

SCHEMA = build_schema("""
    type Query {
        thing(id: ID, n: Int, x: Float, ok: Boolean, colours: [Colour!], wish: Wish, any: JSON, grid: [[Int]]): Thing
        other: Int
    }
    type Thing { id: ID }
    type Mutation { change: Int }
    enum Colour { RED, GREEN }
    input Wish { id: ID }
    scalar JSON
""")
TEXT = """query Q($id: ID!, $n: Int, $x: Float, $ok: Boolean, $colours: [Colour!]) {
    thing(id: $id, n: $n, x: $x, ok: $ok, colours: $colours) { id }
}"""


def operation_of(text: str) -> OperationDefinitionNode:
    node = parse(text).definitions[0]
    assert isinstance(node, OperationDefinitionNode)
    return node


TYPES = variable_types(SCHEMA, operation_of(TEXT))
ROUTE = parse_route("GET /api/things/{id}")


def faults(text: str, route: str = "GET /api/things") -> str:
    document = parse(text)
    assert validate(SCHEMA, document) == []
    return " ".join(faults_of_route(SCHEMA, document, operation_of(text), parse_route(route)))


def test_a_query_of_one_root_field_may_have_a_route() -> None:
    assert faults(TEXT, str(ROUTE)) == ""


@pytest.mark.parametrize(
    ("text", "route", "fault"),
    [
        ("mutation { change }", "GET /api/a", "not for a mutation"),
        ("{ other thing { id } }", "GET /api/a", "it has 2"),
        ("{ __typename }", "GET /api/a", "one root field"),
        ("query Q($ok: Boolean!) { other @include(if: $ok) }", "GET /api/a", "left out"),
        ("{ other }", "GET /api/{id}", "no variable $id"),
        ("query Q($colours: [Colour!]) { thing(colours: $colours) { id } }", "GET /api/{colours}", "is a list"),
        ("query Q($wish: Wish) { thing(wish: $wish) { id } }", "GET /api/a", "$wish is of type Wish"),
        ("query Q($any: JSON) { thing(any: $any) { id } }", "GET /api/a", "$any is of type JSON"),
        ("query Q($grid: [[Int]]) { thing(grid: $grid) { id } }", "GET /api/a", "$grid is of type [[Int]]"),
    ],
)
def test_what_cannot_have_a_route_is_told_why(text: str, route: str, fault: str) -> None:
    assert fault in faults(text, route)


@given(
    st.fixed_dictionaries(
        {"id": st.text(min_size=1).filter(lambda text: text.isprintable())},
        optional={
            "n": st.integers(-(2**31), 2**31 - 1),
            "x": st.floats(-1e9, 1e9).map(lambda x: round(x, 3)),
            "ok": st.booleans(),
            "colours": st.lists(st.sampled_from(["RED", "GREEN"]), min_size=1),
        },
    )
)
def test_an_address_means_the_variables_that_it_was_written_from(variables: dict[str, object]) -> None:
    address = urlsplit(address_of(ROUTE, variables))

    path = ROUTE.match(["api", "things", str(variables["id"])])

    assert path == {"id": variables["id"]}
    assert read_parameters(TYPES, path, parse_qsl(address.query, keep_blank_values=True)) == variables


@pytest.mark.parametrize(
    ("query", "faulty"),
    [
        ([("n", "1.0")], ["n"]),
        ([("n", " 1")], ["n"]),
        ([("n", "१")], ["n"]),
        ([("n", "9" * 5000)], ["n"]),
        ([("x", "nan")], ["x"]),
        ([("x", "1_0")], ["x"]),
        ([("ok", "TRUE")], ["ok"]),
        ([("colours", "RED"), ("colours", "BLUE")], ["colours"]),
        ([("n", "1"), ("n", "1")], ["n"]),
        ([("m", "1"), ("n", "x")], ["m", "n"]),
        ([("id", "2")], ["id"]),
    ],
)
def test_every_parameter_that_cannot_be_read_is_told(query: list[tuple[str, str]], faulty: list[str]) -> None:
    with pytest.raises(ParametersRefused) as refused:
        read_parameters(TYPES, {"id": "1"}, query)

    assert [each.name for each in refused.value.faults] == faulty


def test_a_clients_own_routes_go_before_public_ones_and_nobody_sees_anothers() -> None:
    rest, web, acme = uuid.uuid4(), uuid.uuid4(), uuid.uuid4()
    thing, all_, one = (parse_route(f"GET /api/{path}") for path in ("things/{id}", "things", "things/one"))
    routed = [
        (rest, thing, "old"),
        (rest, all_, "all"),
        (rest, thing, "new"),
        (web, thing, "web's"),
        (acme, one, "acme's"),
    ]
    routes = Routes.of(routed, frozenset({rest}))

    def find(client: uuid.UUID | None, *path: str) -> str | None:
        found = routes.find(client, ["api", *path])
        return None if found is None else found[0]

    assert [find(client, "things", "one") for client in (None, rest, web, acme)] == ["new", "new", "web's", "acme's"]
    assert [find(client, "things") for client in (None, web)] == ["all", "all"]
    assert find(acme, "things", "two") == "new"
    assert find(None, "nothing") is None
