from graphql import GraphQLObjectType

from schema import graphql_schema
from schema.deprecations import DEPRECATED_AT


def test_every_deprecated_field_says_since_when_and_no_other() -> None:
    deprecated = {
        f"{name}.{field}"
        for name, type_ in graphql_schema().type_map.items()
        if isinstance(type_, GraphQLObjectType) and not name.startswith("__")
        for field, definition in type_.fields.items()
        if definition.deprecation_reason is not None
    }

    assert set(DEPRECATED_AT) == deprecated
