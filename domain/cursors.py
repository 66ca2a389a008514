"""Cursors: opaque positions in an ordered list.

A cursor holds the order's values and the id of one row (a keyset, so a position stays right while rows come and go).
It is signed, and bound to the list, order and filter that it was made for: used with another, or made up, it is
refused.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hashlib
import hmac
import json
import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from domain.errors import InvalidCursor

SIGNATURE_BYTES = 12
BINDING_BYTES = 6
MAX_LENGTH = 5_000
"""Room for a heading of 500 characters, of which JSON makes six bytes each at the worst, in base64."""

_ALPHABET = re.compile("[A-Za-z0-9_-]+")

Value = str | int | float | dt.datetime | dt.date | uuid.UUID


@dataclass(frozen=True, slots=True)
class CursorKind:
    """What a cursor is bound to: a list with its order and filter."""

    binding: bytes
    secret: bytes

    @classmethod
    def of(cls, secret: bytes, connection: str, order: str, filters: Mapping[str, object]) -> CursorKind:
        """Bind to a list by name, its order, and the filters that are set, whatever sequence they come in."""
        given = sorted((name, str(value)) for name, value in filters.items() if value is not None)
        text = json.dumps([connection, order, given])
        return cls(hashlib.sha256(text.encode()).digest()[:BINDING_BYTES], secret)

    def encode(self, values: Sequence[Value]) -> str:
        """The cursor of a row, from the order's values with the id last."""
        text = json.dumps([_dump(value) for value in values], separators=(",", ":"), ensure_ascii=False)
        payload = self.binding + text.encode()
        return _write(self._sign(payload) + payload)

    def decode(self, cursor: str) -> tuple[Value, ...]:
        """The values of a cursor that was made for this very list.

        Raises:
            InvalidCursor: it was not made by this server, or for another list, order or filter.
        """
        raw = _read(cursor)
        signature, payload = raw[:SIGNATURE_BYTES], raw[SIGNATURE_BYTES:]
        if not hmac.compare_digest(signature, self._sign(payload)):
            raise InvalidCursor(_FORGED)
        if payload[:BINDING_BYTES] != self.binding:
            raise InvalidCursor(
                "This cursor was made for another list, order or filter; "
                "start again without a cursor, or keep `orderBy` and `filter` while paging."
            )
        return tuple(_load(code, text) for code, text in json.loads(payload[BINDING_BYTES:]))

    def _sign(self, payload: bytes) -> bytes:
        return hmac.digest(self.secret, b"cursor:" + payload, "sha256")[:SIGNATURE_BYTES]


_FORGED = "This is not a cursor of this server; pass an `endCursor`, `startCursor` or an edge's `cursor` unchanged."


def _write(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _read(cursor: str) -> bytes:
    if len(cursor) > MAX_LENGTH or not _ALPHABET.fullmatch(cursor):
        raise InvalidCursor(_FORGED)
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    except binascii.Error as error:
        raise InvalidCursor(_FORGED) from error
    if _write(raw) != cursor:  # bits that base64 leaves over at the end (RFC 4648, section 3.5)
        raise InvalidCursor(_FORGED)
    return raw


def _dump(value: Value) -> tuple[str, str]:
    match value:
        case str():
            return "s", value
        case dt.datetime():
            return "t", value.isoformat()
        case dt.date():
            return "d", value.isoformat()
        case uuid.UUID():
            return "u", value.hex
        case float():
            return "f", value.hex()
        case int():
            return "i", str(value)


def _load(code: str, text: str) -> Value:
    match code:
        case "s":
            return text
        case "t":
            return dt.datetime.fromisoformat(text)
        case "d":
            return dt.date.fromisoformat(text)
        case "u":
            return uuid.UUID(hex=text)
        case "f":
            return float.fromhex(text)
        case _:
            return int(text)
