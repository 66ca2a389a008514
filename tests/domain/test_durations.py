"""Quantiles are as exact as they say, and merging loses nothing."""

import statistics
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.durations import ACCURACY, LONGEST, SHORTEST, bucket_of, merged, quantile

DURATIONS = st.lists(st.floats(SHORTEST, LONGEST), min_size=1, max_size=200)


def histogram(durations: list[float]) -> Counter[int]:
    return Counter(map(bucket_of, durations))


@given(durations=DURATIONS, share=st.floats(0, 1))
def test_a_quantile_is_within_the_accuracy_of_the_duration_at_its_rank(durations: list[float], share: float) -> None:
    true = sorted(durations)[int(share * (len(durations) - 1))]

    found = quantile(histogram(durations), share)

    assert found == pytest.approx(true, rel=ACCURACY * 1.000_001)


@given(one=DURATIONS, other=DURATIONS)
def test_what_two_hold_is_merged_as_if_one_had_measured_it(one: list[float], other: list[float]) -> None:
    assert merged([histogram(one), histogram(other)]) == histogram(one + other)


def test_the_median_is_the_one_of_the_textbook() -> None:
    durations = [0.001 * n for n in range(1, 100)]

    assert quantile(histogram(durations), 0.5) == pytest.approx(statistics.median(durations), rel=ACCURACY)


def test_nothing_has_no_quantile() -> None:
    assert quantile({}, 0.5) is None


@pytest.mark.parametrize("seconds", [-1.0, 0.0, 1e-9, 1e9, float("inf")])
def test_whatever_a_clock_says_falls_into_a_bucket(seconds: float) -> None:
    assert bucket_of(SHORTEST) <= bucket_of(seconds) <= bucket_of(LONGEST)
