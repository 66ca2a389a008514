"""A cursor is read only as it was made, and only for the list, order and filter it was made for."""

import base64
import datetime as dt
import uuid
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.cursors import MAX_LENGTH, CursorKind, Value
from domain.errors import InvalidCursor

SECRET = b"0123456789abcdef0123456789abcdef"
KIND = CursorKind.of(SECRET, "events", "TITLE ASC", {"is_featured": True})
KEY = uuid.UUID("017f22e2-79b0-7cc3-98c4-dc0c0c07398f")

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
ZONES = st.sampled_from(
    [dt.UTC, dt.timezone(dt.timedelta(hours=-11, minutes=-30)), dt.timezone(dt.timedelta(hours=14))]
)
VALUES: st.SearchStrategy[Value] = st.one_of(
    TEXTS,
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False),
    st.datetimes(timezones=ZONES),
    st.dates(),
    st.uuids(),
)
SOME_VALUES = st.lists(VALUES, min_size=1, max_size=3)


@given(SOME_VALUES)
def test_any_values_come_back_as_they_were(values: list[Value]) -> None:
    decoded = KIND.decode(KIND.encode(values))

    assert list(decoded) == values
    assert [type(value) for value in decoded] == [type(value) for value in values]


@pytest.mark.parametrize("character", ["a", "é", "語", "🎟", '"', "\\", "\n", "\x01"], ids=ascii)
def test_the_longest_heading_makes_a_cursor_that_is_read_again(character: str) -> None:
    """`db.models` lets a heading have 500 characters."""
    values = (character * 500, KEY)

    assert KIND.decode(KIND.encode(values)) == values


@given(SOME_VALUES, st.data())
def test_a_cursor_with_any_character_changed_is_refused(values: list[Value], data: st.DataObject) -> None:
    cursor = KIND.encode(values)
    place = data.draw(st.integers(0, len(cursor) - 1))
    character = data.draw(st.sampled_from("ABab09-_+/= é\n\0🎟").filter(lambda each: each != cursor[place]))

    _refuse(cursor[:place] + character + cursor[place + 1 :])


def test_bits_that_base64_leaves_over_are_not_for_anyone_to_set() -> None:
    """RFC 4648, section 3.5: two spellings of the same bytes."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    cursor = next(each for size in range(3) if len(each := KIND.encode(["a" * size])) % 4)
    twin = cursor[:-1] + alphabet[alphabet.index(cursor[-1]) + 1]
    padding = "=" * (-len(cursor) % 4)

    assert base64.urlsafe_b64decode(twin + padding) == base64.urlsafe_b64decode(cursor + padding)
    _refuse(twin)


@given(SOME_VALUES, st.data())
def test_a_cursor_with_any_bit_of_its_bytes_changed_is_refused(values: list[Value], data: st.DataObject) -> None:
    raw = bytearray(_bytes(KIND.encode(values)))
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= 1 << data.draw(st.integers(0, 7))

    _refuse(_cursor(bytes(raw)))


@given(SOME_VALUES, st.data())
def test_a_truncated_cursor_is_refused(values: list[Value], data: st.DataObject) -> None:
    cursor = KIND.encode(values)

    _refuse(cursor[: data.draw(st.integers(0, len(cursor) - 1))])


@given(st.text())
def test_no_made_up_text_is_a_cursor(text: str) -> None:
    _refuse(text)


@given(st.binary(max_size=200))
def test_no_made_up_bytes_are_a_cursor(raw: bytes) -> None:
    _refuse(_cursor(raw))


@pytest.mark.parametrize(
    "text",
    ["", "=", "A", "AAAA", " ", "\0", "\n", "é", "\ud800", "A" * MAX_LENGTH, "A" * 1_000_000, "A" * 16, "A" * 24],
    ids=lambda text: f"{len(text)} of {text[:1]!a}",
)
def test_what_is_no_cursor_is_refused_as_that(text: str) -> None:
    _refuse(text, "not a cursor of this server")


OTHERS: dict[str, dict[str, Any]] = {
    "list": {"connection": "function.events"},
    "order": {"order": "TITLE DESC"},
    "filter": {"filters": {"is_featured": False}},
    "further filter": {"filters": {"is_featured": True, "function_slug": "winterfest"}},
    "no filter": {"filters": {}},
    "name of the filter": {"filters": {"is_published": True}},
}


@pytest.mark.parametrize("other", OTHERS.values(), ids=OTHERS)
def test_a_cursor_of_another_list_order_or_filter_is_refused_as_that(other: dict[str, Any]) -> None:
    made_for = {"connection": "events", "order": "TITLE ASC", "filters": {"is_featured": True}} | other
    cursor = CursorKind.of(SECRET, **made_for).encode(["Winterfest", KEY])

    _refuse(cursor, "made for another list, order or filter")


@given(SOME_VALUES, st.binary(max_size=64).filter(lambda secret: secret != SECRET))
def test_a_cursor_signed_with_another_secret_is_refused(values: list[Value], secret: bytes) -> None:
    other = CursorKind.of(secret, "events", "TITLE ASC", {"is_featured": True})

    _refuse(other.encode(values), "not a cursor of this server")


def test_filters_bind_in_whatever_sequence_they_come_and_only_when_set() -> None:
    one = CursorKind.of(SECRET, "events", "TITLE ASC", {"a": 1, "b": None, "c": dt.date(2027, 5, 1)})
    other = CursorKind.of(SECRET, "events", "TITLE ASC", {"c": dt.date(2027, 5, 1), "a": 1})

    assert other.decode(one.encode([KEY])) == (KEY,)


def test_names_and_values_of_filters_do_not_run_together() -> None:
    one = CursorKind.of(SECRET, "events", "TITLE ASC", {"a": "1", "b": "2"})
    other = CursorKind.of(SECRET, "events", "TITLE ASC", {"a": "1', 'b': '2"})

    with pytest.raises(InvalidCursor):
        other.decode(one.encode([KEY]))


def _refuse(text: str, message: str = "cursor") -> None:
    with pytest.raises(InvalidCursor, match=message):
        KIND.decode(text)


def _bytes(cursor: str) -> bytes:
    return base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))


def _cursor(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
