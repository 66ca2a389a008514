"""Whether something can be bought, from counters and sale times alone."""

import datetime as dt
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.availability import (
    Availability,
    AvailabilityState,
    Part,
    Pool,
    Sale,
    of_package,
    of_pool,
    of_ticket,
)

AVAILABLE, LOW, HELD, SOLD_OUT, NOT_ON_SALE = AvailabilityState
FROM_BEST_TO_WORST = list(AvailabilityState)

NOW = dt.datetime(2027, 5, 1, 12, tzinfo=dt.UTC)
SECOND = dt.timedelta(seconds=1)
ALWAYS = Sale()
OVER = Sale(end=NOW)
HALL, CLUB = uuid.UUID(int=1), uuid.UUID(int=2)


# -- one pool ---------------------------------------------------------------------------------------------------------

POOLS = [
    # capacity, sold, held → state, remaining
    (None, 10**6, 10**6, AVAILABLE, None),
    (1000, 0, 0, AVAILABLE, 1000),
    (1000, 899, 0, AVAILABLE, 101),
    (1000, 900, 0, LOW, 100),  # a tenth of the capacity
    (1000, 899, 1, LOW, 100),  # what is held is not free
    (1000, 999, 0, LOW, 1),
    (1000, 999, 1, HELD, 0),
    (1000, 0, 1000, HELD, 0),
    (1000, 1000, 0, SOLD_OUT, 0),
    (50, 39, 0, AVAILABLE, 11),
    (50, 40, 0, LOW, 10),  # ten places
    (10, 0, 0, LOW, 10),
    (1, 0, 0, LOW, 1),
    (0, 0, 0, SOLD_OUT, 0),
]


@pytest.mark.parametrize(("capacity", "sold", "held", "state", "remaining"), POOLS)
def test_a_pool_is_in_the_state_that_its_counters_say(
    capacity: int | None, sold: int, held: int, state: AvailabilityState, remaining: int | None
) -> None:
    assert of_pool(Pool(capacity, sold, held)) == (state, remaining)


@pytest.mark.parametrize(
    ("free", "held", "places", "fewest", "state", "remaining"),
    [
        (4, 0, 2, 1, LOW, 2),
        (5, 0, 2, 1, LOW, 2),
        (1, 0, 2, 1, SOLD_OUT, 0),
        (1, 1, 2, 1, HELD, 0),
        (4, 0, 1, 4, LOW, 4),
        (3, 0, 1, 4, SOLD_OUT, 3),
        (3, 1, 1, 4, HELD, 3),
        (7, 0, 2, 4, SOLD_OUT, 3),
        (8, 0, 2, 4, LOW, 4),
    ],
)
def test_a_pool_must_have_all_the_places_that_are_needed_at_once(
    free: int, held: int, places: int, fewest: int, state: AvailabilityState, remaining: int
) -> None:
    pool = Pool(1000, 1000 - free - held, held)

    assert of_pool(pool, places, fewest) == (state, remaining)


counters = st.integers(0, 60)
needs = st.integers(1, 12)


@given(counters, counters, counters, needs, needs)
def test_more_sold_is_never_better(free: int, sold: int, held: int, places: int, fewest: int) -> None:
    capacity = free + sold + held
    states = [
        of_pool(Pool(capacity, sold + more, held), places, fewest)[0] for more in range(min(free, 2 * places * fewest))
    ]

    assert states == sorted(states, key=FROM_BEST_TO_WORST.index)


@given(counters, counters, counters, needs, needs)
def test_more_held_is_never_better(free: int, sold: int, held: int, places: int, fewest: int) -> None:
    capacity = free + sold + held
    states = [of_pool(Pool(capacity, sold, held + more), places, fewest)[0] for more in range(free + 1)]

    assert states == sorted(states, key=FROM_BEST_TO_WORST.index)


@given(counters, counters, counters, needs, needs)
def test_to_sell_what_was_held_is_never_better(free: int, sold: int, held: int, places: int, fewest: int) -> None:
    capacity = free + sold + held
    states = [of_pool(Pool(capacity, sold + some, held - some), places, fewest)[0] for some in range(held + 1)]

    assert states == sorted(states, key=FROM_BEST_TO_WORST.index)


@given(counters, counters, counters, needs)
def test_what_can_be_bought_has_something_remaining(free: int, sold: int, held: int, fewest: int) -> None:
    state, remaining = of_pool(Pool(free + sold + held, sold, held), fewest=fewest)

    assert remaining == free
    assert (state in {AVAILABLE, LOW}) == (free >= fewest)


# -- a ticket ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "end", "state"),
    [
        (None, None, AVAILABLE),
        (NOW, None, AVAILABLE),
        (NOW + SECOND, None, NOT_ON_SALE),
        (None, NOW, NOT_ON_SALE),
        (None, NOW + SECOND, AVAILABLE),
        (NOW - SECOND, NOW + SECOND, AVAILABLE),
        (NOW - 2 * SECOND, NOW - SECOND, NOT_ON_SALE),
        (NOW, NOW, NOT_ON_SALE),
    ],
)
def test_a_sale_runs_from_its_start_until_just_before_its_end(
    start: dt.datetime | None, end: dt.datetime | None, state: AvailabilityState
) -> None:
    assert of_ticket([], Sale(start, end), NOW).state is state


def test_a_ticket_without_pools_is_without_limit() -> None:
    assert of_ticket([], ALWAYS, NOW) == Availability(AVAILABLE, None, NOW)


def test_the_scarcest_pool_decides() -> None:
    roomy, unlimited, full, on_hold = Pool(1000, 0, 0), Pool(None, 5, 5), Pool(5, 5, 0), Pool(5, 0, 5)

    assert of_ticket([roomy, unlimited], ALWAYS, NOW) == Availability(AVAILABLE, 1000, NOW)
    assert of_ticket([roomy, on_hold], ALWAYS, NOW) == Availability(HELD, 0, NOW)
    assert of_ticket([on_hold, full, roomy], ALWAYS, NOW) == Availability(SOLD_OUT, 0, NOW)


def test_a_ticket_that_is_not_on_sale_does_not_say_how_many_are_left() -> None:
    assert of_ticket([Pool(5, 0, 0)], OVER, NOW) == Availability(NOT_ON_SALE, None, NOW)


def test_a_ticket_of_which_an_order_must_hold_more_than_are_left_is_sold_out() -> None:
    assert of_ticket([Pool(100, 97, 0)], ALWAYS, NOW, fewest=4).state is SOLD_OUT
    assert of_ticket([Pool(100, 96, 0)], ALWAYS, NOW, fewest=4).state is LOW


@pytest.mark.parametrize("state", AvailabilityState)
def test_how_many_are_left_is_public_only_when_they_are_few(state: AvailabilityState) -> None:
    assert Availability(state, 3, NOW).for_anyone() == Availability(state, 3 if state is LOW else None, NOW)


# -- a package --------------------------------------------------------------------------------------------------------


def test_a_package_is_as_scarce_as_its_scarcest_part() -> None:
    plenty = Part(1, ALWAYS, {HALL: Pool(1000, 0, 0)})
    few = Part(1, ALWAYS, {CLUB: Pool(100, 98, 0)})

    assert of_package([plenty, few], NOW) == Availability(LOW, 2, NOW)


def test_a_package_needs_all_places_of_a_part_at_once() -> None:
    four = Part(4, ALWAYS, {CLUB: Pool(100, 95, 0)})

    assert of_package([four], NOW) == Availability(LOW, 1, NOW)


def test_parts_that_share_a_pool_add_up() -> None:
    club = {CLUB: Pool(100, 97, 0)}

    assert of_package([Part(2, ALWAYS, club)], NOW).state is LOW
    assert of_package([Part(2, ALWAYS, club), Part(2, ALWAYS, club)], NOW) == Availability(SOLD_OUT, 0, NOW)


@pytest.mark.parametrize(
    "parts",
    [
        [],
        [None],
        [Part(1, ALWAYS, {}), None],
        [Part(1, ALWAYS, {}), Part(1, OVER, {})],
    ],
    ids=["empty", "a ticket that is gone", "one of two is gone", "one of two is over"],
)
def test_a_package_that_cannot_be_had_whole_is_not_on_sale(parts: list[Part | None]) -> None:
    assert of_package(parts, NOW) == Availability(NOT_ON_SALE, None, NOW)


def test_a_package_of_tickets_without_pools_is_without_limit() -> None:
    assert of_package([Part(3, ALWAYS, {}), Part(1, ALWAYS, {HALL: Pool(None, 0, 0)})], NOW) == Availability(
        AVAILABLE, None, NOW
    )
