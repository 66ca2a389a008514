"""Buckets of points, beside a plain reckoning with levels."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.buckets import SECOND, Bucket, Charge, LocalBuckets, Rate, rate_of, wait_for

SMALL = Bucket("small", Rate(10, 2.0))
LARGE = Bucket("large", Rate(100, 5.0))


def test_a_bucket_is_full_at_first_and_gives_what_it_holds_and_no_more() -> None:
    buckets = LocalBuckets()

    assert [buckets.charge(Charge((SMALL,), 5), 0.0) for _ in range(3)] == [
        (True, (5,)),
        (True, (0,)),
        (False, (0,)),
    ]


def test_points_come_back_second_by_second_until_it_is_full() -> None:
    buckets = LocalBuckets()
    buckets.charge(Charge((SMALL,), 10), 0.0)

    assert buckets.charge(Charge((SMALL,), 4), 1.9 * SECOND) == (False, (3,))
    assert buckets.charge(Charge((SMALL,), 4), 2 * SECOND) == (True, (0,))
    assert buckets.charge(Charge((SMALL,), 1), 3600 * SECOND) == (True, (9,))


def test_what_is_given_back_never_makes_it_fuller_than_full() -> None:
    buckets = LocalBuckets()
    buckets.charge(Charge((SMALL,), 8), 0.0)

    assert buckets.charge(Charge((SMALL,), -3), 0.0) == (True, (5,))
    assert buckets.charge(Charge((SMALL,), -30), 0.0) == (True, (10,))


def test_all_buckets_of_a_charge_give_or_none_does() -> None:
    buckets = LocalBuckets()

    assert buckets.charge(Charge((LARGE, SMALL), 11), 0.0) == (False, (100, 10))
    assert buckets.charge(Charge((LARGE, SMALL), 10), 0.0) == (True, (90, 0))


def test_no_more_buckets_are_remembered_than_there_is_room_for() -> None:
    buckets = LocalBuckets(most=2)
    for key in ("first", "second", "third"):
        buckets.charge(Charge((Bucket(key, SMALL.rate),), 10), 0.0)

    assert buckets.charge(Charge((Bucket("third", SMALL.rate),), 1), 0.0).taken is False
    assert buckets.charge(Charge((Bucket("first", SMALL.rate),), 1), 0.0).taken is True


@given(st.lists(st.tuples(st.integers(-12, 12).filter(bool), st.integers(0, 4 * SECOND)), max_size=30))
def test_it_does_as_a_level_does_that_rises_and_falls(steps: list[tuple[int, int]]) -> None:
    buckets, level, now = LocalBuckets(), 10.0, 0
    for cost, waited in steps:
        now += waited
        level = min(level + waited * 2 / SECOND, 10.0)
        taken = cost <= level + 1e-5
        if taken:
            level = min(max(level - cost, 0.0), 10.0)
        found = buckets.charge(Charge((SMALL,), cost), now)

        assert found.taken is taken
        assert found.available[0] == pytest.approx(level, abs=1.0)


@pytest.mark.parametrize(("cost", "available", "wait"), [(5, 5, 0), (6, 5, 0.5), (10, 0, 5), (11, 10, None)])
def test_the_time_to_wait_is_known(cost: int, available: int, wait: float | None) -> None:
    assert wait_for(cost, available, SMALL.rate) == wait


def test_a_rate_is_read_as_it_is_written() -> None:
    assert rate_of("10000/500") == Rate(10000, 500.0)
    assert rate_of("1/0.5").seconds == 2


@pytest.mark.parametrize("text", ["", "10", "10/", "/5", "0/5", "10/0", "10/nan", "10/inf", "-1/5", "ten/5", "1e9/5"])
def test_what_is_no_rate_is_refused_with_what_would_be(text: str) -> None:
    with pytest.raises(ValueError, match="such as `10000/500`"):
        rate_of(text)
