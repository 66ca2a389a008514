"""Identifiers: UUIDv7 keys inside, opaque global ids outside."""

from __future__ import annotations

import base64
import binascii
import os
import time
import uuid

_VERSION = 0x7 << 76
_VARIANT = 0b10 << 62


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
    """The opaque id of an entity: base64url of `Typename:<32 hexadecimal digits>`, without padding."""
    # No group of six bits of an ASCII name, a colon and digits is one of the two that base64url writes otherwise.
    return binascii.b2a_base64(f"{typename}:{key.hex}".encode(), newline=False).rstrip(b"=").decode()


def decode_global_id(global_id: str) -> tuple[str, uuid.UUID]:
    """Read what `encode_global_id` made, and nothing else.

    Returns:
        The type's name and the key. That such a type or row exists is not said.

    Raises:
        ValueError: the text is not a global id.
    """
    try:
        raw = base64.b64decode(global_id + "=" * (-len(global_id) % 4), altchars=b"-_", validate=True).decode("ascii")
        typename, _, digits = raw.partition(":")
        key = uuid.UUID(hex=digits)
    except (ValueError, binascii.Error) as error:
        raise ValueError("not a global id") from error
    if not typename.isalnum() or encode_global_id(typename, key) != global_id:
        raise ValueError("not a global id")
    return typename, key
