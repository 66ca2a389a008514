"""A lease ends for its holder before it ends for whoever waits."""

import time

import pytest

from domain import leases
from domain.leases import PATIENCE, Beat, Lease, Watch, now


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(leases, "now", clock)
    return clock


def beat(number: int) -> Beat:
    return Beat("process", "machine:1", 1, number, lease=5.0)


def test_a_lease_counts_from_before_the_question(clock: Clock) -> None:
    lease, begun = Lease(5.0), clock.now
    assert not lease.holds
    clock.now += 2
    lease.confirm(begun)
    assert lease.holds

    clock.now = begun + 5

    assert not lease.holds


def test_whoever_waits_does_so_longer_than_any_holder_serves(clock: Clock) -> None:
    watch = Watch()
    assert not watch.has_ended("database", beat(1))
    clock.now += 5.0 * PATIENCE
    assert not watch.has_ended("database", beat(1))

    clock.now += 0.001

    assert watch.has_ended("database", beat(1))


def test_a_sign_of_life_begins_the_wait_again(clock: Clock) -> None:
    watch = Watch()
    watch.has_ended("database", beat(1))
    clock.now += 100

    assert not watch.has_ended("database", beat(2))
    assert not watch.has_ended("cache", beat(1))


def test_the_clock_is_never_set() -> None:
    first = now()
    time.sleep(0.01)

    assert 0.01 <= now() - first < 5
