"""A schema whose directives say what a field costs in time to keep, and whom it is for."""

from typing import Any

from graphql import GraphQLField, GraphQLObjectType, build_schema

from persisted_queries.analysis import FieldFacts
from persisted_queries.compiling import Target


def target_of(sdl: str) -> Target:
    """What operations are compiled against: `@keep(age:)` and `@need(permission:)` are a field's facts."""
    return Target(build_schema(sdl), _facts, "0" * 64)


def _facts(_parent: GraphQLObjectType, _name: str, definition: GraphQLField) -> FieldFacts:
    said: dict[str, Any] = {}
    assert definition.ast_node is not None
    for directive in definition.ast_node.directives or ():
        (argument,) = directive.arguments
        said[directive.name.value] = argument.value.value
    return FieldFacts(said.get("need"), max_age=int(said["keep"]) if "keep" in said else None)
