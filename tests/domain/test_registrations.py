"""The table of a registration's steps, as a whole."""

import pytest

from domain.registrations import (
    HOLDING,
    SOLD,
    SWEPT,
    TRANSITIONS,
    InvalidTransition,
    RegistrationState,
    ends,
    step,
)

EVERY = [(source, target) for source in RegistrationState for target in RegistrationState]


def test_every_step_of_the_table_can_be_taken() -> None:
    for source, target in TRANSITIONS:
        assert step(source, target) is target


@pytest.mark.parametrize(("source", "target"), [pair for pair in EVERY if pair not in TRANSITIONS])
def test_every_other_step_is_refused_with_both_its_ends(source: RegistrationState, target: RegistrationState) -> None:
    with pytest.raises(InvalidTransition) as refused:
        step(source, target)

    assert (refused.value.source, refused.value.target) == (source, target)
    assert refused.value.code == "BAD_TRANSITION"


def test_every_state_is_reached_from_a_draft_and_no_step_leads_back_to_it() -> None:
    reached = {RegistrationState.DRAFT}
    while more := {target for source, target in TRANSITIONS if source in reached} - reached:
        reached |= more

    assert reached == set(RegistrationState)
    assert all(target is not RegistrationState.DRAFT for _, target in TRANSITIONS)


def test_it_ends_cancelled_or_refunded_and_what_has_expired_may_still_be_paid() -> None:
    ended = {state for state in RegistrationState if ends(state)}

    assert ended == {RegistrationState.CANCELLED, RegistrationState.REFUNDED}


def test_places_are_held_or_sold_or_neither() -> None:
    assert not HOLDING & SOLD
    assert SWEPT < HOLDING
    # Whatever ends a hold without selling leads out of both; whoever was sold something leaves by money or for nothing.
    for source, target in TRANSITIONS:
        if source in SOLD and target not in SOLD:
            assert target in {RegistrationState.CANCELLED, RegistrationState.REFUNDED}


def test_money_that_moves_is_waited_for() -> None:
    """Nobody cancels a registration whose payment is being processed, and no sweep ends its hold."""
    assert RegistrationState.PROCESSING not in SWEPT
    assert (RegistrationState.PROCESSING, RegistrationState.CANCELLED) not in TRANSITIONS
