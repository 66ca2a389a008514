"""Whose codes for the door a viewer may have."""

from __future__ import annotations

from sqlalchemy import ARRAY, Uuid, bindparam, func, or_, select

from db.rows import AttendeeRow
from db.selling_models import Attendee, Registration
from db.statement import Statement, compile_statement
from db.visibility import ORDERS, ORGANISATION_OF, Sight, holds
from domain.sales import AttendeeState


def _coded() -> Statement[AttendeeRow]:
    theirs = or_(
        Registration.customer_id == bindparam("own", type_=Uuid),
        Registration.registration_id == func.any(bindparam("registrations", type_=ARRAY(Uuid))),
        holds("DOOR", ORGANISATION_OF[Registration]),
    )
    query = (
        select(Attendee.attendee_id)
        .join(Registration, Registration.registration_id == Attendee.registration_id)
        .where(
            Attendee.attendee_id == func.any(bindparam("keys", type_=ARRAY(Uuid))),
            Attendee.state == AttendeeState.VALID.value,
            ORDERS,
            theirs,
        )
    )
    return compile_statement("attendees.with_codes", query, AttendeeRow, Sight.PRIVILEGED)


CODED = _coded()
"""Of some attendees those who have a place and whose order is the viewer's own, or whose door the viewer stands at."""
