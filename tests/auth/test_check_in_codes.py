"""Codes are read by whoever has the key, and made by nobody else."""

import re
import uuid

import pytest
import segno
from hypothesis import given
from hypothesis import strategies as st

from auth.check_in_codes import LENGTH, CheckInKeys, WrongCode

OLD, NEW = b"an old secret of thirty-two bytes", b"a new secret of thirty-two bytes."
KEYS = CheckInKeys.of([NEW])
PERSON = uuid.UUID("01890a5d-ac96-774b-bcce-b302099a8057")


@given(st.uuids())
def test_a_code_says_whose_it_is(attendee: uuid.UUID) -> None:
    assert KEYS.read(KEYS.issue(attendee)) == attendee


def test_a_code_is_short_and_fits_a_small_square() -> None:
    code = KEYS.issue(PERSON)
    square = segno.make_qr(code, error="q")

    assert re.fullmatch(f"1[A-Z2-7]{{{LENGTH - 1}}}", code)
    assert (square.mode, square.version, square.error) == ("alphanumeric", 3, "Q")


@given(place=st.integers(0, LENGTH - 1), letter=st.sampled_from("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"))
def test_no_changed_code_is_accepted(place: int, letter: str) -> None:
    code = KEYS.issue(PERSON)
    changed = code[:place] + letter + code[place + 1 :]

    if changed != code:
        with pytest.raises(WrongCode):
            KEYS.read(changed)


@given(st.text() | st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", min_size=45, max_size=45).map("1".__add__))
def test_no_other_text_is_accepted(text: str) -> None:
    with pytest.raises(WrongCode):
        KEYS.read(text)


def test_how_it_was_typed_does_not_matter() -> None:
    code = KEYS.issue(PERSON)
    grouped = " ".join(code[start : start + 4] for start in range(0, LENGTH, 4)).lower()

    assert KEYS.read(f" {grouped}\n") == PERSON


def test_a_code_of_an_old_key_is_accepted_while_the_key_is() -> None:
    old = CheckInKeys.of([OLD]).issue(PERSON)
    both = CheckInKeys.of([NEW, OLD])

    assert both.read(old) == PERSON
    assert both.issue(PERSON) == KEYS.issue(PERSON) != old
    with pytest.raises(WrongCode):
        KEYS.read(old)


def test_keys_are_not_shown() -> None:
    assert "keys" not in repr(KEYS)
