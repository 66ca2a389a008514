"""Waits grow, have an end, and differ."""

import datetime as dt
import random

from hypothesis import given
from hypothesis import strategies as st

from domain.backoff import Backoff

HOUR = dt.timedelta(hours=1)


@given(failures=st.integers(1, 29), seed=st.integers())
def test_a_wait_is_at_least_half_of_what_it_may_be(failures: int, seed: int) -> None:
    backoff = Backoff()
    wait = backoff.wait(failures, random.Random(seed))
    most = min(dt.timedelta(seconds=10) * 2 ** (failures - 1), HOUR)

    assert wait is not None
    assert most / 2 <= wait <= most


def test_it_is_given_up_after_so_many_failures() -> None:
    backoff = Backoff(attempts=3)
    draw = random.Random(1)

    assert [backoff.wait(failures, draw) is None for failures in (1, 2, 3, 4)] == [False, False, True, True]


def test_it_is_tried_for_most_of_a_day() -> None:
    draw = random.Random(1)
    waits = [Backoff().wait(failures, draw) or dt.timedelta() for failures in range(1, 31)]

    assert dt.timedelta(hours=12) < sum(waits, dt.timedelta()) < dt.timedelta(hours=24)


def test_those_that_failed_together_do_not_come_back_together() -> None:
    draw = random.Random(1)

    assert len({Backoff().wait(5, draw) for _ in range(100)}) == 100


def test_no_number_of_failures_is_too_many() -> None:
    assert Backoff(HOUR, HOUR * 24, attempts=10**9).wait(10**8, random.Random(1))
