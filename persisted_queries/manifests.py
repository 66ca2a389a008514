"""Manifests: the operations that a client ships with, read from every form in which build tools write them.

    Apollo           {"format": "apollo-persisted-query-manifest", "version": 1, "operations": [{id, name, type, body}]}
    Relay, codegen   {"<id>": "<text>", …}
    pairs            [["<id>", "<text>"], …]
    a folder         files that end in .graphql or .gql, of one document each

A manifest is taken whole or not at all: every fault is located, and one is enough.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import orjson
from graphql import GraphQLError, OperationDefinitionNode, Source, parse

from persisted_queries.documents import MAX_TOKENS
from persisted_queries.identifiers import SHA256_PREFIX, InvalidDocumentId, parse_document_id, sha256_of

APOLLO_FORMAT: Final = "apollo-persisted-query-manifest"
MAX_MANIFEST_BYTES: Final = 16_000_000
MAX_OPERATIONS: Final = 5_000
MAX_TEXT_BYTES: Final = 200_000
MAX_FAULTS: Final = 100
"""How many faults of a manifest are reported."""

_DOCUMENT_FILES = (".graphql", ".gql")


@dataclass(frozen=True, slots=True)
class ManifestOperation:
    """An entry of a manifest.

    Attributes:
        id: well-formed; if it names itself a hash, it is the hash of the text.
        text: the document; it parses, and has at least one operation.
        name: of its only operation; None if that has none, or if there are several.
        type: `query`, `mutation` or `subscription`; None if there are several operations.
        client_name: the client that Apollo's manifest says it is for.
        where: for faults: the file, and the place in it.
    """

    id: str
    text: str
    name: str | None
    type: str | None
    client_name: str | None
    where: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """The operations of a manifest, in its order; at least one, and no id twice."""

    operations: tuple[ManifestOperation, ...]


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong, and where."""

    where: str
    what: str


class BrokenManifest(Exception):
    """A manifest that is refused, with its faults (the first `MAX_FAULTS` of them)."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        super().__init__("; ".join(f"{fault.where}: {fault.what}" for fault in faults[:MAX_FAULTS]))
        self.faults = faults[:MAX_FAULTS]


@dataclass(frozen=True, slots=True)
class _Raw:
    """An entry as it is written: members of any type."""

    where: str
    id: object
    text: object
    name: object = None
    type: object = None
    client_name: object = None


class Pairs(list[tuple[str, object]]):
    """A JSON object as it is written: the standard library's maps would forget what stands twice."""


def read_manifest(name: str, data: bytes) -> Manifest:
    """Read the bytes of a manifest, whichever form it has.

    Args:
        name: of the file, for faults.
        data: UTF-8.

    Raises:
        BrokenManifest: with every fault.
    """
    return manifest_of(name, decode_manifest(name, data))


def manifest_of(name: str, value: object) -> Manifest:
    """Read a manifest that `decode_manifest` decoded.

    Raises:
        BrokenManifest: with every fault.
    """
    return _checked(name, list(_entries(name, value)))


def read_folder(files: Mapping[str, bytes]) -> Manifest:
    """Read a folder of documents: each file that ends in .graphql or .gql is one, and its id is its hash.

    Args:
        files: content by path; other files are passed over.

    Raises:
        BrokenManifest: with every fault.
    """
    raws: list[_Raw] = []
    faults: list[Fault] = []
    documents = {path: data for path, data in sorted(files.items()) if path.endswith(_DOCUMENT_FILES)}
    if sum(map(len, documents.values())) > MAX_MANIFEST_BYTES:
        raise BrokenManifest((Fault("the folder", f"its documents have more than {MAX_MANIFEST_BYTES} bytes"),))
    for path, data in documents.items():
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError as error:
            faults.append(Fault(path, f"it is not UTF-8: {error.reason} at byte {error.start}"))
        else:
            raws.append(_Raw(path, SHA256_PREFIX + sha256_of(text), text))
    return _checked("the folder", raws, faults)


def decode_manifest(name: str, data: bytes) -> object:
    """Decode the JSON of a manifest, whose objects come as `Pairs`.

    Raises:
        BrokenManifest: it is too large, or not JSON.
    """
    if len(data) > MAX_MANIFEST_BYTES:
        raise BrokenManifest((Fault(name, f"it has more than {MAX_MANIFEST_BYTES} bytes"),))
    try:
        # orjson refuses what is not JSON (NaN, lone surrogates, deep nesting); the other shows what stands twice.
        orjson.loads(data)
        return json.loads(data, object_pairs_hook=Pairs, parse_int=float)
    except (ValueError, RecursionError) as error:
        raise BrokenManifest((Fault(name, f"it is not acceptable JSON: {error}"),)) from None


def _entries(name: str, value: object) -> Iterator[_Raw]:
    match value:
        case Pairs():
            members = dict(value)
            if "operations" in members or members.get("format") == APOLLO_FORMAT:
                yield from _apollo_entries(name, members)
                return
            for id_, text in value:
                yield _Raw(f"{name}: {_shown(id_)}", id_, text)
        case list():
            for number, pair in enumerate(value):
                if not isinstance(pair, list) or isinstance(pair, Pairs) or len(pair) != 2:  # noqa: PLR2004 - a pair
                    raise BrokenManifest((Fault(f"{name}: [{number}]", "expected a pair [id, text]"),))
                yield _Raw(f"{name}: [{number}]", pair[0], pair[1])
        case _:
            raise BrokenManifest((Fault(name, "expected a JSON object of texts by id, or a list of pairs"),))


def _apollo_entries(name: str, members: Mapping[str, object]) -> Iterator[_Raw]:
    if members.get("format") != APOLLO_FORMAT:
        raise BrokenManifest((Fault(name, f'with "operations", its "format" must be "{APOLLO_FORMAT}"'),))
    if members.get("version") != 1 or isinstance(members.get("version"), bool):
        raise BrokenManifest((Fault(name, 'its "version" must be 1'),))
    operations = members.get("operations")
    if not isinstance(operations, list) or isinstance(operations, Pairs):
        raise BrokenManifest((Fault(name, 'its "operations" must be a list'),))
    for number, entry in enumerate(operations):
        where = f"{name}: operations[{number}]"
        if not isinstance(entry, Pairs):
            raise BrokenManifest((Fault(where, "expected an object with id, name, type and body"),))
        found = dict(entry)
        if isinstance(found_name := found.get("name"), str):
            where += f" ({_shown(found_name)})"
        yield _Raw(
            where, found.get("id"), found.get("body"), found.get("name"), found.get("type"), found.get("clientName")
        )


def _checked(name: str, raws: list[_Raw], faults: list[Fault] | None = None) -> Manifest:
    faults = faults or []
    if not raws and not faults:
        faults.append(Fault(name, "it has no operations"))
    if len(raws) > MAX_OPERATIONS:
        raise BrokenManifest((Fault(name, f"it has {len(raws)} operations; the most are {MAX_OPERATIONS}"),))
    operations: dict[tuple[str, str | None], ManifestOperation] = {}
    for raw in raws:
        try:
            operation = _operation(raw)
        except BrokenManifest as broken:
            faults += broken.faults
            continue
        first = operations.setdefault((operation.id, operation.client_name), operation)
        if first is not operation:
            faults.append(Fault(raw.where, f"its id {_shown(operation.id)} stands at {first.where} already"))
    if faults:
        raise BrokenManifest(tuple(faults))
    return Manifest(tuple(operations.values()))


def _operation(raw: _Raw) -> ManifestOperation:
    faults = [
        Fault(raw.where, f"its {what} must be a string")
        for what, value, required in (
            ("id", raw.id, True),
            ("text", raw.text, True),
            ("name", raw.name, False),
            ("type", raw.type, False),
            ("clientName", raw.client_name, False),
        )
        if not isinstance(value, str) and (required or value is not None)
    ]
    if faults:
        raise BrokenManifest(tuple(faults))
    assert isinstance(raw.id, str)
    assert isinstance(raw.text, str)
    if len(raw.text.encode()) > MAX_TEXT_BYTES:
        raise BrokenManifest((Fault(raw.where, f"its text has more than {MAX_TEXT_BYTES} bytes"),))
    name, type_ = _only_operation(raw.where, raw.text)
    faults += _faults_of_id(raw.where, raw.id, raw.text)
    faults += [
        Fault(raw.where, f"its {what} is given as {_shown(given)}, and is {_shown(found or 'none')} in its text")
        for what, given, found in (("name", raw.name, name), ("type", raw.type, type_))
        if isinstance(given, str) and given != found
    ]
    if faults:
        raise BrokenManifest(tuple(faults))
    client_name = raw.client_name if isinstance(raw.client_name, str) else None
    return ManifestOperation(raw.id, raw.text, name, type_, client_name, raw.where)


def _faults_of_id(where: str, id_: str, text: str) -> Iterator[Fault]:
    try:
        claimed = parse_document_id(id_).sha256
    except InvalidDocumentId as error:
        yield Fault(where, f"its id {_shown(id_)} cannot be one: {error}")
        return
    if claimed is not None and claimed != sha256_of(text):
        yield Fault(where, f"its id says that it is a hash, but the text has {SHA256_PREFIX}{sha256_of(text)}")


def _only_operation(where: str, text: str) -> tuple[str | None, str | None]:
    """The name and the type of a document's only operation."""
    try:
        document = parse(Source(text, where), max_tokens=MAX_TOKENS)
    except GraphQLError as error:
        place = error.locations[0] if error.locations else None
        at = f", line {place.line}, column {place.column}" if place else ""
        raise BrokenManifest((Fault(where + at, error.message),)) from None
    found = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    if not found:
        raise BrokenManifest((Fault(where, "its text has no operation"),))
    if len(found) > 1:
        return None, None
    return found[0].name.value if found[0].name else None, found[0].operation.value


def _shown(text: str) -> str:
    """A string out of a manifest, cut to what a line can hold."""
    return f"`{text if len(text) <= 80 else text[:79] + '…'}`"  # noqa: PLR2004 - characters of a line
