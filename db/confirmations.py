"""What mail tells of a registration: read by the server itself, whoever it is of."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select

from db.contention import Transaction
from db.identity_models import Customer
from db.models import Event, Function, Organisation, Package, Ticket
from db.payment_models import Payment, Refund
from db.selling_models import Attendee, Registration, RegistrationLine, RegistrationTax
from domain.sales import AttendeeState

Columns = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Confirmed:
    """A registration, with what it is made of, each as its columns.

    Attributes:
        order: the registration, who sells, the gathering, and where mail about it goes.
        lines: what was ordered, in order.
        taxes: what taxes come to, in order.
        admissions: the attendees who have a place, with its event and ticket, by event, ticket and person.
    """

    order: Columns
    lines: Sequence[Columns]
    taxes: Sequence[Columns]
    admissions: Sequence[Columns]


async def confirmed(transaction: Transaction, registration_id: uuid.UUID) -> Confirmed | None:
    """Everything about a registration; None where there is none."""
    orders = await _rows(transaction, _ORDER.where(Registration.registration_id == registration_id))
    if not orders:
        return None
    return Confirmed(
        orders[0],
        await _rows(transaction, _LINES.where(RegistrationLine.registration_id == registration_id)),
        await _rows(transaction, _TAXES.where(RegistrationTax.registration_id == registration_id)),
        await _rows(transaction, _ADMISSIONS.where(Attendee.registration_id == registration_id)),
    )


async def refunded(transaction: Transaction, refund_id: uuid.UUID) -> Columns | None:
    """What went back, and why it was not kept; None where there is no such refund."""
    rows = await _rows(transaction, _REFUND.where(Refund.refund_id == refund_id))
    return rows[0] if rows else None


async def _rows(transaction: Transaction, query: Select[*tuple[Any, ...]]) -> Sequence[Columns]:
    return [dict(row) for row in (await transaction.execute(query)).mappings()]


_ORDER = (
    select(
        Registration.state,
        Registration.customer_id,
        Registration.hold_expires_at,
        Registration.confirmation_number,
        Registration.confirmed_at,
        Registration.currency,
        Registration.discount_amount,
        Registration.total_amount,
        func.coalesce(Registration.email, Customer.email).label("email"),
        Customer.name.label("customer"),
        Organisation.name.label("organisation"),
        Function.name.label("function"),
        Function.start_date,
        Function.end_date,
        Function.location,
        func.coalesce(Function.timezone, Organisation.timezone).label("timezone"),
    )
    .join(Organisation, Organisation.organisation_id == Registration.organisation_id)
    .outerjoin(Function, Function.function_id == Registration.function_id)
    .outerjoin(Customer, Customer.customer_id == Registration.customer_id)
)

_LINES = (
    select(
        RegistrationLine.quantity,
        RegistrationLine.unit_amount,
        func.coalesce(Ticket.name, Package.name).label("name"),
    )
    .outerjoin(Ticket, Ticket.ticket_id == RegistrationLine.ticket_id)
    .outerjoin(Package, Package.package_id == RegistrationLine.package_id)
    .order_by(RegistrationLine.position)
)

_TAXES = select(RegistrationTax.name, RegistrationTax.is_included, RegistrationTax.amount).order_by(
    RegistrationTax.position
)

_REFUND = select(
    Refund.amount, func.coalesce(Payment.received_currency, Payment.currency).label("currency"), Payment.problem
).join(Payment, Payment.payment_id == Refund.payment_id)

_ADMISSIONS = (
    select(
        Attendee.attendee_id,
        Attendee.name,
        Ticket.name.label("ticket"),
        Event.event_id,
        Event.title,
        Event.event_start,
        Event.event_end,
        Event.timezone,
        Event.location,
    )
    .join(Ticket, Ticket.ticket_id == Attendee.ticket_id)
    .join(Event, Event.event_id == Attendee.event_id)
    .where(Attendee.state == AttendeeState.VALID.value)
    .order_by(Event.event_start, Event.title, Event.event_id, Ticket.position, Attendee.person, Attendee.attendee_id)
)
