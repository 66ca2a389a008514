"""Identifiers: UUIDv7 keys inside, opaque global ids outside."""

from __future__ import annotations

import os
import re
import time
import uuid
from collections.abc import Iterable

_VERSION = 0x7 << 76
_VARIANT = 0b10 << 62
_GLOBAL_ID = re.compile(r"([A-Z][A-Za-z0-9]*)_([0-9a-f]{32})", re.ASCII)


def uuid7(milliseconds: int | None = None, randomness: bytes | None = None) -> uuid.UUID:
    """A time-ordered UUID (RFC 9562, section 5.7).

    Keys that one process makes one after the other stand in that order: those made now hold the fraction of the
    millisecond in twelve bits (section 6.2, method 3).

    Args:
        milliseconds: Unix time; now, when left out.
        randomness: ten bytes, of which 74 bits are used, or 62 when the time is left out; from the system, when left
            out.
    """
    bits = int.from_bytes(os.urandom(10) if randomness is None else randomness)
    rand_a = (bits >> 64) & 0xFFF
    if milliseconds is None:
        milliseconds, nanoseconds = divmod(time.time_ns(), 1_000_000)
        rand_a = (nanoseconds << 12) // 1_000_000
    rand_b = bits & 0x3FFF_FFFF_FFFF_FFFF
    return uuid.UUID(int=(milliseconds & 0xFFFF_FFFF_FFFF) << 80 | _VERSION | rand_a << 64 | _VARIANT | rand_b)


def encode_global_id(typename: str, key: uuid.UUID) -> str:
    """The opaque id of an entity: the name of its type, and its key in 32 hexadecimal digits.

    Nothing hides in base64 what anyone could read in it; so it can be told in a log what an id is of, and no other way
    to write it is as fast.
    """
    return f"{typename}_{key.hex}"


def encode_global_ids(typename: str, keys: Iterable[uuid.UUID]) -> list[str]:
    """What `encode_global_id` gives for each key, without a call for each."""
    return [f"{typename}_{key.hex}" for key in keys]


def decode_global_id(global_id: str) -> tuple[str, uuid.UUID]:
    """Read what `encode_global_id` made, and nothing else.

    Returns:
        The type's name and the key. That such a type or row exists is not said.

    Raises:
        ValueError: the text is not a global id.
    """
    parts = _GLOBAL_ID.fullmatch(global_id)
    if parts is None:
        raise ValueError("not a global id")
    return parts[1], uuid.UUID(hex=parts[2])
