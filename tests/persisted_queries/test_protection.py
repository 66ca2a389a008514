"""What a document may ask for: every limit to the one, with its place; and nothing hostile takes long to refuse."""

import time
from collections.abc import Callable, Mapping

import pytest
from graphql import get_introspection_query, parse

from persisted_queries.analysis import analyse
from persisted_queries.documents import DocumentRefused, Refusal, prepare_document
from persisted_queries.protection import QueryLimits, excess_of, introspection_in
from schema.target import target
from tests.plugins.measuring import least

LIMITS = QueryLimits(depth=4, breadth=5, fields=12, root_fields=3, aliases=2, directives=2)


def excess(text: str, limits: QueryLimits = LIMITS) -> tuple[str, int, tuple[int, int]] | None:
    """Which limit a text is beyond, by which value, and where."""
    found = excess_of(parse(text), limits)
    if found is None:
        return None
    (place,) = found.error().locations or []
    return found.limit, found.value, (place.line, place.column)


@pytest.mark.parametrize(
    ("within", "beyond", "told"),
    [
        ("{ a { b { c { d } } } }", "{ a { b { c {\n d { e } } } } }", ("depth", 5, (2, 6))),
        ("{ a { b c d e f } }", "{ a\n { b c d e f g } }", ("breadth", 6, (2, 2))),
        (
            "{ a { b { c d e f } g { h i j k l } } }",
            "{ z\na { b { c d e f } g { h i j k l } } }",
            ("fields", 13, (2, 1)),
        ),
        ("{ a b c }", "query Q\n{ a b c d }", ("rootFields", 4, (2, 1))),
        ("{ a: x b: x }", "{ a: x b: x\nc: x }", ("aliases", 3, (2, 1))),
        ("{ a @b c @d }", "{ a @b c @d\n@e }", ("directives", 3, (2, 1))),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_a_document_may_have_so_much_and_not_one_more_and_is_told_where(
    within: str, beyond: str, told: tuple[str, int, tuple[int, int]]
) -> None:
    assert excess(within) is None
    assert excess(beyond) == told


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{ a { ...F } } fragment F on T { b { ...G } } fragment G on T { c { d {\ne } } }", ("depth", 5, (2, 1))),
        ("{ a { ...F\n ...F ...F } } fragment F on T { b c }", ("breadth", 6, (1, 5))),
        ("{ ...F ...F } fragment F on Q { a b }", ("rootFields", 4, (1, 1))),
        ("{ a ...{ b { ...F } } } fragment F on T { c { d {\n e { f } } } }", ("depth", 5, (2, 6))),
        ("{ x } fragment F on T { a: x b: x\nc: x }", ("aliases", 3, (2, 1))),
        ("query ($v: Int @a) @b { x\n@c }", ("directives", 3, (2, 1))),
    ],
    ids=["depth", "breadth", "root fields", "inline fragments", "unused fragments", "directives of an operation"],
)
def test_fragments_count_where_they_are_spread(text: str, told: tuple[str, int, tuple[int, int]]) -> None:
    assert excess(text) == told


def test_the_refusal_names_the_limit_the_value_and_what_may_be() -> None:
    found = excess_of(parse("{ a b c d }"), LIMITS)

    assert found is not None
    assert found.error().message == "The document has 4 fields at the root of one operation; there may be 3."
    assert found.error().extensions == {"limit": "rootFields", "value": 4, "maximum": 3}


@pytest.mark.parametrize(
    "text", ["{ ...A } fragment A on Q { ...A }", "{ ...A }", "{ ...A } fragment A on Q { a { ...A } }"]
)
def test_what_validation_refuses_is_left_to_it(text: str) -> None:
    assert excess(text) is None


def test_the_query_that_tools_ask_the_schema_with_is_within_the_limits() -> None:
    whole = get_introspection_query(
        specified_by_url=True, directive_is_repeatable=True, schema_description=True, input_value_deprecation=True
    )

    assert prepare_document(target().schema, whole, QueryLimits()).introspection is not None


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("{ __typename }", None),
        ("{ a {\n __typename } }", None),
        ("{\n __schema { queryType { name } } }", (2, 2)),
        ('{ ...F } fragment F on Query {\n ... on Query { __type(name: "A") { name } } }', (2, 17)),
    ],
)
def test_it_is_known_where_a_document_asks_for_the_schema(text: str, place: tuple[int, int] | None) -> None:
    node = introspection_in(parse(text))

    assert (node and node.loc and (node.loc.start_token.line, node.loc.start_token.column)) == place


# -- hostile documents ------------------------------------------------------------------------------------------------


def many(count: int, each: Callable[[int], str]) -> str:
    return " ".join(map(each, range(count)))


def doubling(levels: int, company: int | None = None) -> str:
    """Fragments each of which spreads the next one twice."""

    def others(level: int) -> str:
        return "" if company is None else f"...F{max(level + 1, company)}"

    def below(level: int) -> str:
        return f"events {{ nodes {{ function {{ ...F{level + 1} {others(level)} }} }} }}"

    fragments = many(levels, lambda level: f"fragment F{level} on Function {{ a: {below(level)} b: {below(level)} }}")
    return f"{{ functions {{ nodes {{ ...F0 }} }} }} {fragments} fragment F{levels} on Function {{ id }}"


TYPE = "fragment T on __Type { name fields { name args { name type { name } } type { name ofType { name } } } }"
HOSTILE: Mapping[str, str] = {
    "aliases of a field": "{" + many(900, lambda n: f"a{n}: functions {{ totalCount }}") + "}",
    "aliases of a leaf": "{" + many(1500, lambda n: f"a{n}: __typename") + "}",
    "as many aliases as there may be": "{"
    + many(30, lambda n: f"a{n}: functions {{ b: totalCount c: totalCount }}")
    + "}",
    "one field again and again": "{" + "__typename " * 2700 + "}",
    "one field again and again below": "{" + ("functions { " + "totalCount " * 190 + "} ") * 9 + "}",
    "directives": "{ __typename " + "@include(if: true) " * 420 + "}",
    "directives that are not": "{ __typename " + "@a " * 1400 + "}",
    "inline fragments in each other": "{" + "... on Query {" * 400 + "__typename" + "}" * 401,
    "inline fragments side by side": "{" + "... { __typename } " * 700 + "}",
    "fragments that double": doubling(10),
    "fragments that double often": doubling(25),
    "fragments that double in shifting company": doubling(20, company=19),
    "a ring of fragments": "{ ...F0 }" + many(350, lambda n: f"fragment F{n} on Query {{ ...F{(n + 1) % 350} }}"),
    "rings of fragments": "{ ...F0 }"
    + many(30, lambda n: f"fragment F{n} on Query {{ {many(30, lambda m: f'...F{m}')} }}"),
    "a comment": "#" + "x" * 29_900 + "\n{ __typename }",
    "comments": "#\n" * 14_900 + "{ __typename }",
    "commas": "," * 29_900 + "{ __typename }",
    "fields to merge": "{" + "functions { nodes { id name } } " * 330 + "}",
    "fields to merge with arguments": "{" + "functions(first: 1) { nodes { id } } " * 240 + "}",
    "fields to merge in depth": "{" + "functions { nodes { events { nodes { id } } } } " * 180 + "}",
    "fragments to merge": "{ functions { nodes {"
    + many(100, lambda n: f"...F{n}")
    + "} } }"
    + many(100, lambda n: f"fragment F{n} on Function {{ events {{ nodes {{ id ...G }} }} name }}")
    + "fragment G on Event { id }",
    "fragments that do not merge": "{"
    + many(150, lambda n: f"...F{n}")
    + "}"
    + many(150, lambda n: f"fragment F{n} on Query {{ functions(first: {n}) {{ nodes {{ id }} }} }}"),
    "braces": "{" + "a {" * 7000 + "a" + "}" * 7001,
    "brackets": "{ nodes(ids: " + "[" * 14_000 + "]" * 14_000 + ") { id } }",
    "a long list": "{ nodes(ids: [" + '"a" ' * 2900 + "]) { id } }",
    "variables": "query (" + many(700, lambda n: f"$v{n}: Int") + ") { __typename }",
    "operations": many(560, lambda n: f"query Q{n} {{ __typename }}"),
    "names that are not": "{" + many(190, lambda n: f"functionss{n}") + "}",
    "arguments that are not": "{ functions(" + many(700, lambda n: f"firsst{n}: 1") + ") { totalCount } }",
    "values that are not": "{"
    + many(30, lambda n: f"a{n}: events(orderBy: {{ fieldd: STARTT }}) {{ totalCount }}")
    + "}",
    "introspection under many names": "{" + many(30, lambda n: f"a{n}: __schema {{ types {{ ...T }} }}") + "}" + TYPE,
    "introspection side by side": "{ __schema {" + many(90, lambda n: f"a{n}: types {{ ...T }}") + "} }" + TYPE,
    "introspection in depth": "{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }",
    "a long string": '{ function(slug: "' + "x" * 29_000 + '") { id } }',
    "a long block string": '{ function(slug: """' + "\n x" * 9_000 + '""") { id } }',
    "a long number": "{ functions(first: " + "9" * 29_000 + ") { totalCount } }",
    "a costly page": "{ functions(first: 100) { nodes { events(first: 100) { nodes { totalCount } } } } }",
}


@pytest.mark.quiet
@pytest.mark.parametrize("name", HOSTILE)
def test_no_document_below_30_kb_takes_100_ms_to_be_prepared_or_refused(name: str) -> None:
    text, aim = HOSTILE[name], target()
    assert len(text.encode()) < 30_000

    def prepare(_: int) -> float:
        began = time.thread_time()
        try:
            prepared = prepare_document(aim.schema, text, QueryLimits())
        except DocumentRefused as refused:
            assert refused.errors  # noqa: PT017 - either way may end
        else:
            for operation in prepared.operations.values():
                analyse(aim.schema, aim.facts_of, prepared.document, operation)
        return time.thread_time() - began

    assert least(prepare, 0.1) < 0.1


def test_too_many_tokens_are_refused_before_they_are_read() -> None:
    with pytest.raises(DocumentRefused) as refused:
        prepare_document(target().schema, "{" + "__typename " * 3000 + "}", QueryLimits())

    assert refused.value.refusal is Refusal.LIMIT
    (error,) = refused.value.errors
    assert error.extensions == {"limit": "tokens", "value": 3001, "maximum": 3000}
    assert error.locations
