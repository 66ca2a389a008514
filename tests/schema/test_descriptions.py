"""Everything in the schema says what it means, in sentences."""

from collections.abc import Iterator

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    build_schema,
    is_introspection_type,
    is_specified_directive,
    is_specified_scalar_type,
)

from schema import graphql_schema, sdl

BUILT = graphql_schema()
PRINTED = build_schema(sdl())


def described() -> Iterator[tuple[str, str | None]]:
    """Every coordinate of the schema as it is printed, with its description."""
    for name, each in PRINTED.type_map.items():
        if is_introspection_type(each) or is_specified_scalar_type(each):
            continue
        yield name, each.description
        if isinstance(each, GraphQLObjectType | GraphQLInterfaceType):
            for field_name, field in each.fields.items():
                yield f"{name}.{field_name}", field.description
                yield from ((f"{name}.{field_name}({arg}:)", its.description) for arg, its in field.args.items())
        elif isinstance(each, GraphQLInputObjectType):
            yield from ((f"{name}.{field_name}", its.description) for field_name, its in each.fields.items())
        elif isinstance(each, GraphQLEnumType):
            yield from ((f"{name}.{value}", its.description) for value, its in each.values.items())
    for directive in PRINTED.directives:
        if not is_specified_directive(directive):
            yield f"@{directive.name}", directive.description
            yield from ((f"@{directive.name}({arg}:)", its.description) for arg, its in directive.args.items())


EVERYTHING = dict(described())


def test_the_walk_finds_each_kind_of_thing() -> None:
    assert EVERYTHING.keys() >= {
        "Query",
        "Node",
        "Node.id",
        "SearchResult",
        "Money",
        "Decimal",
        "Event.title",
        "Function.events(filter:)",
        "EventFilter.isFeatured",
        "EventSort.TITLE",
        "@cost",
        "@cost(complexity:)",
    }


@pytest.mark.parametrize("coordinate", EVERYTHING)
def test_a_description_is_a_sentence(coordinate: str) -> None:
    description = EVERYTHING[coordinate]

    assert description
    assert description == description.strip()
    assert description[0].isupper()
    # After a colon an example may end it.
    assert description.endswith((".", ".`", '"`.')) or description.rsplit(": ")[-1][:1] == "`"


@pytest.mark.parametrize("coordinate", [each for each in EVERYTHING if each.endswith(":)")])
def test_a_description_says_more_than_the_name(coordinate: str) -> None:
    description = EVERYTHING[coordinate]
    name = coordinate.rpartition("(")[2].removesuffix(":)")

    assert description
    assert description.strip(".").lower() != name.lower()


def test_what_is_deprecated_says_what_to_use_instead() -> None:
    reasons = {
        f"{name}.{field_name}": field.deprecation_reason
        for name, each in BUILT.type_map.items()
        if isinstance(each, GraphQLObjectType)
        for field_name, field in each.fields.items()
        if field.deprecation_reason is not None
    }

    assert reasons.keys() == {"Event.parentEventId", "Event.parentEvent", "Event.childEvents"}
    assert all("Use `function`" in reason for reason in reasons.values())
