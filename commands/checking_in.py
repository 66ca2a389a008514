"""Checking in: somebody shows a code at a door, and whoever stands there asks whether they may come in."""

from __future__ import annotations

import datetime as dt
import uuid

from auth.check_in_codes import WrongCode
from auth.permissions import Permission, organisations_of
from auth.viewer import Role
from commands.writing import Writer
from db import check_ins, outbox
from db.check_ins import Known
from db.contention import Transaction, transact
from domain import inputs
from domain.check_in import CheckedIn, CheckIn, Decision, NoPlace, NotAdmitted, NotYet, WrongEvent, decide
from domain.facts import AttendeeCheckedIn
from domain.user_errors import InvalidInput, NoAdmission, NotFound, Rejected

PATIENCE = 3.0
"""Seconds during which a check-in is begun again that meets another one of the same attendee."""

MAX_PLACE = 100
"""Characters."""


async def check_in_attendee(
    writer: Writer, *, code: str, event_id: str, at: dt.datetime | None, place: str | None
) -> CheckedIn:
    """Check somebody in by their code.

    Doors that were offline say when they saw the code; the earliest counts. The same told twice has no second effect,
    and the same answer.

    Args:
        writer: on whose behalf; staff who stand at doors.
        code: as it was read.
        event_id: the event at whose door it was shown.
        at: when; now, where None.
        place: which door.

    Raises:
        Rejected: `NotFound` for a code that nobody here signed and for an attendee of another organisation, which is
            the same; `NoAdmission` for another event, and where there is no place; `InvalidInput`.
    """
    event, seen = _read(writer, event_id, at, place)
    try:
        attendee_id = writer.keys.read(code)
    except WrongCode:
        raise _unknown() from None

    async def work(transaction: Transaction) -> Decision:
        known = await check_ins.find(transaction, attendee_id)
        if known is None or not _may(writer, known):
            raise _unknown()
        try:
            decision = decide(known.place, event, seen)
        except NotAdmitted as refused:
            raise Rejected(_refusal(refused)) from None
        if decision.is_new:
            await check_ins.add(transaction, attendee_id, seen, by=writer.viewer.customer_id)
            if decision.is_first:
                await check_ins.set_first(transaction, attendee_id, seen)
            fact = AttendeeCheckedIn(
                registration_id=known.registration_id,
                attendee_id=attendee_id,
                event_id=event,
                at=seen.at,
                place=seen.place,
                was_first=decision.is_first,
            )
            await outbox.record(transaction, fact)
        return decision

    return CheckedIn(attendee_id, await transact(writer.database, work, patience=PATIENCE, sells=True))


def _read(writer: Writer, event_id: str, at: dt.datetime | None, place: str | None) -> tuple[uuid.UUID, CheckIn]:
    """The arguments, as they are to be stored.

    Raises:
        Rejected: with every fault.
    """
    faults: list[InvalidInput] = []
    event: uuid.UUID | None = None
    try:
        event = inputs.id_of("Event")(event_id)
    except ValueError as error:
        faults.append(InvalidInput(("eventId",), f"`eventId` {error}."))
    try:
        moment = writer.now if at is None else inputs.moment(at)
    except ValueError as error:
        faults.append(InvalidInput(("at",), f"`at` {error}."))
    name = " ".join(place.split()) if place is not None else None
    try:
        name = inputs.text(MAX_PLACE)(name) if name else None
    except ValueError as error:
        faults.append(InvalidInput(("place",), f"`place` {error}."))
    if faults or event is None:
        raise Rejected(*faults)
    return event, CheckIn(moment, name, writer.now)


def _may(writer: Writer, known: Known) -> bool:
    """Whether the writer stands at the door of the event, and this deployment is for it."""
    within = writer.within
    if within is not None and within.key not in {known.organisation_id, known.function_id}:
        return False
    return writer.viewer.role is Role.ADMIN or known.organisation_id in organisations_of(writer.viewer, Permission.DOOR)


def _unknown() -> Rejected:
    return Rejected(NotFound(("code",), "There is nobody with this code."))


def _refusal(refused: NotAdmitted) -> InvalidInput | NoAdmission:
    message = str(refused)
    if isinstance(refused, NotYet):
        return InvalidInput(("at",), message)
    field = ("eventId",) if isinstance(refused, WrongEvent) else ("code",)
    return NoAdmission(field, message, refused.state if isinstance(refused, NoPlace) else None)
