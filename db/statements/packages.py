"""Packages, by id, in pages of a function, and by event; and their items."""

from __future__ import annotations

from sqlalchemy import literal, literal_column, select, true

from db import visibility
from db.models import Event, Function, Package, PackageItem, Ticket
from db.rows import PackageItemRow, PackageRow
from db.statement import compile_statement
from db.statements.paging import Keyset, Listing, Lookup, fenced, key_table, parents, unforeseen

COLUMNS = (
    Package.package_id,
    Package.function_id,
    Package.name,
    Package.description,
    Package.price_amount,
    Package.price_currency,
    Package.is_active,
    Package.version,
)

EVENT_PACKAGES_LIMIT = 100
"""The most packages shown with one event; a function's whole list is paged."""

BY_ID = Lookup("packages.by_id", PackageRow, COLUMNS, Package.package_id, (visibility.PACKAGES,), Package.function_id)

BY_CREATION = Keyset("CREATION", (Package.package_id,))
"""By key, which is made in time order."""

OF_FUNCTION = Listing(
    "function.packages",
    PackageRow,
    COLUMNS,
    (visibility.PACKAGES_OF_A_VISIBLE_FUNCTION,),
    scope=Package.function_id,
)

_parent = parents()
_function_of_event = (
    select(Function.function_id)
    .join(Event, Event.function_id == Function.function_id)
    .where(Event.event_id == _parent.c.id, visibility.FUNCTIONS)
    .correlate(_parent)
    .scalar_subquery()
)
# Rather than EXISTS, which the planner would turn into a join, in an order of its own.
_ticket_that_it_holds = (
    select(Ticket.ticket_id)
    .join(PackageItem, Ticket.ticket_id == PackageItem.ticket_id)
    .where(
        PackageItem.package_id == Package.package_id,
        Ticket.event_id == _parent.c.id,
        visibility.TICKETS_OF_A_VISIBLE_EVENT,
    )
    .limit(literal_column("1"))
    .correlate(Package, _parent)
    .scalar_subquery()
)
_with_event = (
    select(*COLUMNS)
    # The event's own function, so that the packages are walked in the order of their index.
    .where(
        Package.function_id == _function_of_event,
        visibility.PACKAGES_OF_A_VISIBLE_FUNCTION,
        _ticket_that_it_holds.is_not(None),
    )
    .order_by(Package.package_id)
    .limit(unforeseen(literal(EVENT_PACKAGES_LIMIT)))
    .correlate(_parent)
    .lateral("page")
)

OF_EVENTS = compile_statement(
    "event.packages", select(_parent.c.place, _with_event).select_from(_parent.join(_with_event, true())), PackageRow
)
"""The packages that hold a ticket of each event; `place` says which."""

_key = key_table()
_item = fenced(
    select(
        PackageItem.package_id,
        PackageItem.ticket_id,
        PackageItem.position,
        PackageItem.quantity,
        PackageItem.allocated_amount,
    ).where(PackageItem.package_id == _key.c.key),
    "item",
)
_package = fenced(select(Package.price_currency).where(Package.package_id == _item.c.package_id), "package")
_ticket = fenced(
    select(Ticket.event_id, visibility.TICKETS.label("is_visible")).where(Ticket.ticket_id == _item.c.ticket_id),
    "ticket",
)

ITEMS_OF_PACKAGES = compile_statement(
    "package.items",
    select(_item, _package, _ticket).select_from(_key.join(_item, true()).join(_package, true()).join(_ticket, true())),
    PackageItemRow,
)
"""All items; `is_visible` says whether the ticket may be seen, for while it may not, the package cannot be sold."""
