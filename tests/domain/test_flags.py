"""For whom a flag is on: a share of all that only grows, and segments."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.flags import Flag, Reason, Subject, in_share, segments_faults

NAMES = st.text(min_size=1)


@given(NAMES, NAMES, st.integers(0, 100), st.integers(0, 100))
def test_raising_the_share_takes_the_flag_from_nobody(flag: str, subject: str, one: int, other: int) -> None:
    lower, higher = sorted((one, other))

    assert not in_share(flag, subject, lower) or in_share(flag, subject, higher)


@given(NAMES, NAMES)
def test_nobody_is_in_none_and_everybody_is_in_all(flag: str, subject: str) -> None:
    assert not in_share(flag, subject, 0)
    assert in_share(flag, subject, 100)


@pytest.mark.parametrize("percentage", [1, 10, 50, 90])
def test_the_share_is_what_was_said(percentage: int) -> None:
    subjects = 100_000
    inside = sum(in_share("A", f"subject-{number}", percentage) for number in range(subjects))

    assert abs(100 * inside / subjects - percentage) <= 1


def test_another_flag_is_on_for_others() -> None:
    subjects = [f"subject-{number}" for number in range(10_000)]
    both = sum(in_share("A", each, 50) and in_share("B", each, 50) for each in subjects)

    assert 2_300 <= both <= 2_700


@given(st.integers(0, 99))
def test_whom_nothing_tells_apart_is_in_the_whole_alone(percentage: int) -> None:
    assert Flag("A", percentage=percentage).evaluate(Subject())[0] is False
    assert Flag("A").evaluate(Subject()) == (True, Reason.STATIC)


SOMEBODY = Subject("c1", frozenset({"o1", "o2"}), frozenset({"customer", "staff", "door"}), "web", "c1")


@pytest.mark.parametrize(
    ("segments", "on"),
    [
        ({}, False),
        ({"organisations": ["o2"]}, True),
        ({"organisations": ["o3"]}, False),
        ({"roles": ["admin", "door"]}, True),
        ({"clients": ["app"]}, False),
        ({"clients": ["app", "web"]}, True),
        ({"customers": ["c1"], "clients": []}, True),
        ({"customers": ["web"], "roles": ["o1"]}, False),
    ],
)
def test_a_segment_has_the_flag_whatever_the_share(segments: dict[str, list[str]], *, on: bool) -> None:
    assert Flag("A", percentage=0, segments=segments).evaluate(SOMEBODY)[0] is on


def test_a_flag_that_is_not_enabled_is_off_for_everyone() -> None:
    flag = Flag("A", enabled=False, segments={"clients": ["web"]})

    assert flag.evaluate(SOMEBODY) == (False, Reason.DISABLED)


@pytest.mark.parametrize(
    ("segments", "faults"),
    [
        ({}, 0),
        ({"roles": ["staff"], "clients": []}, 0),
        ([], 1),
        (None, 1),
        ({"role": ["staff"]}, 1),
        ({"roles": "staff", "clients": [1], "others": 2}, 3),
    ],
)
def test_what_is_wrong_with_segments_is_told(segments: Any, faults: int) -> None:
    assert len(segments_faults(segments)) == faults
