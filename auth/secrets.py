"""One secret of the server, a key for each purpose: what is signed for one of them is worth nothing for another."""

from __future__ import annotations

import hashlib
import hmac


def purpose_key(secret: bytes, purpose: str) -> bytes:
    """The key for a purpose: 32 bytes, from which neither the secret nor another purpose's key can be told.

    HKDF's expansion of one block (RFC 5869, section 2.3); the secret is random already.
    """
    return hmac.digest(secret, b"boxoffice " + purpose.encode() + b"\x01", hashlib.sha256)
