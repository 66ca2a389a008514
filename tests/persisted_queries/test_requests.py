"""Every spelling of "which document" comes to one value, or is refused by name."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from persisted_queries.identifiers import DocumentId, sha256_of
from persisted_queries.refusals import DocumentRequestRefused, Reason
from persisted_queries.requests import Address, DocumentRequest, read_address, read_document_request

TEXT = "{ homepage { upcoming { name } } }"
HASH = sha256_of(TEXT)
ID = DocumentId(f"sha256:{HASH}")


def apq(hash_: object = HASH, version: object = 1) -> dict[str, Any]:
    return {"persistedQuery": {"version": version, "sha256Hash": hash_}}


def read(extensions: dict[str, Any] | None = None, address_id: DocumentId | None = None, **members: object) -> Any:
    return read_document_request(members, extensions or {}, address_id)


def reason_of(
    extensions: dict[str, Any] | None = None, address_id: DocumentId | None = None, **members: object
) -> Reason:
    with pytest.raises(DocumentRequestRefused) as refused:
        read(extensions, address_id, **members)
    return refused.value.reason


def test_a_text_is_read() -> None:
    assert read(query=TEXT) == DocumentRequest(text=TEXT)


@pytest.mark.parametrize("member", ["documentId", "doc_id", "id"])
def test_an_id_is_read_under_each_of_its_names(member: str) -> None:
    assert read(**{member: ID.value}) == DocumentRequest(id=ID)
    assert read(**{member: ID.value, "query": ""}) == DocumentRequest(id=ID)
    assert read(**{member: None}).is_empty


def test_the_same_id_under_several_names_is_one() -> None:
    assert read(address_id=ID, documentId=ID.value, id=ID.value) == DocumentRequest(id=ID)
    assert reason_of(documentId=ID.value, id="other") is Reason.INVALID_ID
    assert reason_of(address_id=ID, id="other") is Reason.INVALID_ID


def test_a_hash_is_read_with_its_text_or_without() -> None:
    assert read(apq()) == DocumentRequest(hash=HASH)
    assert read(apq(), query=TEXT) == DocumentRequest(text=TEXT, hash=HASH)
    assert read(apq(version=1.0)) == DocumentRequest(hash=HASH)
    assert read({"persistedQuery": None}, query=TEXT) == DocumentRequest(text=TEXT)


def test_an_id_goes_before_a_hash() -> None:
    assert read(apq(), documentId="Home") == DocumentRequest(id=DocumentId("Home"))


def test_a_hash_without_text_is_looked_for_among_published_ids_too() -> None:
    assert read(apq()).ids == (ID, DocumentId(HASH))
    assert read(documentId="Home").ids == (DocumentId("Home"),)
    assert read(apq(), query=TEXT).ids == ()


def test_a_hash_that_is_not_the_texts_is_refused() -> None:
    assert reason_of(apq(), query=TEXT + " ") is Reason.HASH_MISMATCH


@pytest.mark.parametrize("version", [0, 2, "1", None, True])
def test_only_version_1_is_read(version: object) -> None:
    with pytest.raises(DocumentRequestRefused, match=r"^Unsupported persisted query version$") as refused:
        read(apq(version=version), query=TEXT)

    assert refused.value.reason is Reason.VERSION_NOT_SUPPORTED


@pytest.mark.parametrize(
    "extension", ["x", 1, [], {"version": 1}, apq(HASH.upper())["persistedQuery"], apq(1)["persistedQuery"]]
)
def test_a_malformed_hash_is_refused(extension: object) -> None:
    assert reason_of({"persistedQuery": extension}) in {Reason.MALFORMED, Reason.VERSION_NOT_SUPPORTED}


def test_both_an_id_and_a_text_are_refused_unless_they_are_the_same_by_hash() -> None:
    assert reason_of(documentId="Home", query=TEXT) is Reason.ID_AND_TEXT
    assert reason_of(address_id=ID, query=TEXT) is Reason.ID_AND_TEXT
    assert reason_of(apq(), documentId="Home", query=TEXT) is Reason.ID_AND_TEXT
    assert read(apq(), documentId=ID.value, query=TEXT) == DocumentRequest(text=TEXT, hash=HASH)


def test_an_id_of_another_type_or_shape_is_refused() -> None:
    assert reason_of(id=[]) is Reason.MALFORMED
    assert reason_of(documentId="") is Reason.INVALID_ID
    assert reason_of(documentId="md5:abc") is Reason.INVALID_ID


def test_an_address_has_an_id_and_perhaps_the_name_of_an_operation() -> None:
    assert read_address("") == Address()
    assert read_address("Home") == Address(DocumentId("Home"))
    assert read_address(f"{ID}/Home") == Address(ID, "Home")


@pytest.mark.parametrize("rest", ["../x", "a/", "a/b/c", "a/1", "/a", "a b", "..", "md5:x/Home"])
def test_another_address_is_refused(rest: str) -> None:
    with pytest.raises(DocumentRequestRefused) as refused:
        read_address(rest)

    assert refused.value.reason is Reason.INVALID_ID


_value = st.sampled_from([TEXT, HASH, ID.value, "", "Home", None, 1, True, [], {}]) | st.text(max_size=6)
_extension = _value | st.fixed_dictionaries(
    {}, optional={"version": st.sampled_from([1, 2, "1", True, None]), "sha256Hash": _value}
)


@given(
    st.fixed_dictionaries({}, optional=dict.fromkeys(("query", "documentId", "doc_id", "id"), _value)),
    st.fixed_dictionaries({}, optional={"persistedQuery": _extension}),
)
def test_anything_is_one_document_or_refused(members: dict[str, object], extensions: dict[str, object]) -> None:
    try:
        found = read_document_request(members, extensions)
    except DocumentRequestRefused:
        return
    assert found.id is None or (found.text is None and found.hash is None)
    assert None in {found.text, found.hash} or sha256_of(found.text or "") == found.hash
