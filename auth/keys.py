"""API keys of clients: made once, shown once, kept as a hash.

A key holds 256 random bits, so that a fast hash is enough: there is nothing to guess, unlike with a password.
"""

from __future__ import annotations

import hashlib
import secrets
from typing import Final

PREFIX: Final = "boxoffice_"
"""What every key begins with, so that one in the wrong place is recognised as what it is."""


def new_key() -> str:
    """A key that nobody has."""
    return PREFIX + secrets.token_urlsafe(32)


def key_sha256(key: str) -> str:
    """The hash by which a key is known, as hexadecimal digits."""
    return hashlib.sha256(key.encode(errors="surrogatepass")).hexdigest()
