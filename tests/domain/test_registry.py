"""Releases go one way but for a deprecation that is taken back; a policy is known by its name."""

import datetime as dt
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.registry import (
    ADMISSIONS,
    IN_USE,
    POLICIES,
    SERVED,
    TRANSITIONS,
    Admission,
    ReleaseState,
    may_become,
    objections,
)

NOW = dt.datetime(2027, 5, 1, tzinfo=dt.UTC)
LIFE = [ReleaseState.PENDING, ReleaseState.ACTIVE, ReleaseState.DEPRECATED, ReleaseState.RETIRED]
STATES = st.sampled_from(ReleaseState)


def test_every_state_says_where_it_may_go() -> None:
    assert set(TRANSITIONS) == set(ReleaseState)


def test_a_release_may_live_its_whole_life() -> None:
    assert all(may_become(now, then) for now, then in itertools.pairwise(LIFE))


@given(STATES)
def test_what_is_retired_stays_so(then: ReleaseState) -> None:
    assert not may_become(ReleaseState.RETIRED, then)


@given(STATES)
def test_nothing_is_pending_again(now: ReleaseState) -> None:
    assert not may_become(now, ReleaseState.PENDING)


@given(st.lists(STATES, max_size=20))
def test_nothing_is_deprecated_that_never_was_active(wishes: list[ReleaseState]) -> None:
    state, seen = ReleaseState.PENDING, [ReleaseState.PENDING]
    for wish in wishes:
        if may_become(state, wish):
            state = wish
            seen.append(state)

    if ReleaseState.DEPRECATED in seen:
        assert ReleaseState.ACTIVE in seen[: seen.index(ReleaseState.DEPRECATED)]
    assert ReleaseState.RETIRED not in seen[:-1]


OLD, YOUNG = NOW - IN_USE, NOW - IN_USE + dt.timedelta(seconds=1)
PAST, FUTURE = NOW, NOW + dt.timedelta(seconds=1)


@pytest.mark.parametrize(
    ("state", "published", "sunset", "calls", "why"),
    [
        (ReleaseState.PENDING, YOUNG, None, 0, []),
        (ReleaseState.ACTIVE, OLD, None, 0, []),
        (ReleaseState.ACTIVE, YOUNG, None, 0, ["younger than 30 days"]),
        (ReleaseState.ACTIVE, OLD, None, 1, ["called 1 time within"]),
        (ReleaseState.DEPRECATED, YOUNG, None, 0, ["no sunset was announced"]),
        (ReleaseState.DEPRECATED, YOUNG, PAST, 0, []),
        (ReleaseState.DEPRECATED, YOUNG, PAST, 2, ["called 2 times within"]),
        (ReleaseState.DEPRECATED, OLD, FUTURE, 0, ["sunset has not come"]),
        (ReleaseState.DEPRECATED, OLD, FUTURE, 3, ["called 3 times within", "sunset has not come"]),
    ],
)
def test_retiring_needs_force_where_it_may_break_someone(
    state: ReleaseState, published: dt.datetime, sunset: dt.datetime | None, calls: int, why: list[str]
) -> None:
    found = objections(state, published, sunset, calls, NOW)

    assert len(found) == len(why)
    assert all(part in each for part, each in zip(why, found, strict=True))


def test_active_and_deprecated_releases_are_served() -> None:
    assert {ReleaseState.ACTIVE, ReleaseState.DEPRECATED} == SERVED


def test_policies_are_called_by_what_they_admit() -> None:
    assert set(POLICIES) == {
        "open",
        "apq",
        "safelist",
        "ids-only",
        "apq-log-only",
        "safelist-log-only",
        "ids-only-log-only",
    }
    assert all(POLICIES[name].name == name for name in POLICIES)
    assert set(ADMISSIONS) == set(Admission)
