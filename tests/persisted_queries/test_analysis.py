"""What is known of an operation before it runs, on the schema of this project and beside a plain reckoning."""

import random
from typing import Any

import pytest
from graphql import FieldNode, OperationDefinitionNode, build_schema, parse
from hypothesis import given
from hypothesis import strategies as st

from persisted_queries.analysis import Analysis, FieldFacts, analyse, analysis_of
from persisted_queries.compiling import Candidate, CompiledOperation, Fault, compile_operation
from persisted_queries.costs import MOST, Cost, CostBuilder
from schema.target import target

TREE = build_schema(
    """
    type Query { node: Node all(first: Int, last: Int): [Node!]! pick(ids: [ID!]!): [Thing]! }
    interface Thing { id: ID! }
    type Node implements Thing { id: ID! name: String one: Node many(first: Int = 7): [Node!]! }
    type Leaf implements Thing { id: ID! size: Int secret: String }
    """
)
FACTS = {
    "Query.node": FieldFacts(complexity=1),
    "Query.all": FieldFacts(complexity=1, multipliers=("first", "last"), unstated=20, most=100),
    "Query.pick": FieldFacts(complexity=2, multipliers=("ids",), most=3),
    "Node.one": FieldFacts(complexity=3),
    "Node.many": FieldFacts(complexity=1, multipliers=("first",), unstated=20, most=100),
    "Leaf.size": FieldFacts(complexity=5),
    "Leaf.secret": FieldFacts(permission="STAFF"),
}


def facts(parent: Any, name: str, _definition: Any) -> FieldFacts:
    return FACTS.get(f"{parent.name}.{name}", FieldFacts())


def analysed(text: str) -> Analysis:
    document = parse(text)
    (operation,) = [each for each in document.definitions if isinstance(each, OperationDefinitionNode)]
    return analyse(TREE, facts, document, operation)[0]


@pytest.mark.parametrize(
    ("text", "variables", "cost"),
    [
        ("{ node { name } }", {}, 1),
        ("{ node { one { name } } }", {}, 1 + 3),
        ("{ all { one { id } } }", {}, 20 * (1 + 3)),
        ("{ all(first: 3) { one { id } } }", {}, 3 * (1 + 3)),
        ("{ all(first: null, last: 2) { id } }", {}, 2),
        ("{ node { many { id } } }", {}, 1 + 7),
        ("query($n: Int) { all(first: $n) { id } }", {"n": 5}, 5),
        ("query($n: Int) { all(first: $n) { id } }", {}, 20),
        ("query($n: Int) { all(first: $n) { id } }", {"n": None}, 20),
        ("query($n: Int = 4) { all(first: $n) { many(first: $n) { id } } }", {}, 4 * (1 + 4)),
        ("query($n: Int) { all(first: $n) { id } }", {"n": -5}, 0),
        ('{ pick(ids: ["a", "b"]) { ... on Leaf { size } ... on Node { one { id } } } }', {}, 2 * (2 + 5)),
        ('{ pick(ids: "a") { id } }', {}, 2),
        ("query($ids: [ID!]!) { pick(ids: $ids) { id } }", {"ids": ["a", "b", "c"]}, 6),
        ("{ node { ...A ...A } } fragment A on Node { one { id } }", {}, 1 + 3),
        ("{ node { one { id } one { name } other: one { id } } }", {}, 1 + 3 + 3),
        ("{ __schema { types { name } } __typename }", {}, 0),
        # A value costs nothing, but under another name it does.
        ("{ all(first: 3) { id id name a: __typename } }", {}, 3),
        ("{ all(first: 3) { id a: id b: id name c: name d: __typename __typename } }", {}, 3 * (1 + 4)),
        ("{ all(first: 3) { ...A b: id } } fragment A on Node { id a: id }", {}, 3 * (1 + 2)),
    ],
)
def test_a_cost_is_a_function_of_the_variables(text: str, variables: dict[str, Any], cost: int) -> None:
    assert analysed(text).cost.of(variables) == cost


def test_depth_and_breadth_are_those_of_the_answer() -> None:
    told = analysed("{ node { id name one { ...F } } } fragment F on Node { a: id b: id c: id d: id one { id } }")

    assert (told.depth, told.breadth) == (4, 5)


def test_fields_and_permissions_are_those_of_the_objects_that_may_come() -> None:
    told = analysed('{ pick(ids: ["a"]) { id ... on Leaf { secret } } }')

    assert told.fields == ("Leaf.id", "Leaf.secret", "Node.id", "Query.pick")
    assert told.permissions == {"STAFF": ("Leaf.secret",)}


def test_variables_that_multiply_have_limits() -> None:
    told = analysed("query($n: Int, $ids: [ID!]!) { all(first: $n) { many(first: $n) { id } } pick(ids: $ids) { id } }")

    assert told.limits == {"n": 100, "ids": 3}
    assert told.broken_limits({"n": 100, "ids": ["a"]}) == []
    assert told.broken_limits({"n": None}) == []
    assert list(map(str, told.broken_limits({"n": 101, "ids": ["a"] * 4}))) == [
        "`$ids` comes to 4; it may be 3 at most.",
        "`$n` comes to 101; it may be 100 at most.",
    ]


def test_what_fragments_repeat_is_measured_once_and_ends_at_the_most() -> None:
    fragments = "".join(
        f" fragment F{n} on Node {{ a: many(first: 99) {{ ...F{n + 1} }} b: many(first: 99) {{ ...F{n + 1} }} }}"
        for n in range(40)
    )
    told = analysed("{ node { ...F0 } }" + fragments + " fragment F40 on Node { id }")

    assert told.cost.of({}) == MOST
    assert len(told.cost.steps) < 200


_SELECTIONS = st.recursive(
    st.sampled_from(["id", "name"]),
    lambda inner: st.tuples(
        st.sampled_from(["one", "many", "many(first: 2)", "many(first: $n)", "many(first: $m)"]),
        st.lists(inner, min_size=1, max_size=3),
    ).map(lambda each: f"{each[0]} {{ {' '.join(each[1])} }}"),
    max_leaves=12,
)


def _aliased(selection: str) -> str:
    """Every field under a key of its own, so that nothing is merged."""
    words, number = [], random.Random(1)
    for word in selection.split():
        bare = word[0].isalpha() and word.split("(")[0] in {"id", "name", "one", "many"}
        words.append(f"k{number.getrandbits(60):x}: {word}" if bare else word)
    return " ".join(words)


def _reckoned(node: FieldNode, variables: dict[str, Any]) -> int:
    inner = (
        [each for each in node.selection_set.selections if isinstance(each, FieldNode)] if node.selection_set else []
    )
    leaves = [each.name.value for each in inner if each.selection_set is None]
    below = sum(_reckoned(each, variables) for each in inner) + len(leaves) - len(set(leaves))
    name = node.name.value
    if name != "many":
        return {"one": 3, "node": 1}.get(name, 0) + below
    if not node.arguments:
        return 7 * (1 + below)
    value = node.arguments[0].value
    times = int(value.value) if hasattr(value, "value") else variables.get(value.name.value)
    if times is None:
        times = 4 if value.name.value == "m" and "m" not in variables else 20
        times = 7 if value.name.value == "n" and "n" not in variables else times
    return times * (1 + below)


@given(
    st.lists(_SELECTIONS, min_size=1, max_size=3),
    st.fixed_dictionaries({}, optional={name: st.none() | st.integers(0, 100) for name in ("n", "m")}),
)
def test_a_cost_is_what_a_plain_reckoning_comes_to(selections: list[str], variables: dict[str, Any]) -> None:
    text = f"query($n: Int, $m: Int = 4) {{ node {{ {_aliased(' '.join(selections))} }} }}"
    document = parse(text)
    (operation,) = [each for each in document.definitions if isinstance(each, OperationDefinitionNode)]

    told = analyse(TREE, facts, document, operation)[0]

    root = operation.selection_set.selections[0]
    assert isinstance(root, FieldNode)
    assert told.cost.of(variables) == min(_reckoned(root, variables), MOST)
    assert analysis_of(told.to_json()) == told


@given(st.data())
def test_building_a_cost_changes_nothing_of_its_value(data: st.DataObject) -> None:
    builder, plain = CostBuilder(), []
    steps: list[int] = []
    for _ in range(data.draw(st.integers(1, 15))):
        kind = data.draw(st.sampled_from(["number", "variable", "sum", "product", "greatest"] if steps else ["number"]))
        chosen = [data.draw(st.integers(0, len(steps) - 1)) for _ in range(2)] if steps else []
        values = [plain[each] for each in chosen]
        operands = [steps[each] for each in chosen]
        if kind == "number":
            number = data.draw(st.integers(0, 1000))
            steps.append(builder.number(number))
            plain.append(number)
        elif kind == "variable":
            steps.append(builder.variable("n", 1, 2))
            plain.append(9)
        elif kind == "product":
            steps.append(builder.product(*operands))
            plain.append(min(values[0] * values[1], MOST))
        else:
            steps.append(builder.sum(operands) if kind == "sum" else builder.greatest(operands))
            plain.append(min(sum(values) if kind == "sum" else max(values), MOST))

    for step, value in zip(steps, plain, strict=True):
        assert builder.build(step).of({"n": 9}) == value


def test_a_cost_knows_its_variables() -> None:
    assert Cost((("number", 3),)).variables == ()
    assert analysed("query($n: Int) { all(first: $n) { id } }").cost.variables == ("n",)


def compiled(text: str, public_id: str = "Example", **more: Any) -> CompiledOperation | list[Fault]:
    return compile_operation(target(), Candidate(public_id, text, **more))


def test_an_operation_is_compiled_against_the_schema() -> None:
    told = compiled("query Example { functions(first: 3) { nodes { name } totalCount } }")

    assert isinstance(told, CompiledOperation)
    assert (told.name, told.kind) == ("Example", "query")
    assert told.analysis.cost.of({}) == 3 * (1 + 10)


@pytest.mark.parametrize(
    ("text", "line", "column", "message"),
    [
        ("query {", 1, 8, "Syntax Error"),
        ("query A {\n  nope\n}", 2, 3, "Cannot query field 'nope'"),
        ("query A { functions(first: 101) { totalCount } }", 1, 28, "may be 100 at most"),
        ("query A { __typename } query B { __typename }", None, None, "has 2 operations"),
        ("fragment F on Function { id }", 1, 1, "never used"),
    ],
)
def test_a_fault_says_where_it_is(text: str, line: int | None, column: int | None, message: str) -> None:
    faults = compiled(text, file="a.graphql")

    assert isinstance(faults, list)
    assert (faults[0].line, faults[0].column, faults[0].file) == (line, column, "a.graphql")
    assert message in faults[0].message
    assert str(faults[0]).startswith("a.graphql:")


@pytest.mark.parametrize("public_id", ["", "../x", "a b", "x" * 301, "md5:abc", "sha256:" + "0" * 64])
def test_an_id_that_cannot_be_is_a_fault(public_id: str) -> None:
    assert isinstance(compiled("{ __typename }", public_id), list)


def test_an_operation_that_its_manifest_calls_otherwise_is_a_fault() -> None:
    faults = compiled("query A { __typename }", name="B")

    assert isinstance(faults, list)
    assert "'B'" in faults[0].message
