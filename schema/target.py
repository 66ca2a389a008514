"""The schema as persisted operations are compiled against it."""

from __future__ import annotations

import hashlib
from functools import cache

from graphql import GraphQLField, GraphQLObjectType

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
    # Beside the SDL, which has costs and permissions in it, what an analysis depends on is the size of pages.
    content = f"{sdl()}\n{DEFAULT_SIZE} {MAX_SIZE}\n"
    return Target(graphql_schema(), facts_of, hashlib.sha256(content.encode()).hexdigest())


def facts_of(_parent: GraphQLObjectType, _name: str, definition: GraphQLField) -> FieldFacts:
    """What the declaration of a field says, in the registry's words."""
    spec = spec_of(definition)
    permission = None if spec.permission is Permission.PUBLIC else spec.permission.value
    if spec.cost is None:
        return FieldFacts(permission, max_age=spec.max_age)
    multipliers = tuple(spec.cost.multipliers or ())
    return FieldFacts(
        permission,
        spec.cost.complexity,
        multipliers,
        unstated=DEFAULT_SIZE if _PAGES.intersection(multipliers) else 1,
        most=MAX_SIZE if multipliers else None,
        max_age=spec.max_age,
    )
