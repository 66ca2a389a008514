"""API keys: nobody guesses one, and a hash is all that is kept."""

import hashlib
import re

from auth.keys import key_sha256, new_key


def test_a_key_is_recognised_and_holds_256_random_bits() -> None:
    assert re.fullmatch(r"boxoffice_[A-Za-z0-9_-]{43}", new_key())


def test_no_two_keys_are_the_same() -> None:
    assert len({new_key() for _ in range(100)}) == 100


def test_a_key_is_known_by_its_hash() -> None:
    assert key_sha256("boxoffice_x") == hashlib.sha256(b"boxoffice_x").hexdigest()


def test_what_no_key_can_be_has_a_hash_too() -> None:
    """Whatever a header holds is looked up, and not found."""
    assert len(key_sha256("\ud800")) == 64
