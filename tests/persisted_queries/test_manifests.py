"""Manifests are read from every form, and refused whole with every fault located."""

import json
from contextlib import suppress
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from persisted_queries import manifests
from persisted_queries.identifiers import sha256_of
from persisted_queries.manifests import BrokenManifest, Fault, Manifest, read_folder, read_manifest

HOME = "query Home { homepage { upcoming { name } } }"
SAVE = "mutation Save { save }"


def read(value: object) -> Manifest:
    return read_manifest("m.json", orjson.dumps(value))


def faults_of(value: Any) -> tuple[Fault, ...]:
    with pytest.raises(BrokenManifest) as broken:
        read_manifest("m.json", value if isinstance(value, bytes) else orjson.dumps(value))
    return broken.value.faults


def apollo(*operations: object, **members: object) -> dict[str, object]:
    return {"format": "apollo-persisted-query-manifest", "version": 1, "operations": list(operations)} | members


def test_apollos_manifest_is_read() -> None:
    entry = {"id": sha256_of(HOME), "name": "Home", "type": "query", "body": HOME, "clientName": "web"}

    (operation,) = read(apollo(entry)).operations

    assert (operation.id, operation.text, operation.name) == (sha256_of(HOME), HOME, "Home")
    assert (operation.type, operation.client_name) == ("query", "web")
    assert operation.where == "m.json: operations[0] (`Home`)"


def test_one_id_may_stand_for_several_clients_of_apollos_manifest() -> None:
    entry = {"id": "home", "name": "Home", "type": "query", "body": HOME}

    assert len(read(apollo(entry, entry | {"clientName": "web"})).operations) == 2


@pytest.mark.parametrize("value", [{"home": HOME, "save": SAVE}, [["home", HOME], ["save", SAVE]]])
def test_maps_and_pairs_are_read_in_their_order(value: object) -> None:
    found = [(each.id, each.text, each.name, each.type) for each in read(value).operations]

    assert found == [("home", HOME, "Home", "query"), ("save", SAVE, "Save", "mutation")]


def test_a_folder_is_read_and_its_ids_are_hashes() -> None:
    manifest = read_folder({"b/save.gql": SAVE.encode(), "a/home.graphql": HOME.encode(), "README.md": b"\xff"})

    assert [(each.id, each.where) for each in manifest.operations] == [
        (f"sha256:{sha256_of(HOME)}", "a/home.graphql"),
        (f"sha256:{sha256_of(SAVE)}", "b/save.gql"),
    ]


def test_a_document_of_several_operations_has_no_one_name() -> None:
    (operation,) = read({"both": HOME + SAVE}).operations

    assert (operation.name, operation.type) == (None, None)


def test_a_hash_that_names_itself_one_is_recomputed() -> None:
    assert read({f"sha256:{sha256_of(HOME)}": HOME}).operations

    (fault,) = faults_of({f"sha256:{sha256_of(SAVE)}": HOME, "good": SAVE})

    assert sha256_of(HOME) in fault.what


def test_every_fault_is_told_at_its_place() -> None:
    faults = faults_of(
        {"../up": HOME, "fine": HOME, "cut": "query {\n  a(", "fragment": "fragment F on T { a }", "n": 1}
    )

    assert [fault.where for fault in faults] == [
        "m.json: `../up`",
        "m.json: `cut`, line 2, column 5",
        "m.json: `fragment`",
        "m.json: `n`",
    ]


def test_what_apollos_manifest_says_of_a_text_must_be_so() -> None:
    (name, type_) = faults_of(apollo({"id": "home", "name": "Page", "type": "mutation", "body": HOME}))

    assert "`Page`" in name.what
    assert "`mutation`" in type_.what


def test_an_id_that_stands_twice_is_refused_even_in_one_json_object() -> None:
    (fault,) = faults_of(f'{{"a": {json.dumps(HOME)}, "a": {json.dumps(HOME)}}}'.encode())

    assert "stands at m.json: `a` already" in fault.what


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"\xff",
        b"{",
        b"NaN",
        b"[" * 5000,
        b"[" + b"9" * 5000 + b"]",
        b"null",
        b"1",
        b'"text"',
        {},
        [],
        [["a"]],
        [{"a": HOME, "b": HOME}],
        {"operations": []},
        apollo(),
        apollo(version=2),
        apollo(version=True),
        apollo(operations={}),
        apollo(1),
        apollo({}),
        apollo({"id": "a", "body": HOME, "clientName": 1}),
    ],
)
def test_what_is_no_manifest_is_refused(value: object) -> None:
    assert faults_of(value)


def test_its_size_and_its_number_of_operations_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(manifests, "MAX_OPERATIONS", 1)
    monkeypatch.setattr(manifests, "MAX_TEXT_BYTES", 100)
    monkeypatch.setattr(manifests, "MAX_MANIFEST_BYTES", 1000)

    assert "it has 2 operations" in faults_of({"a": HOME, "b": HOME})[0].what
    assert "more than 100 bytes" in faults_of({"a": HOME + " " * 100})[0].what
    assert "more than 1000 bytes" in faults_of({"a": " " * 1000})[0].what
    with pytest.raises(BrokenManifest, match="more than 1000 bytes"):
        read_folder({"a.graphql": b" " * 1001})


@pytest.mark.parametrize("files", [{}, {"a.txt": HOME.encode()}, {"a.graphql": b"\xff"}, {"a.graphql": b""}])
def test_a_folder_without_operations_is_refused(files: dict[str, bytes]) -> None:
    with pytest.raises(BrokenManifest):
        read_folder(files)


_text = st.sampled_from([HOME, SAVE, "{a", "fragment F on T { a }", "{a}" * 2, "{a" * 2500]) | st.text(max_size=20)
_member = _text | st.none() | st.integers() | st.lists(st.text(max_size=2), max_size=3)
_entry = st.fixed_dictionaries({}, optional=dict.fromkeys(("id", "name", "type", "body", "clientName"), _member))
_manifests = (
    st.dictionaries(st.text(max_size=8), _member, max_size=4)
    | st.lists(st.lists(_member, max_size=3), max_size=4)
    | st.lists(_entry, max_size=3).map(lambda entries: apollo(*entries))
)


@given(_manifests.map(lambda value: json.dumps(value).encode()) | st.binary(max_size=60))
def test_any_bytes_are_a_manifest_or_broken(data: bytes) -> None:
    with suppress(BrokenManifest):
        operations = read_manifest("m.json", data).operations
        assert operations
        assert all(each.id and each.text and each.where for each in operations)
