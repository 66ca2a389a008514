"""What the generator draws: valid operations, with all that makes executing them difficult."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from random import Random

import pytest
from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLObjectType,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    build_schema,
    parse,
    validate,
)

from tests.execution.differential.nasty import SUGGESTIONS, nasty_schema
from tests.execution.differential.operations import Bounds, Catalogue, Operation, generate
from tests.execution.differential.values import Suggestions

BOUNDS = Bounds(depth=5, selections=24)
FEATURES = {
    "a mutation": r"mutation ",
    "a subscription": r"subscription ",
    "a named fragment": r"fragment F0 on",
    "a fragment that is spread twice": r"(?s)\.\.\.F0.*\.\.\.F0",
    "a fragment in a fragment": r"fragment F\d+ on \w+ [^@]*\.\.\.F",
    "an inline fragment with a type condition": r"\.\.\. on \w+",
    "an inline fragment without one": r"\.\.\. ?(@|\{)",
    "a field that is selected twice": r"[{,\s](\w+) \1[ }]",
    "an alias": r"\w: \w",
    "an alias that is another field's name": r"\bid: [a-hj-z]",
    "a condition by a variable": r"@include\(if: \$",
    "both conditions": r"@include\(if: [$\w]+\) @skip",
    "a directive of the schema's own": r"@mark",
    "a variable with a default": r"\$\w+: [\w!\[\]]+ = ",
    "a variable in a list": r"\[[^\]:]*\$",
    "a variable in an input object": r"\{(\w+: [^{}]*)?\w+: \$",
    "introspection": r"__(schema|type)\b",
}


@cache
@cache
def many() -> Sequence[Operation]:
    """A thousand operations, which many tests look at."""
    return drawn(range(1_000))


def drawn(seeds: range, requests: int = 1) -> list[Operation]:
    catalogue = Catalogue(nasty_schema())
    return [generate(catalogue, Random(seed), SUGGESTIONS, BOUNDS, requests) for seed in seeds]


def test_a_seed_is_an_operation() -> None:
    assert drawn(range(50), 2) == drawn(range(50), 2)


def test_operations_are_valid_but_for_a_few() -> None:
    """Introspection may be nested deeper than validation allows."""
    faults = Counter(error.message for each in many() for error in validate(nasty_schema(), parse(each.text))[:1])

    assert set(faults) <= {"Maximum introspection depth exceeded"}
    assert faults.total() < 20


@pytest.mark.parametrize("feature", FEATURES)
def test_operations_have(feature: str) -> None:
    found = sum(re.search(FEATURES[feature], each.text) is not None for each in many())

    assert found > 9, f"{found} of 1,000 operations"


def test_every_field_of_the_schema_is_selected() -> None:
    selected = Counter(name for each in drawn(range(2_000)) for name in re.findall(r"\w+", each.text))

    fields = {
        name
        for kind in nasty_schema().type_map.values()
        if isinstance(kind, GraphQLObjectType) and not kind.name.startswith("__")
        for name in kind.fields
    }
    assert len(fields) > 160
    assert {name for name in fields if selected[name] < 10} == set()


def test_variables_are_absent_null_and_of_the_wrong_kind_now_and_then() -> None:
    operations = drawn(range(3_000), 2)
    given = [(each, request) for each in operations for request in each.variables]

    assert sum(None in request.values() for _, request in given) > 50
    assert sum("$v0" in each.text and "v0" not in request for each, request in given) > 50
    assert sum({} in request.values() or -1 in request.values() for _, request in given) > 2


def test_operations_keep_within_their_bounds() -> None:
    sizes, depths = [], []
    for each in drawn(range(500)):
        document = parse(each.text, no_location=True)
        fragments = {one.name.value: one for one in document.definitions if isinstance(one, FragmentDefinitionNode)}
        for one in document.definitions:
            if isinstance(one, OperationDefinitionNode):
                size, depth = measured(one.selection_set, fragments)
                sizes.append(size)
                depths.append(depth)

    assert max(depths) == BOUNDS.depth + 1, "a leaf below the deepest object"
    assert max(sizes) < 4 * BOUNDS.selections, "what is begun is finished"
    assert BOUNDS.selections / 4 < sum(sizes) / len(sizes) < BOUNDS.selections


def measured(selection_set: SelectionSetNode, fragments: Mapping[str, FragmentDefinitionNode]) -> tuple[int, int]:
    """How many fields a selection set has once all fragments are spread, and how many levels."""
    size = depth = 0
    for each in selection_set.selections:
        below = fragments[each.name.value] if isinstance(each, FragmentSpreadNode) else each
        assert isinstance(below, FieldNode | InlineFragmentNode | FragmentDefinitionNode), "of every kind"
        level = isinstance(below, FieldNode)
        inner = measured(below.selection_set, fragments) if below.selection_set else (0, 0)
        size += inner[0] + level
        depth = max(depth, inner[1] + level)
    return size, depth


def test_any_schema_will_do() -> None:
    schema = build_schema("type Query { a(b: [Int!]! = [1]): Query c: Int }")
    catalogue = Catalogue(schema)

    for seed in range(200):
        operation = generate(catalogue, Random(seed), Suggestions(), Bounds(3, 10), 1)
        assert not validate(schema, parse(operation.text)), operation.text
