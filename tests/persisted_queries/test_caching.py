"""For how long an answer may be kept."""

import pytest

from persisted_queries.caching import NO_HINT, CacheHint, cache_hint
from persisted_queries.compiling import Target
from persisted_queries.documents import prepare_document
from tests.plugins.hints import target_of

SCHEMA = """
    directive @keep(age: Int!) on FIELD_DEFINITION
    directive @need(permission: String!) on FIELD_DEFINITION
    type Query { shop: Shop @keep(age: 60) thing: Thing @keep(age: 30) me: Shop }
    type Mutation { buy: Shop @keep(age: 60) }
    interface Thing { name: String }
    type Shop implements Thing { name: String stock: Int @keep(age: 5) till: Int @need(permission: "STAFF") }
    type Coupon implements Thing { name: String @keep(age: 10) }
"""


@pytest.fixture(scope="module")
def target() -> Target:
    return target_of(SCHEMA)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("{ shop { name } }", CacheHint(60)),
        ("{ shop { name stock } }", CacheHint(5)),
        ("{ shop { name } thing { __typename } }", CacheHint(30)),
        ("{ shop { ...F } } fragment F on Shop { stock }", CacheHint(5)),
        ("query ($no: Boolean!) { shop { name stock @include(if: $no) } }", CacheHint(5)),
        ("{ thing { name } }", CacheHint(10)),
        ("{ thing { ... on Shop { name } } }", CacheHint(30)),
        ("{ me { name } }", CacheHint(0)),
        ("{ shop { name } me { name } }", CacheHint(0)),
        ("{ shop { till } }", CacheHint(60, private=True)),
        ("{ __typename }", NO_HINT),
        ("{ __schema { types { name } } }", NO_HINT),
        ("mutation { buy { name } }", NO_HINT),
    ],
)
def test_the_least_of_all_fields_counts(target: Target, text: str, hint: CacheHint) -> None:
    document = prepare_document(target.schema, text)

    assert cache_hint(target, document, document.operation(None)) == hint
