"""Which rows may be seen, as conditions that every reading statement carries.

This is the one place that decides it. A row that fails its condition equals a row that does not exist.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, exists

from db.models import Event, Function, Organisation, Package, Ticket

ORGANISATIONS: ColumnElement[bool] = Organisation.deleted_at.is_(None)

FUNCTIONS: ColumnElement[bool] = and_(Function.is_active, Function.deleted_at.is_(None))

EVENTS: ColumnElement[bool] = and_(Event.is_published, Event.deleted_at.is_(None))

TICKETS_OF_A_VISIBLE_EVENT: ColumnElement[bool] = and_(Ticket.is_active, Ticket.deleted_at.is_(None))

TICKETS: ColumnElement[bool] = and_(
    TICKETS_OF_A_VISIBLE_EVENT, exists().where(Event.event_id == Ticket.event_id, EVENTS).correlate(Ticket)
)

PACKAGES_OF_A_VISIBLE_FUNCTION: ColumnElement[bool] = and_(Package.is_active, Package.deleted_at.is_(None))

PACKAGES: ColumnElement[bool] = and_(
    PACKAGES_OF_A_VISIBLE_FUNCTION,
    exists().where(Function.function_id == Package.function_id, FUNCTIONS).correlate(Package),
)
