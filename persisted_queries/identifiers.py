"""Ids of documents: which spellings there are, and which are refused.

The persisted-documents appendix of the GraphQL-over-HTTP specification keeps every prefix but `sha256:` and `x-…:`
for itself. An id without a colon is whatever its tool made: Relay's MD5, codegen's SHA-1, Hive's `app~version~hash`,
or a name.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Final

MAX_ID_LENGTH: Final = 256
"""The longest id, in characters."""

SHA256_PREFIX: Final = "sha256:"
SHA256_HEX: Final = re.compile(r"[0-9a-f]{64}")
"""A SHA-256 as ids spell it: 64 hexadecimal digits, in lower case."""

_UNRESERVED = re.compile(r"[A-Za-z0-9\-._~]+")
_PRIVATE_PREFIX = re.compile(r"x-[A-Za-z0-9\-._~]+")


class InvalidDocumentId(ValueError):
    """An id that no document can have; the message says why."""


@dataclass(frozen=True, slots=True)
class DocumentId:
    """A well-formed id. Made by `parse_document_id`; ids are equal if they are spelled alike."""

    value: str

    @property
    def sha256(self) -> str | None:
        """The hash that the document must have, if the id names itself one."""
        return self.value.removeprefix(SHA256_PREFIX) if self.value.startswith(SHA256_PREFIX) else None

    def __str__(self) -> str:
        return self.value


def parse_document_id(value: str) -> DocumentId:
    """Read an id.

    Raises:
        InvalidDocumentId: it is empty or too long, has a character that ids do not have, a prefix that is reserved, or
            would be a step out of a folder.
    """
    if not 0 < len(value) <= MAX_ID_LENGTH:
        raise InvalidDocumentId(f"A document id has from 1 to {MAX_ID_LENGTH} characters, not {len(value)}.")
    prefix, colon, payload = value.partition(":") if ":" in value else ("", "", value)
    if not _UNRESERVED.fullmatch(payload):
        raise InvalidDocumentId("A document id has letters of ASCII, digits and `-._~`, and at most one colon.")
    if ".." in value or payload.startswith("."):
        raise InvalidDocumentId("A document id neither begins with a dot nor has two in a row.")
    if not colon:
        return DocumentId(value)
    if prefix == "sha256":
        if not SHA256_HEX.fullmatch(payload):
            raise InvalidDocumentId("`sha256:` is followed by 64 hexadecimal digits in lower case.")
    elif not _PRIVATE_PREFIX.fullmatch(prefix):
        raise InvalidDocumentId("Only `sha256:` and prefixes that begin with `x-` may stand before the colon of an id.")
    return DocumentId(value)


def sha256_of(text: str) -> str:
    """The hash by which clients name a text; what cannot be UTF-8 is the parser's to refuse."""
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()
