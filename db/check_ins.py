"""Who came in, when and where: read and written in one transaction, with the attendee locked."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from sqlalchemy import insert, select, update

from db.check_in_models import CheckIn as CheckInModel
from db.contention import Transaction
from db.models import Event
from db.selling_models import Attendee
from domain.check_in import CheckIn, Place
from domain.ids import uuid7
from domain.sales import AttendeeState


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of an attendee whose code was shown.

    Attributes:
        registration_id: by which order they come.
        organisation_id: whose event it is.
        function_id: of which function it is; None for one that stands by itself.
        place: where they belong, and when they came.
    """

    registration_id: uuid.UUID
    organisation_id: uuid.UUID
    function_id: uuid.UUID | None
    place: Place


async def find(transaction: Transaction, attendee_id: uuid.UUID) -> Known | None:
    """An attendee, whom nobody else checks in until the transaction ends; None where there is none."""
    query = (
        select(Attendee.registration_id, Attendee.event_id, Attendee.state, Event.organisation_id, Event.function_id)
        .join(Event, Event.event_id == Attendee.event_id)
        .where(Attendee.attendee_id == attendee_id)
        .with_for_update(of=Attendee)
    )
    row = (await transaction.execute(query)).one_or_none()
    if row is None:
        return None
    shown = select(CheckInModel.at, CheckInModel.place, CheckInModel.recorded_at).where(
        CheckInModel.attendee_id == attendee_id
    )
    check_ins = tuple(CheckIn(*each) for each in await transaction.execute(shown))
    place = Place(row.event_id, AttendeeState(row.state), check_ins)
    return Known(row.registration_id, row.organisation_id, row.function_id, place)


async def add(transaction: Transaction, attendee_id: uuid.UUID, new: CheckIn, *, by: uuid.UUID | None) -> None:
    """Write that a code was shown.

    Args:
        transaction: in which the attendee is locked.
        attendee_id: whose.
        new: when and where.
        by: the customer who scanned it; None for an operator.
    """
    values = {"at": new.at, "place": new.place, "recorded_at": new.recorded_at, "customer_id": by}
    keys = {"check_in_id": uuid7(), "attendee_id": attendee_id}
    await transaction.execute(insert(CheckInModel).values(keys | values))


async def set_first(transaction: Transaction, attendee_id: uuid.UUID, first: CheckIn) -> None:
    """Write which check-in of an attendee counts."""
    values = {
        "checked_in_at": first.at,
        "checked_in_place": first.place,
        "check_in_recorded_at": first.recorded_at,
        "version": Attendee.version + 1,
    }
    await transaction.execute(update(Attendee).where(Attendee.attendee_id == attendee_id).values(values))
