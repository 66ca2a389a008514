"""What operations are compiled against: this schema as its declarations have it, another one as its SDL does."""

import pytest
from graphql import GraphQLError, is_object_type

from schema.build import sdl
from schema.target import candidate_target, target


def test_the_sdl_says_all_that_the_declarations_do() -> None:
    own, candidate = target(), candidate_target(sdl())
    fields = [
        (kind.name, name)
        for kind in own.schema.type_map.values()
        if is_object_type(kind) and not kind.name.startswith("__")
        for name in kind.fields
    ]

    def facts(of: object, typename: str, name: str) -> object:
        kind = of.schema.type_map[typename]  # type: ignore[attr-defined]
        return of.facts_of(kind, name, kind.fields[name])  # type: ignore[attr-defined]

    assert {each: facts(candidate, *each) for each in fields} == {each: facts(own, *each) for each in fields}
    assert candidate.sha256 == own.sha256


def test_a_schema_without_directives_has_no_costs() -> None:
    candidate = candidate_target("type Query { a: Int }")
    query = candidate.schema.query_type

    assert query is not None
    assert candidate.facts_of(query, "a", query.fields["a"]).complexity == 0
    with pytest.raises((GraphQLError, TypeError)):
        candidate_target("type Query {")
