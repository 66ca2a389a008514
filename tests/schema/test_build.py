"""The schema is valid, and its SDL says all of it."""

from collections.abc import Iterator

import pytest
from graphql import (
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLUnionType,
    assert_valid_schema,
    build_client_schema,
    build_schema,
    find_schema_changes,
    get_named_type,
    introspection_from_schema,
    is_introspection_type,
    is_non_null_type,
    lexicographic_sort_schema,
    print_schema,
)

from auth.permissions import Permission
from resolvers.nodes import LOOKUPS
from schema import graphql_schema, sdl
from schema.fields import spec_of

SCHEMA = graphql_schema()
PRINTED = build_schema(sdl())
OBJECTS = {
    name: each
    for name, each in SCHEMA.type_map.items()
    if isinstance(each, GraphQLObjectType) and not is_introspection_type(each)
}


def fields() -> Iterator[tuple[str, GraphQLObjectType, GraphQLField]]:
    for name, each in OBJECTS.items():
        yield from ((f"{name}.{field_name}", each, field) for field_name, field in each.fields.items())


def test_the_schema_breaks_no_rule() -> None:
    assert_valid_schema(SCHEMA)


def test_the_sdl_is_the_schema_that_is_served() -> None:
    assert find_schema_changes(SCHEMA, PRINTED) == []
    assert find_schema_changes(PRINTED, SCHEMA) == []


def test_what_introspection_tells_is_what_the_sdl_says() -> None:
    """What GraphiQL, code generators and Relay's compiler read."""
    told = build_client_schema(introspection_from_schema(SCHEMA))

    assert print_schema(lexicographic_sort_schema(told)) == print_schema(lexicographic_sort_schema(PRINTED))


def test_the_sdl_comes_back_from_a_schema_that_is_built_of_it() -> None:
    assert print_schema(build_schema(print_schema(PRINTED))) == print_schema(PRINTED)


def test_the_schema_is_built_once() -> None:
    assert graphql_schema() is SCHEMA


def test_no_argument_defaults_to_a_null_that_is_written_out() -> None:
    """To leave an optional argument out means null already."""
    assert "= null" not in sdl()


@pytest.mark.parametrize("coordinate", [coordinate for coordinate, _, _ in fields()])
def test_every_field_has_a_declaration(coordinate: str) -> None:
    type_name, _, field_name = coordinate.partition(".")

    assert spec_of(OBJECTS[type_name].fields[field_name]).permission in Permission


def test_whatever_implements_node_is_found_by_node_and_nothing_else() -> None:
    node = SCHEMA.type_map["Node"]
    assert isinstance(node, GraphQLInterfaceType)

    assert LOOKUPS.keys() == {each.name for each in SCHEMA.get_implementations(node).objects}


def test_a_field_that_not_everyone_may_see_is_nullable_on_a_type_that_everyone_may_see() -> None:
    """A forbidden field is null, with an error; it must not take what is around it away."""
    hidden = {name for name, (_, permission) in LOOKUPS.items() if permission is not Permission.PUBLIC}
    restricted = [each for each in fields() if spec_of(each[2]).permission is not Permission.PUBLIC]

    assert restricted
    for coordinate, parent, field in restricted:
        assert parent.name in hidden or not is_non_null_type(field.type), coordinate


def test_a_type_that_not_everyone_may_see_is_only_found_where_not_everyone_may_look() -> None:
    hidden = {name for name, (_, permission) in LOOKUPS.items() if permission is not Permission.PUBLIC}
    # The pages of such a type are reached like the type itself.
    hidden |= {f"{name}{part}" for name in hidden for part in ("Connection", "Edge")}

    guarded = _guarded_payloads()
    for coordinate, parent, field in fields():
        if get_named_type(field.type).name in hidden and parent.name not in hidden | guarded:
            assert spec_of(field).permission is not Permission.PUBLIC, coordinate
    for each in SCHEMA.type_map.values():
        if isinstance(each, GraphQLUnionType):
            assert not hidden & {member.name for member in each.types}, each.name


def _guarded_payloads() -> set[str]:
    """Payloads of those mutations alone that not everyone may ask for."""
    mutations = OBJECTS["Mutation"].fields.values()
    open_to_all = {
        get_named_type(each.type).name for each in mutations if spec_of(each).permission is Permission.PUBLIC
    }
    return {get_named_type(each.type).name for each in mutations} - open_to_all


def test_the_sdl_says_who_may_see_a_field_and_what_it_costs() -> None:
    for coordinate, _, field in fields():
        type_name, _, field_name = coordinate.partition(".")
        printed = PRINTED.type_map[type_name]
        assert isinstance(printed, GraphQLObjectType)
        node = printed.fields[field_name].ast_node
        assert node is not None
        directives = {directive.name.value for directive in node.directives or ()}
        spec = spec_of(field)
        assert ("requires" in directives) == (spec.permission is not Permission.PUBLIC), coordinate
        assert ("cost" in directives) == (spec.cost is not None), coordinate


def test_the_multipliers_of_a_cost_are_arguments_of_its_field() -> None:
    for coordinate, _, field in fields():
        cost = spec_of(field).cost
        named = set(cost.multipliers or ()) if cost else set()
        assert named <= field.args.keys(), coordinate
        paged = {"first", "last"} & field.args.keys()
        assert paged <= named, f"{coordinate} gives as many as asked for and does not say that it costs as much"


def test_whatever_asks_the_database_has_a_cost() -> None:
    for coordinate, _, field in fields():
        spec = spec_of(field)
        assert (spec.resolve is None) or (spec.cost is not None), coordinate


def test_names_follow_the_conventions() -> None:
    for name, each in SCHEMA.type_map.items():
        if is_introspection_type(each):
            continue
        assert name[0].isupper()
        assert "_" not in name
        if isinstance(each, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
            assert all(field[0].islower() and "_" not in field for field in each.fields), name


@pytest.mark.parametrize("name", [name for name in OBJECTS if name.endswith("Connection")])
def test_a_connection_has_the_shape_that_relay_asks_for(name: str) -> None:
    """GraphQL Cursor Connections Specification, sections 2 to 5."""
    connection = {field: str(its.type) for field, its in OBJECTS[name].fields.items()}
    of = name.removesuffix("Connection")

    assert connection["pageInfo"] == "PageInfo!"
    assert connection["edges"] == f"[{of}Edge!]!"
    assert str(OBJECTS[f"{of}Edge"].fields["cursor"].type) == "String!"
    assert {field: str(its.type) for field, its in OBJECTS["PageInfo"].fields.items()} == {
        "hasNextPage": "Boolean!",
        "hasPreviousPage": "Boolean!",
        "startCursor": "String",
        "endCursor": "String",
    }


def test_a_field_that_gives_a_connection_takes_the_arguments_of_one() -> None:
    """The same, section 4."""
    paged = [each for each in fields() if get_named_type(each[2].type).name.endswith("Connection")]

    assert paged
    for coordinate, _, field in paged:
        assert {"first", "after"} <= field.args.keys(), coordinate
        assert ("last" in field.args) == ("before" in field.args), coordinate
