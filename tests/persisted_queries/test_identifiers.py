"""Which ids a document can have."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from persisted_queries.identifiers import InvalidDocumentId, parse_document_id

HASH = "ab" * 32


@pytest.mark.parametrize(
    "value",
    [
        f"sha256:{HASH}",
        "1f3870be274f6c49b3e31a0c6728957f",
        "da39a3ee5e6b4b0d3255bfef95601890afd80709",
        "FunctionPage",
        f"web~1.4.2~{HASH}",
        "x-acme:anything.goes~here",
        HASH,
    ],
)
def test_every_spelling_of_the_table_is_an_id(value: str) -> None:
    assert str(parse_document_id(value)) == value


def test_only_an_id_that_names_itself_a_hash_is_one() -> None:
    assert parse_document_id(f"sha256:{HASH}").sha256 == HASH
    assert parse_document_id(HASH).sha256 is None
    assert parse_document_id(f"x-sha256:{HASH}").sha256 is None


@pytest.mark.parametrize(
    "value",
    [
        "",
        "a" * 257,
        "sha256:",
        f"sha256:{HASH.upper()}",
        f"sha256:{HASH}0",
        f"SHA256:{HASH}",
        f"md5:{HASH[:32]}",
        ":a",
        "x-:a",
        "x-a:",
        "x-a:b:c",
        "..",
        ".",
        ".env",
        "a..b",
        "../../etc/passwd",
        "a/b",
        "a%2Fb",
        "a b",
        "a\n",
        "é",
        "x-é:a",
    ],
)
def test_what_no_document_can_be_called_is_refused(value: str) -> None:
    with pytest.raises(InvalidDocumentId):
        parse_document_id(value)


@given(st.text(alphabet=st.sampled_from("ax-:.~/%0é\n"), max_size=12) | st.text(max_size=70))
def test_any_text_is_an_id_or_refused(value: str) -> None:
    with suppress(InvalidDocumentId):
        assert parse_document_id(value).value == value
