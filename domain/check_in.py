"""Who comes in: decided from what is known of an attendee, and what a door has seen.

Doors may be offline: what they saw arrives later, and in any order. The earliest moment counts, whenever it is told,
and every other is told which one that was. Of two at the same moment, the one that was told first counts.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from domain.sales import AttendeeState

CLOCK_TOLERANCE: Final = dt.timedelta(minutes=2)
"""By how much a door's clock may be ahead of this server's."""


@dataclass(frozen=True, slots=True)
class CheckIn:
    """A code that was shown at a door.

    Attributes:
        at: when, by the door's clock.
        place: at which door; None where it has no name.
        recorded_at: when this server was told.
    """

    at: dt.datetime
    place: str | None
    recorded_at: dt.datetime

    @property
    def order(self) -> tuple[dt.datetime, dt.datetime]:
        """By what the first of several is found."""
        return self.at, self.recorded_at

    def is_told_again(self, other: CheckIn) -> bool:
        """Whether the other is this one, told a second time by a door that missed the answer."""
        return (self.at, self.place) == (other.at, other.place)


@dataclass(frozen=True, slots=True)
class Place:
    """What is known of an attendee: where they belong, whether they have a place, and when their code was shown."""

    event_id: uuid.UUID
    state: AttendeeState
    check_ins: Sequence[CheckIn] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """What a check-in comes to.

    Attributes:
        first: the check-in that counts, of all that are known now.
        is_first: whether the new one is that: the person may come in.
        is_new: whether it was not known before.
        overtaken: the one that counted until now, where the new one is earlier: somebody was let in by the same code.
    """

    first: CheckIn
    is_first: bool
    is_new: bool
    overtaken: CheckIn | None = None


@dataclass(frozen=True, slots=True)
class CheckedIn:
    """What a check-in came to.

    Attributes:
        attendee_id: who it is.
        decision: whether they come in, and who came by the same code before or after.
    """

    attendee_id: uuid.UUID
    decision: Decision


class NotAdmitted(Exception):
    """Nobody comes in by this; the message says why, in words for whoever stands at the door."""


class WrongEvent(NotAdmitted):
    """The code is good, for another event."""


class NoPlace(NotAdmitted):
    """The attendee has no place: not yet, or no longer."""

    def __init__(self, message: str, state: AttendeeState) -> None:
        super().__init__(message)
        self.state = state


class NotYet(NotAdmitted):
    """The moment is still to come: the door's clock is wrong."""


def decide(place: Place, event_id: uuid.UUID, new: CheckIn) -> Decision:
    """Whether somebody comes in.

    Args:
        place: of the attendee whose code it is.
        event_id: the event at whose door the code was shown.
        new: when and where; `recorded_at` is now.

    Raises:
        NotAdmitted: not at this door, not with this place, or not at such a time.
    """
    if place.event_id != event_id:
        raise WrongEvent("This code is for another event.")
    if place.state is not AttendeeState.VALID:
        raise NoPlace(_REASONS[place.state], place.state)
    if new.at > new.recorded_at + CLOCK_TOLERANCE:
        raise NotYet(
            f"`at` is {new.at - new.recorded_at} ahead of this server: set the clock of the device that scans."
        )
    known = next((each for each in place.check_ins if each.is_told_again(new)), None)
    this = known or new
    before = min(place.check_ins, key=lambda each: each.order, default=None)
    first = this if before is None else min(before, this, key=lambda each: each.order)
    is_first = first is this
    return Decision(
        first,
        is_first=is_first,
        is_new=known is None,
        overtaken=before if is_first and known is None else None,
    )


_REASONS: Final = {
    AttendeeState.RESERVED: "This place is not paid for.",
    AttendeeState.CANCELLED: "This place was cancelled or refunded.",
}
