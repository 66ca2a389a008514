"""The schema as persisted operations are compiled against it."""

from __future__ import annotations

import hashlib
from functools import cache
from typing import Any

from graphql import GraphQLField, GraphQLObjectType, build_schema
from graphql.execution.values import get_directive_values

from auth.permissions import Permission
from persisted_queries.analysis import FieldFacts
from persisted_queries.compiling import Target
from resolvers.paging import DEFAULT_SIZE, MAX_SIZE
from schema.build import graphql_schema, sdl
from schema.fields import spec_of

_PAGES = frozenset({"first", "last"})


@cache
def target() -> Target:
    """This schema, what its fields cost and need, and the hash of it all."""
    return Target(graphql_schema(), facts_of, _hash(sdl()))


def facts_of(_parent: GraphQLObjectType, _name: str, definition: GraphQLField) -> FieldFacts:
    """What the declaration of a field says, in the registry's words."""
    spec = spec_of(definition)
    permission = None if spec.permission is Permission.PUBLIC else spec.permission.value
    if spec.cost is None:
        return FieldFacts(permission, max_age=spec.max_age)
    return _costly(permission, spec.max_age, spec.cost.complexity, tuple(spec.cost.multipliers or ()))


def _costly(permission: str | None, max_age: int | None, complexity: int, multipliers: tuple[str, ...]) -> FieldFacts:
    return FieldFacts(
        permission,
        complexity,
        multipliers,
        unstated=DEFAULT_SIZE if _PAGES.intersection(multipliers) else 1,
        most=MAX_SIZE if multipliers else None,
        max_age=max_age,
    )


def candidate_target(text: str) -> Target:
    """Another schema to compile operations against, from its SDL; its directives say what fields cost and need.

    Raises:
        GraphQLError, TypeError: it is no schema.
    """
    schema = build_schema(text)

    def said(definition: GraphQLField, name: str) -> dict[str, Any]:
        directive = schema.get_directive(name)
        node = definition.ast_node
        return (get_directive_values(directive, node) if directive and node else None) or {}

    def facts(_parent: GraphQLObjectType, _name: str, definition: GraphQLField) -> FieldFacts:
        permission, max_age = (
            said(definition, "requires").get("permission"),
            said(definition, "cacheControl").get("maxAge"),
        )
        cost = said(definition, "cost")
        if not cost:
            return FieldFacts(permission, max_age=max_age)
        return _costly(permission, max_age, cost["complexity"], tuple(cost.get("multipliers") or ()))

    return Target(schema, facts, _hash(text))


def _hash(sdl_text: str) -> str:
    # Beside the SDL, which has costs and permissions in it, what an analysis depends on is the size of pages.
    content = f"{sdl_text}\n{DEFAULT_SIZE} {MAX_SIZE}\n"
    return hashlib.sha256(content.encode()).hexdigest()
