"""What does not hang on a request is decided once: the plan of an operation, one for each choice of its conditions."""

from dataclasses import FrozenInstanceError
from itertools import pairwise
from typing import Any

import pytest
from graphql import GraphQLError, GraphQLScalarType, get_operation_ast, parse
from graphql.execution.values import VariableValues

from execution.engine import run_by_core
from execution.plan import Description, Plan, PlannedField, Scope
from execution.planner import MAX_VARIANTS, Unplannable
from execution.variables import Variables
from tests.execution.describing import Described, asks, described, gives, outcome, reads

SDL = """
  directive @note(with: [Int!]) on FIELD
  enum Colour { RED GREEN }
  interface Node { id: ID! next: Node }
  type A implements Node { id: ID! next: Node a: Int b(n: Int, colour: Colour): Int }
  type B implements Node { id: ID! next: Node a: Int }
  type C implements Node { id: ID! next: Node }
  union Any = A | B
  type Query { node: Node any: Any a: A as: [[A!]]! n: Int paint(colour: Colour!): Int }
  type Mutation { n: Int }
"""


def plan(schema: Described, text: str, **variables: Any) -> Plan:
    document, operation = schema.parse(text)
    prepared = schema.engine.prepare(document, operation)
    return prepared.planner.plan(Variables(schema.schema, operation).coerce(variables))


def keys(scope: Scope) -> list[str]:
    return [each.key for each in scope.fields]


def below(scope: Scope, *path: str) -> Scope:
    """The scope under a path of keys; of an interface or a union, `key:Type`."""
    for step in path:
        key, _, name = step.partition(":")
        shape = only(scope, key).shape
        while shape.item is not None:
            shape = shape.item
        scope = shape.scopes[name] if name else shape.scope
    return scope


def only(scope: Scope, key: str) -> PlannedField:
    (found,) = (each for each in scope.fields if each.key == key)
    return found


# -- selections -------------------------------------------------------------------------------------------------------


def test_fragments_are_merged_in_the_order_of_the_answer() -> None:
    made = plan(
        described(SDL),
        "{ a { ...F a ... { x: a id } ... on Node { id next { id } } } ...G n }"
        " fragment F on A { b next { __typename } } fragment G on Query { n a { y: b } }",
    )

    assert keys(made.root) == ["a", "n"]
    assert keys(below(made.root, "a")) == ["b", "next", "a", "x", "id", "y"]
    assert keys(below(made.root, "a", "next:C")) == ["__typename", "id"]


def test_fields_with_one_key_are_one_field_with_all_its_places() -> None:
    made = plan(described(SDL), "{ a { id } ... { a { n: a } } }")

    merged = only(made.root, "a")
    assert [node.loc.start for node in merged.nodes if node.loc] == [2, 17]
    assert keys(merged.shape.scope) == ["id", "n"]


def test_each_type_has_the_fields_that_its_conditions_give_it() -> None:
    made = plan(
        described(SDL),
        "{ node { id ... on A { a } ... on Any { __typename } ... on B { b: a } } any { ... on A { id } } }",
    )

    assert keys(below(made.root, "node:A")) == ["id", "a", "__typename"]
    assert keys(below(made.root, "node:B")) == ["id", "__typename", "b"]
    assert keys(below(made.root, "node:C")) == ["id"]
    assert keys(below(made.root, "any:A")) == ["id"]
    assert keys(below(made.root, "any:B")) == []


def test_a_shape_says_what_a_value_must_become() -> None:
    made = plan(described(SDL), "{ as { id } n }")

    outer = only(made.root, "as").shape
    assert (outer.non_null, outer.lists) == (True, 2)
    assert outer.item is not None
    assert outer.item.item is not None
    assert (outer.item.non_null, outer.item.item.non_null) == (False, True)
    leaf = only(made.root, "n").shape
    assert (leaf.non_null, leaf.lists, leaf.complete is None) == (False, 0, False)


def test_only_mutations_run_their_fields_one_after_the_other() -> None:
    assert plan(described(SDL), "mutation { n }").serial
    assert not plan(described(SDL), "{ n }").serial


def test_a_plan_grows_with_the_text_and_not_with_the_ways_through_the_types() -> None:
    deep = 12
    made = plan(described(SDL), "{ node " + "{ next " * deep + "{ id }" + "}" * deep + "}")

    # A, B and C stand on each level: one scope each, however many ways lead there.
    level = [below(made.root, "node:A", *["next:A"] * depth) for depth in range(deep + 1)]
    for upper, lower in pairwise(level):
        assert only(upper, "next").shape.scopes["A"] is lower
        assert only(below(made.root, "node:B"), "next").shape.scopes == only(level[0], "next").shape.scopes
    assert len({id(scope) for scope in level}) == deep + 1


def test_a_selection_that_stands_in_two_places_is_merged_with_what_stands_beside_it() -> None:
    made = plan(described(SDL), "{ a { ...F } b: a { ...F next { __typename } } } fragment F on A { next { id } }")

    assert keys(below(made.root, "a", "next:A")) == ["id"]
    assert keys(below(made.root, "b", "next:A")) == ["id", "__typename"]


def test_a_plan_cannot_be_changed() -> None:
    made = plan(described(SDL), "{ a { id } }")

    for part, name in ((made, "serial"), (made.root, "fields"), (made.root.fields[0], "key")):
        with pytest.raises(FrozenInstanceError):
            setattr(part, name, None)


def test_a_plan_keeps_nothing_of_the_request_that_it_was_made_for() -> None:
    made = plan(described(SDL), "query ($n: Int) { a { b(n: $n) } }", n=7)

    assert made.core.variable_values == VariableValues({}, {})
    assert made.core.context_value is None


# -- conditions -------------------------------------------------------------------------------------------------------

CONDITIONAL = "query ($x: Boolean!, $y: Boolean!, $n: Int) { n a @include(if: $x) { id @skip(if: $y) b(n: $n) } }"


def test_there_is_one_plan_for_each_choice_of_conditions() -> None:
    schema = described(SDL)
    document, operation = schema.parse(CONDITIONAL)
    planner = schema.engine.prepare(document, operation).planner

    def made(**variables: Any) -> Plan:
        return planner.plan(Variables(schema.schema, operation).coerce(variables))

    assert keys(made(x=False, y=False).root) == ["n"]
    assert keys(below(made(x=True, y=False).root, "a")) == ["id", "b"]
    assert keys(below(made(x=True, y=True).root, "a")) == ["b"]
    assert made(x=True, y=True, n=1) is made(x=True, y=True, n=2)


def test_conditions_without_variables_are_decided_like_all_others() -> None:
    made = plan(described(SDL), "{ n @skip(if: true) x: n @include(if: true) y: n @include(if: true) @skip(if: true) }")

    assert keys(made.root) == ["x"]


def test_variables_of_other_directives_make_no_plans() -> None:
    schema = described(SDL)
    document, operation = schema.parse("query ($with: [Int!]) { n @note(with: $with) }")
    planner = schema.engine.prepare(document, operation).planner

    first, second = (planner.plan(Variables(schema.schema, operation).coerce({"with": given})) for given in ([1], [2]))

    assert first is second


def test_no_more_plans_are_kept_than_were_used_lately() -> None:
    schema = described(SDL)
    names = [f"v{number}" for number in range(6)]
    declared = ", ".join(f"${name}: Boolean!" for name in names)
    document, operation = schema.parse(
        f"query ({declared}) {{ n {' '.join(f'{name}: n @include(if: ${name})' for name in names)} }}"
    )
    planner = schema.engine.prepare(document, operation).planner

    def made(number: int) -> Plan:
        chosen = {name: bool(number >> place & 1) for place, name in enumerate(names)}
        return planner.plan(Variables(schema.schema, operation).coerce(chosen))

    first = [made(number) for number in range(MAX_VARIANTS)]
    assert made(0) is first[0]
    made(MAX_VARIANTS)

    assert made(0) is first[0], "used a moment ago"
    assert made(1) is not first[1], "used longest ago"
    assert made(2**6 - 1).root.fields[-1].key == "v5"


async def test_a_condition_that_is_null_fails_objects_as_far_as_there_are_any() -> None:
    schema = described(SDL, {"Query.a": reads(lambda root: root), "A.id": gives("1")})
    refused = (
        "Argument 'if' has invalid value: Expected variable '$if' provided to non-null type 'Boolean!' not to be None."
    )
    head, null = "query ($if: Boolean = true)", {"if": None}

    some = await schema.run(head + "{ a { id @include(if: $if) } n }", null, root={"n": 1})
    none = await schema.run(head + "{ as { id @skip(if: $if) } }", null, root={"as": []})

    assert outcome(some) == ({"a": None, "n": 1}, [(refused, ["a"])])
    assert outcome(none) == ({"as": []}, [])
    assert schema.engine.fallbacks == 0


async def test_a_condition_of_a_root_field_that_is_null_fails_the_operation() -> None:
    result = await described(SDL).run("query ($if: Boolean = true) { n @skip(if: $if) }", {"if": None})

    assert result.data is None
    assert [error.path for error in result.errors or ()] == [None]


# -- sources ----------------------------------------------------------------------------------------------------------


def test_arguments_without_variables_are_turned_into_keywords_once() -> None:
    turned: list[Any] = []
    source = asks(lambda _parent, **_: 1)
    schema = described(SDL, {"A.b": type(source)(source.resolve, lambda given: turned.append(given) or given)})

    made = plan(schema, "query ($n: Int) { a { b(n: 1) x: b(n: $n) y: b } }", n=2)

    assert [each.constant for each in below(made.root, "a").fields] == [{"n": 1}, None, {}]
    assert turned == [{"n": 1}, {}]


def test_what_fields_use_is_known_for_the_whole_operation() -> None:
    schema = described(
        SDL,
        {
            "A.id": Description(gives("1"), uses={"A": frozenset({"id"})}),
            "A.a": Description(gives(1), uses={"A": frozenset({"a"}), "B": frozenset({"x"})}),
            "A.next": Description(gives(None), uses={"B": None}),
        },
    )

    assert plan(schema, "{ a { id a } }").uses == {"A": {"id", "a"}, "B": {"x"}}
    assert plan(schema, "{ a { next { id } a } }").uses == {"A": {"id", "a"}, "B": None}


def test_a_shortcut_is_taken_where_only_keys_are_asked_for() -> None:
    long, short = asks(lambda parent: parent), gives({"id": "1"})
    schema = described(
        SDL, {"Query.a": Description(long, shortcut=short), "A.id": Description(gives("1"), is_key=True)}
    )

    for text, expected in (("{ a { id x: id __typename } }", short), ("{ a { id a } }", long)):
        assert only(plan(schema, text).root, "a").source is expected


# -- what only graphql-core can take ----------------------------------------------------------------------------------


async def test_required_variables_of_any_type_are_planned() -> None:
    """A value that was coerced, of an enum or a custom scalar, need not be one that could be coerced."""
    schema = described(SDL, {"Query.paint": asks(lambda _parent, colour: colour)})
    enum = schema.schema.type_map["Colour"]
    enum.values["RED"].value = 255  # type: ignore[attr-defined] # an enum's

    assert await schema.data("query ($c: Colour!) { paint(colour: $c) }", {"c": "RED"}) == {"paint": 255}
    assert schema.engine.fallbacks == 0


async def test_a_scalar_that_is_coerced_asynchronously_is_left_to_graphql_core() -> None:
    async def slow(value: object) -> object:
        return value

    schema = described("scalar Slow type Query { slow: Slow n: Int }")
    scalar = schema.schema.type_map["Slow"]
    assert isinstance(scalar, GraphQLScalarType)
    scalar.coerce_output_value = slow

    with pytest.raises(Unplannable, match="Slow"):
        plan(schema, "{ slow }")
    assert await schema.data("{ slow n }", root={"slow": 1, "n": 2}) == {"slow": 1, "n": 2}
    assert schema.engine.fallbacks == 1
    await schema.data("{ n }", root={"n": 2})
    assert schema.engine.fallbacks == 1


async def test_a_fragment_with_variables_of_its_own_is_left_to_graphql_core() -> None:
    schema = described(SDL)
    document = parse(
        "{ ...F(n: 3) } fragment F($n: Int) on Query { paint(colour: RED) @skip(if: true) n }",
        experimental_fragment_arguments=True,
    )
    operation = get_operation_ast(document)
    assert operation is not None

    result = await schema.engine.run(schema.engine.prepare(document, operation), {}, None, {"n": 4})

    assert outcome(result) == ({"n": 4}, [])
    assert schema.engine.fallbacks == 1


async def test_an_operation_of_a_kind_that_the_schema_lacks_is_answered_as_graphql_core_does() -> None:
    schema = described(SDL)
    document = parse("subscription { n }")
    operation = get_operation_ast(document)
    assert operation is not None

    result = await schema.engine.run(schema.engine.prepare(document, operation), {}, None)

    assert result == await run_by_core(schema.schema, document, operation, {}, None)
    assert isinstance(result.errors, list)
    assert isinstance(result.errors[0], GraphQLError)
