"""The earliest counts, whenever it is told, and everyone is told which one that is."""

import datetime as dt
import itertools
import random
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.check_in import CLOCK_TOLERANCE, CheckIn, NoPlace, NotYet, Place, WrongEvent, decide
from domain.sales import AttendeeState

EVENT = uuid.uuid4()
NOON = dt.datetime(2027, 5, 1, 12, tzinfo=dt.UTC)
MINUTE = dt.timedelta(minutes=1)


def seen(minute: int = 0, place: str | None = "North", *, told: int | None = None) -> CheckIn:
    """A code that was shown so many minutes after noon, and told then or later."""
    return CheckIn(NOON + minute * MINUTE, place, NOON + (minute if told is None else told) * MINUTE)


def place(*check_ins: CheckIn, state: AttendeeState = AttendeeState.VALID) -> Place:
    return Place(EVENT, state, check_ins)


def test_the_first_time_somebody_comes_in() -> None:
    decision = decide(place(), EVENT, seen())

    assert (decision.is_first, decision.is_new, decision.first, decision.overtaken) == (True, True, seen(), None)


def test_the_second_time_says_when_and_where_the_first_was() -> None:
    first = seen(0, "North")
    decision = decide(place(first), EVENT, seen(5, "South"))

    assert (decision.is_first, decision.is_new, decision.first) == (False, True, first)


def test_one_that_was_earlier_and_is_told_later_counts_and_says_whom_it_overtook() -> None:
    online = seen(5, "South")
    offline = seen(0, "North", told=90)
    decision = decide(place(online), EVENT, offline)

    assert (decision.is_first, decision.first, decision.overtaken) == (True, offline, online)


def test_of_two_at_the_same_moment_the_one_told_first_counts() -> None:
    first = seen(0, "North", told=1)
    decision = decide(place(first), EVENT, seen(0, "South", told=2))

    assert (decision.is_first, decision.first) == (False, first)


@pytest.mark.parametrize("again", [seen(0, "North", told=7), seen(0, "North")])
def test_one_that_is_told_again_has_the_same_answer_and_is_not_new(again: CheckIn) -> None:
    first = seen(0, "North")
    decision = decide(place(first), EVENT, again)

    assert (decision.is_first, decision.is_new, decision.first, decision.overtaken) == (True, False, first, None)


def test_a_second_one_that_is_told_again_is_still_not_first() -> None:
    first, second = seen(0, "North"), seen(5, "South")
    decision = decide(place(first, second), EVENT, seen(5, "South", told=9))

    assert (decision.is_first, decision.is_new, decision.first) == (False, False, first)


def test_another_event_is_told_before_anything_else_is() -> None:
    with pytest.raises(WrongEvent):
        decide(place(state=AttendeeState.CANCELLED), uuid.uuid4(), seen())


@pytest.mark.parametrize("state", [AttendeeState.RESERVED, AttendeeState.CANCELLED])
def test_without_a_place_nobody_comes_in(state: AttendeeState) -> None:
    with pytest.raises(NoPlace) as refused:
        decide(place(state=state), EVENT, seen())

    assert refused.value.state is state


def test_a_door_whose_clock_is_ahead_is_told_so() -> None:
    now = CheckIn(NOON + CLOCK_TOLERANCE, None, NOON)
    ahead = CheckIn(NOON + CLOCK_TOLERANCE + MINUTE, None, NOON)

    assert decide(place(), EVENT, now).is_first
    with pytest.raises(NotYet, match="0:03:00 ahead"):
        decide(place(), EVENT, ahead)


@given(st.lists(st.tuples(st.integers(0, 9), st.sampled_from("NSEW")), min_size=1, max_size=6), st.randoms())
def test_in_whichever_order_they_are_told_the_earliest_counts(
    shown: list[tuple[int, str]], draw: random.Random
) -> None:
    told = list(shown)
    draw.shuffle(told)
    known: list[CheckIn] = []
    firsts = 0
    for number, (minute, door) in enumerate(told):
        new = CheckIn(NOON + minute * MINUTE, door, NOON + (100 + number) * MINUTE)
        decision = decide(place(*known), EVENT, new)
        if decision.is_new:
            known.append(new)
            firsts += decision.is_first
            assert (decision.overtaken is None) == (not decision.is_first or len(known) == 1)

    assert decision.first.at == min(each.at for each in known)
    assert decision.first == min(known, key=lambda each: each.order)
    assert len({(each.at, each.place) for each in known}) == len(known) == len(set(shown))
    assert firsts == sum(
        1 for count, each in enumerate(known) if each.order == min(other.order for other in known[: count + 1])
    )


def test_doors_that_were_offline_agree_with_those_that_were_not() -> None:
    shown = [seen(minute, door, told=50) for minute, door in ((3, "N"), (1, "S"), (2, "E"))]
    for order in itertools.permutations(shown):
        known: list[CheckIn] = []
        for new in order:
            decision = decide(place(*known), EVENT, new)
            known.append(new)
        assert decision.first.place == "S"
