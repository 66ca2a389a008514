"""The schema of an answer holds its fields and no others, as far as can be said before the operation runs."""

from typing import Any

import pytest
from graphql import OperationDefinitionNode, build_schema, parse, validate
from jsonschema import Draft202012Validator

from persisted_queries.json_schema.results import MOST_OBJECTS, result_schema, root_fields

SCHEMA = build_schema("""
    type Query { thing: Thing, things: [Thing!]!, colour: Colour!, cat: Cat, "What it costs." price: Day }
    enum Colour { RED, GREEN }
    scalar Day
    interface Thing { id: ID!, next: Thing }
    type Cat implements Thing { id: ID!, next: Thing, lives: Int! }
    type Cup implements Thing { id: ID!, next: Thing, full: Boolean @deprecated(reason: "Look.") }
""")


def schema_of(text: str) -> dict[str, Any]:
    document = parse(text)
    assert validate(SCHEMA, document) == []
    operation = next(node for node in document.definitions if isinstance(node, OperationDefinitionNode))
    schema = result_schema(SCHEMA, document, operation, {"Day": {"type": "string"}})
    Draft202012Validator.check_schema(schema)
    return schema


def allows(text: str, data: Any) -> bool:
    return Draft202012Validator(schema_of(text)).is_valid(data)


@pytest.mark.parametrize(
    ("text", "right", "wrong"),
    [
        ("{ cat { id } }", [{"cat": None}, {"cat": {"id": "1"}}], [{}, {"cat": {}}, {"cat": {"id": 1}}]),
        ("{ cat { id } }", [], [{"cat": {"id": "1", "lives": 9}}, {"cat": {"id": "1"}, "colour": "RED"}]),
        ("{ c: colour }", [{"c": "RED"}], [{"c": "BLUE"}, {"c": None}, {"colour": "RED"}]),
        ("{ price }", [{"price": "1"}, {"price": None}], [{"price": 1}]),
        ("{ things { id } }", [{"things": []}, {"things": [{"id": "1"}]}], [{"things": [None]}, {"things": None}]),
        (
            "query Q($x: Boolean!) { cat { id lives @include(if: $x) } }",
            [{"cat": {"id": "1"}}, {"cat": {"id": "1", "lives": 9}}],
            [{"cat": {"lives": 9}}],
        ),
        (
            "query Q($x: Boolean!) { cat @skip(if: $x) { id } cat { lives } }",
            [{"cat": {"lives": 9}}, {"cat": {"id": "1", "lives": 9}}],
            [{"cat": {"id": "1"}}, {}],
        ),
        ("{ cat { id lives @skip(if: true) } }", [{"cat": {"id": "1"}}], [{"cat": {"id": "1", "lives": 9}}]),
        (
            "query Q($x: Boolean!) { cat { ...F @include(if: $x) ...F } } fragment F on Cat { lives }",
            [{"cat": {"lives": 9}}],
            [{"cat": {}}],
        ),
        (
            "{ thing { __typename id ... on Cat { lives } } }",
            [{"thing": {"__typename": "Cat", "id": "1", "lives": 9}}, {"thing": {"__typename": "Cup", "id": "1"}}],
            [{"thing": {"__typename": "Cat", "id": "1"}}, {"thing": {"__typename": "Dog", "id": "1"}}],
        ),
        (
            "{ thing { ... on Cat { lives } ... on Thing { next { id } } } }",
            [{"thing": {"next": None}}, {"thing": {"lives": 9, "next": {"id": "1"}}}],
            [{"thing": {"lives": 9}}],
        ),
    ],
)
def test_it_allows_the_answers_that_there_may_be(text: str, right: list[Any], wrong: list[Any]) -> None:
    assert [data for data in right if not allows(text, data)] == []
    assert [data for data in wrong if allows(text, data)] == []


def test_types_are_told_apart_by_typename_wherever_that_is_selected() -> None:
    told = schema_of("{ thing { kind: __typename } }")["properties"]["thing"]["anyOf"][0]
    untold = schema_of("{ thing { id } }")["properties"]["thing"]["anyOf"][0]

    assert [each["properties"]["kind"] for each in told["oneOf"]] == [{"const": "Cat"}, {"const": "Cup"}]
    assert [each["title"] for each in untold["anyOf"]] == ["Cat", "Cup"]


def test_descriptions_and_deprecations_come_along() -> None:
    schema = schema_of("{ price thing { ... on Cup { full } } }")

    cup = schema["properties"]["thing"]["anyOf"][0]["anyOf"][1]
    assert schema["properties"]["price"]["description"] == "What it costs."
    assert cup["properties"]["full"] == {"type": ["boolean", "null"], "deprecated": True}


def test_fragments_that_would_double_with_every_level_are_cut() -> None:
    levels = 12
    fragments = [
        f"fragment F{level} on Thing {{ a: next {{ ...F{level + 1} }} b: next {{ ...F{level + 1} }} }}"
        for level in range(levels)
    ]
    text = "\n".join(["{ thing { ...F0 } }", *fragments, f"fragment F{levels} on Thing {{ id }}"])

    shown = str(schema_of(text))

    assert shown.count("'title'") <= MOST_OBJECTS
    assert "Too large" in shown


def test_root_fields_are_found_through_fragments() -> None:
    text = "query Q($x: Boolean!) { a: colour ...R } fragment R on Query { cat @skip(if: $x) { id } ... { a: colour } }"
    document = parse(text)
    operation = document.definitions[0]
    assert isinstance(operation, OperationDefinitionNode)

    found = root_fields(SCHEMA, document, operation)

    assert found == {"a": ("colour", False), "cat": ("cat", True)}
