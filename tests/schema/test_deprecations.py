"""Whatever is deprecated says since when, until when, and what to use instead."""

from collections.abc import Iterator

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
)

from domain.versions import DEPRECATIONS
from schema import graphql_schema, sdl
from schema.releases import promises


def deprecated(name: str, each: GraphQLNamedType) -> Iterator[str]:
    if isinstance(each, GraphQLEnumType):
        yield from (f"{name}.{value}" for value, it in each.values.items() if it.deprecation_reason is not None)
    elif isinstance(each, GraphQLInputObjectType):
        yield from (f"{name}.{field}" for field, it in each.fields.items() if it.deprecation_reason is not None)
    elif isinstance(each, GraphQLObjectType | GraphQLInterfaceType):
        for field, definition in each.fields.items():
            if definition.deprecation_reason is not None:
                yield f"{name}.{field}"
            yield from (
                f"{name}.{field}({argument}:)"
                for argument, it in definition.args.items()
                if it.deprecation_reason is not None
            )


def test_every_deprecated_member_is_declared_and_no_other() -> None:
    """Calls are told of fields alone: an argument or a value that is deprecated would go unnoticed."""
    found = {
        member
        for name, each in graphql_schema().type_map.items()
        if not name.startswith("__")
        for member in deprecated(name, each)
    }

    assert set(DEPRECATIONS) == found


def test_the_sdl_has_until_when_each_works() -> None:
    assert promises(sdl()) == {name: each.ends for name, each in DEPRECATIONS.items()}


def test_nothing_ends_within_half_a_year_of_its_deprecation() -> None:
    for each in DEPRECATIONS.values():
        assert (each.ends - each.since).days > 180
        assert f"Works until {each.ends}." in each.reason
