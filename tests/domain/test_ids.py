"""Keys are UUIDs of version 7 (RFC 9562, section 5.7); global ids have one spelling each."""

import time
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.ids import decode_global_id, encode_global_id, uuid7

KEYS = st.uuids()
TYPENAMES = st.from_regex(r"[A-Z][A-Za-z0-9]{0,30}", fullmatch=True)


@given(st.integers(0, 2**48 - 1), st.binary(min_size=10, max_size=10))
def test_a_key_holds_the_time_the_version_the_variant_and_74_random_bits(milliseconds: int, randomness: bytes) -> None:
    key = uuid7(milliseconds, randomness)

    assert key.version == 7
    assert key.variant == uuid.RFC_4122
    assert key.int >> 80 == milliseconds
    rand_a, rand_b = key.int >> 64 & 0xFFF, key.int & (1 << 62) - 1
    assert rand_a << 64 | rand_b == int.from_bytes(randomness) & (0xFFF << 64 | (1 << 62) - 1)


def test_the_example_of_the_rfc_comes_out() -> None:
    """RFC 9562, appendix A.6."""
    rand_a, rand_b = 0xCC3, 0x18C4DC0C0C07398F

    assert uuid7(0x017F22E279B0, (rand_a << 64 | rand_b).to_bytes(10)) == uuid.UUID(
        "017F22E2-79B0-7CC3-98C4-DC0C0C07398F"
    )


@given(st.integers(0, 2**48 - 2), st.integers(1, 2**20), st.binary(min_size=10, max_size=10))
def test_a_later_key_is_greater_whatever_the_randomness(milliseconds: int, later: int, randomness: bytes) -> None:
    after = min(milliseconds + later, 2**48 - 1)

    assert uuid7(milliseconds, b"\xff" * 10) < uuid7(after, randomness)


def test_a_key_is_made_now_and_unlike_any_other() -> None:
    before = time.time_ns() // 1_000_000
    keys = [uuid7() for _ in range(1_000)]
    after = time.time_ns() // 1_000_000

    assert all(before <= key.int >> 80 <= after for key in keys)
    assert len(set(keys)) == 1_000


def test_keys_made_one_after_the_other_stand_in_that_order() -> None:
    """RFC 9562, section 6.2, method 3: within a millisecond too."""
    keys = [uuid7() for _ in range(1_000)]

    assert keys == sorted(keys)


@given(TYPENAMES, KEYS)
def test_a_global_id_is_read_as_it_was_written(typename: str, key: uuid.UUID) -> None:
    assert decode_global_id(encode_global_id(typename, key)) == (typename, key)


@given(TYPENAMES, KEYS)
def test_a_global_id_needs_no_escaping_in_an_address(typename: str, key: uuid.UUID) -> None:
    assert not set(encode_global_id(typename, key)) - set(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    )


@given(st.text())
def test_no_text_is_anything_but_the_one_spelling_of_an_id_or_refused(text: str) -> None:
    try:
        typename, key = decode_global_id(text)
    except ValueError:
        return
    assert encode_global_id(typename, key) == text


KEY = uuid.UUID("017f22e2-79b0-7cc3-98c4-dc0c0c07398f")
ID = encode_global_id("Event", KEY)


@pytest.mark.parametrize(
    "spelling",
    [
        "",
        ID + "=",
        ID + "==",
        ID + "A",
        ID[:-1],
        " " + ID,
        ID + "\n",
        ID.lower(),
        str(KEY),
        "é",
        "\0",
        "\ud800",
        "A" * 1_000_000,
        "Event",
        "Event_",
        f"_{KEY.hex}",
        f"Event_{KEY}",
        f"Event_{KEY.hex.upper()}",
        f"Event_{{{KEY.hex}}}",
        f"Event_urn:uuid:{KEY.hex}",
        f"Event_{KEY.hex}_",
        f"Event_Event_{KEY.hex}",
        f"Évent_{KEY.hex}",
        f"Ev ent_{KEY.hex}",
        f"1vent_{KEY.hex}",
        f"Event:{KEY.hex}",
        f"Event_{KEY.hex[:-1]}\N{FULLWIDTH DIGIT ONE}",
    ],
    ids=ascii,
)
def test_every_other_spelling_is_refused(spelling: str) -> None:
    with pytest.raises(ValueError, match="not a global id"):
        decode_global_id(spelling)
