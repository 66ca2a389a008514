"""Which document a request means: every spelling that clients have for it, read into one value.

text       `query`
an id      `documentId` (the specification's appendix, urql), `doc_id` (Relay), `id` (Hot Chocolate),
or in the address: `/graphql/<id>`, `/graphql/<id>/<OperationName>`
a hash     `extensions.persistedQuery {version: 1, sha256Hash}`, with the text or without (Apollo's automatic
persisted queries)
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from persisted_queries.identifiers import (
    SHA256_HEX,
    SHA256_PREFIX,
    DocumentId,
    InvalidDocumentId,
    parse_document_id,
    sha256_of,
)
from persisted_queries.refusals import DocumentRequestRefused, Reason

ID_MEMBERS: Final = ("documentId", "doc_id", "id")
"""The names under which clients send an id."""

_NAME = re.compile(r"[_A-Za-z][_0-9A-Za-z]*")


@dataclass(frozen=True, slots=True)
class DocumentRequest:
    """Which document is asked for.

    Attributes:
        text: sent with the request; then there is no id.
        id: of a published document.
        hash: of an automatic persisted query, 64 hexadecimal digits; if there is a text, it is the text's.
    """

    text: str | None = None
    id: DocumentId | None = None
    hash: str | None = None

    @property
    def is_empty(self) -> bool:
        """Whether no document is asked for at all."""
        return self.text is None and self.id is None and self.hash is None

    @property
    def registered_as(self) -> str | None:
        """The hash that a document was registered by, if this names one: as a hash, or as an id that is a hash."""
        if self.id is None:
            return self.hash
        hash_ = self.id.value.removeprefix(SHA256_PREFIX)
        return hash_ if SHA256_HEX.fullmatch(hash_) else None

    @property
    def ids(self) -> tuple[DocumentId, ...]:
        """The ids under which a published document may be known.

        Apollo's client sends the ids of its manifest as hashes.
        """
        if self.id is not None:
            return (self.id,)
        if self.hash is None or self.text is not None:
            return ()
        return (DocumentId(SHA256_PREFIX + self.hash), DocumentId(self.hash))


@dataclass(frozen=True, slots=True)
class Address:
    """What the address says beside the endpoint's own path: `<id>` or `<id>/<OperationName>`."""

    id: DocumentId | None = None
    operation_name: str | None = None


def read_address(rest: str) -> Address:
    """Read what stands behind `/graphql/`, percent-decoded.

    Raises:
        DocumentRequestRefused: it is no id, nor an id and a name.
    """
    if not rest:
        return Address()
    id_, slash, name = rest.partition("/")
    if slash and not _NAME.fullmatch(name):
        message = "The address of a document is /graphql/<id> or /graphql/<id>/<OperationName>."
        raise DocumentRequestRefused(Reason.INVALID_ID, message)
    return Address(_id(id_), name or None)


def read_document_request(
    members: Mapping[str, object], extensions: Mapping[str, object], address_id: DocumentId | None = None
) -> DocumentRequest:
    """Read the one document that a request is for.

    Args:
        members: of the request's body or query string; what is null is absent.
        extensions: the member of that name.
        address_id: the id in the request's address.

    Raises:
        DocumentRequestRefused: it names two documents, or none that can be.
    """
    text = _string(members, "query")
    id_ = _only_id(members, address_id)
    hash_ = _read_hash(extensions)
    if text == "" and id_ is not None:
        text = None
    if text is None:
        return DocumentRequest(id=id_, hash=None if id_ is not None else hash_)
    if hash_ is not None and hash_ != sha256_of(text):
        raise DocumentRequestRefused(Reason.HASH_MISMATCH)
    if id_ is not None and (hash_ is None or id_.sha256 != hash_):
        raise DocumentRequestRefused(Reason.ID_AND_TEXT)
    return DocumentRequest(text=text, hash=hash_)


def _only_id(members: Mapping[str, object], address_id: DocumentId | None) -> DocumentId | None:
    found = {_id(value) for name in ID_MEMBERS if (value := _string(members, name)) is not None}
    if address_id is not None:
        found.add(address_id)
    if len(found) > 1:
        raise DocumentRequestRefused(Reason.INVALID_ID, "The request names several document ids: send one.")
    return next(iter(found), None)


def _read_hash(extensions: Mapping[str, object]) -> str | None:
    extension = extensions.get("persistedQuery")
    if extension is None:
        return None
    if not isinstance(extension, Mapping):
        raise DocumentRequestRefused(Reason.MALFORMED, '"extensions.persistedQuery" must be an object.')
    version = extension.get("version")
    if version != 1 or isinstance(version, bool):
        raise DocumentRequestRefused(Reason.VERSION_NOT_SUPPORTED)
    hash_ = extension.get("sha256Hash")
    if not isinstance(hash_, str) or not SHA256_HEX.fullmatch(hash_):
        message = '"extensions.persistedQuery.sha256Hash" must be 64 hexadecimal digits in lower case.'
        raise DocumentRequestRefused(Reason.MALFORMED, message)
    return hash_


def _string(members: Mapping[str, object], name: str) -> str | None:
    value = members.get(name)
    if value is None or isinstance(value, str):
        return value
    raise DocumentRequestRefused(Reason.MALFORMED, f'"{name}" must be a string or null.')


def _id(value: str) -> DocumentId:
    try:
        return parse_document_id(value)
    except InvalidDocumentId as error:
        raise DocumentRequestRefused(Reason.INVALID_ID, str(error)) from None
