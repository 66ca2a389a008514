"""Registrations with their lines, taxes and attendees: seen by those whose they are, and by the seller's staff."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ARRAY, Select, Text, and_, bindparam, exists, func, literal_column, select, true

from db.rows import AttendeeRow, LineRow, RegistrationRow, Row
from db.selling_models import Attendee, Registration, RegistrationLine, RegistrationTax
from db.statement import Statement, compile_statement
from db.statements.paging import Keyset, Listing, Lookup, fenced, key_table
from db.visibility import ORDERS, Sight, columns_of, sifting

COLUMNS = columns_of(
    Registration,
    (
        Registration.registration_id,
        Registration.organisation_id,
        Registration.function_id,
        Registration.customer_id,
        Registration.billed_to_id,
        Registration.confirmation_number,
        Registration.state,
        Registration.email,
        Registration.locale,
        Registration.currency,
        Registration.subtotal_amount,
        Registration.discount_amount,
        Registration.total_amount,
        Registration.hold_expires_at,
        Registration.confirmed_at,
        Registration.metadata_,
        Registration.created_at,
        Registration.updated_at,
        Registration.version,
    ),
    {Registration.internal_notes: "INTERNAL"},
).privileged

_ATTENDEE = (
    Attendee.attendee_id,
    Attendee.registration_id,
    Attendee.line_id,
    Attendee.ticket_id,
    Attendee.event_id,
    Attendee.state,
    Attendee.name,
    Attendee.email,
    Attendee.answers,
    Attendee.checked_in_at,
    Attendee.checked_in_place,
    Attendee.version,
)

BY_ID = Lookup(
    "registrations.by_id", RegistrationRow, COLUMNS, Registration.registration_id, (ORDERS,), Sight.PRIVILEGED
)

_SEEN = exists(literal_column("1")).where(Registration.registration_id == Attendee.registration_id, ORDERS)

ATTENDEES_BY_ID = Lookup(
    "attendees.by_id",
    AttendeeRow,
    _ATTENDEE,
    Attendee.attendee_id,
    (_SEEN.correlate(Attendee),),
    Sight.PRIVILEGED,
)

BY_ATTENDEE = Keyset("CREATION", (Attendee.attendee_id,))
"""By key: in the order of the registration's lines."""

ATTENDEES_OF_REGISTRATION = Listing(
    "registration.attendees",
    AttendeeRow,
    _ATTENDEE,
    (),
    scope=Attendee.registration_id,
    sight=Sight.PRIVILEGED,
)
"""Of registrations that were seen: whoever sees one sees who comes."""


ATTENDEES_OF_EVENT = Listing(
    "event.attendees",
    AttendeeRow,
    _ATTENDEE,
    (
        sifting(
            and_(
                Attendee.state == func.any(bindparam("states", type_=ARRAY(Text))),
                _SEEN.correlate(Attendee),
            )
        ),
    ),
    scope=Attendee.event_id,
    sight=Sight.PRIVILEGED,
)
"""Those in some states, of registrations that may be seen: who is let in at an event's door."""


def _lines() -> Statement[LineRow]:
    key = key_table()
    line = fenced(
        select(
            RegistrationLine.registration_id,
            RegistrationLine.position,
            RegistrationLine.ticket_id,
            RegistrationLine.package_id,
            RegistrationLine.quantity,
            RegistrationLine.list_amount,
            RegistrationLine.unit_amount,
            RegistrationLine.discount_amount,
            RegistrationLine.total_amount,
        ).where(RegistrationLine.registration_id == key.c.key),
        "line",
    )
    order = fenced(select(Registration.currency).where(Registration.registration_id == key.c.key, ORDERS), "its")
    query: Select[Any] = select(line, order).select_from(key.join(order, true()).join(line, true()))
    return compile_statement("registration.lines", query, LineRow, Sight.PRIVILEGED)


def _taxes() -> Statement[Row]:
    key = key_table()
    tax = fenced(
        select(
            RegistrationTax.registration_id,
            RegistrationTax.position,
            RegistrationTax.name,
            RegistrationTax.rate,
            RegistrationTax.is_included,
            RegistrationTax.amount.label("tax_amount"),
        ).where(RegistrationTax.registration_id == key.c.key),
        "tax",
    )
    order = fenced(select(Registration.currency).where(Registration.registration_id == key.c.key, ORDERS), "its")
    query: Select[Any] = select(tax, order).select_from(key.join(order, true()).join(tax, true()))
    return compile_statement("registration.taxes", query, Row, Sight.PRIVILEGED)


LINES = _lines()
"""The lines of each registration."""

TAXES = _taxes()
"""The taxes of each registration."""
