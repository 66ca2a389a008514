"""What a caller may have prepared: within the cost, and of the schema no more than it may see."""

from collections.abc import Mapping
from typing import Any

import pytest

from execution.engine import Engine
from execution.variables import VariablesRefused
from persisted_queries.documents import DocumentCache, DocumentRefused, Refusal, prepare_document
from persisted_queries.protection import QueryLimits
from persisted_queries.usage import Called
from schema import graphql_schema
from schema.describe import describe
from schema.target import facts_of
from server.admitting import Admitted
from server.preparing import Preparation

SCHEMA = graphql_schema()
LIMITS = QueryLimits(cost=1_000)
SHELF = """query ($n: Int) { homepage { upcoming(first: 1) { totalCount } }
 functions(first: $n) { nodes { events { nodes { id } } } } }"""


@pytest.fixture(scope="module")
def preparation() -> Preparation:
    engine, documents = Engine(SCHEMA, describe), DocumentCache(SCHEMA, limits=LIMITS)
    return Preparation(engine=engine, documents=documents, facts_of=facts_of, limits=LIMITS)


def refused(preparation: Preparation, text: str, *, introspection: bool = True) -> DocumentRefused:
    with pytest.raises(DocumentRefused) as caught:
        preparation.operation(Admitted(text, None, Called()), None, introspection=introspection)
    return caught.value


def checked(preparation: Preparation, variables: Mapping[str, Any]) -> None:
    operation = preparation.operation(Admitted(SHELF, None, Called()), None, introspection=True)
    preparation.check_cost(operation, variables)


def test_an_operation_is_made_ready_once(preparation: Preparation) -> None:
    one, other = (preparation.operation(Admitted(SHELF, None, Called()), None, introspection=True) for _ in range(2))

    assert one is other


def test_what_an_operation_costs_with_its_variables_has_a_limit_and_the_dearest_field_is_named(
    preparation: Preparation,
) -> None:
    checked(preparation, {"n": 40})

    with pytest.raises(DocumentRefused) as caught:
        checked(preparation, {"n": 60})

    (error,) = caught.value.errors
    assert caught.value.refusal is Refusal.LIMIT
    assert error.extensions == {"limit": "cost", "value": 60 * 21 + 12, "maximum": 1_000}
    assert [(each.line, each.column) for each in error.locations or []] == [(2, 2)]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("{\n __schema { queryType { name } } }", (2, 2)),
        ('{ ...F } fragment F on Query { __type(name: "Event") { name } }', (1, 32)),
    ],
)
def test_the_schema_is_told_only_to_those_who_may_ask(
    preparation: Preparation, text: str, place: tuple[int, int]
) -> None:
    assert preparation.operation(Admitted(text, None, Called()), None, introspection=True)

    refusal = refused(preparation, text, introspection=False)
    assert refusal.refusal is Refusal.INTROSPECTION
    assert [(each.line, each.column) for each in refusal.errors[0].locations or []] == [place]


def test_anyone_may_ask_what_type_something_is(preparation: Preparation) -> None:
    assert preparation.operation(Admitted("{ __typename }", None, Called()), None, introspection=False)


def test_what_was_published_may_ask_for_the_schema(preparation: Preparation) -> None:
    text = "{ __schema { queryType { name } } }"
    published = Admitted(text, prepare_document(SCHEMA, text), Called())

    assert preparation.operation(published, None, introspection=False)


@pytest.mark.parametrize(
    "text",
    [
        "{ function { nam } }",
        "{ functionss { totalCount } }",
        "{ functions(firts: 1) { totalCount } }",
        "{ events(orderBy: { field: EVENT_STARTS }) { totalCount } }",
        "{ node(id: 1) { ... on Evnt { id } } }",
    ],
)
def test_names_are_suggested_only_to_those_who_may_ask_for_the_schema(preparation: Preparation, text: str) -> None:
    assert "Did you mean" in str(refused(preparation, text).errors)
    assert "Did you mean" not in str(refused(preparation, text, introspection=False).errors)


def test_variables_are_no_way_to_learn_names_either(preparation: Preparation) -> None:
    text = "query ($order: EventOrder) { events(orderBy: $order) { totalCount } }"
    operation = preparation.operation(Admitted(text, None, Called()), None, introspection=True)
    told = {}
    for suggestions in (True, False):
        with pytest.raises(VariablesRefused) as caught:
            preparation.variables(operation, {"order": {"field": "EVENT_STARTS"}}, suggestions=suggestions)
        told[suggestions] = "Did you mean" in str(caught.value.errors)

    assert told == {True: True, False: False}
