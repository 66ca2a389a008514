"""Packages, by id, in pages of a function, and by event; and their items."""

from __future__ import annotations

from sqlalchemy import ARRAY, Uuid, bindparam, exists, func, select, true

from db import visibility
from db.models import Event, Package, PackageItem, Ticket
from db.rows import PackageItemRow, PackageRow
from db.statement import compile_statement
from db.statements.paging import Keyset, Listing, Lookup, parents

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

BY_ID = Lookup("packages.by_id", PackageRow, COLUMNS, Package.package_id, (visibility.PACKAGES,))

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
_with_event = (
    select(*COLUMNS)
    .where(
        # The event's own function, so that the packages are walked in the order of their index.
        Package.function_id
        == select(Event.function_id).where(Event.event_id == _parent.c.id).correlate(_parent).scalar_subquery(),
        visibility.PACKAGES,
        exists()
        .where(
            PackageItem.package_id == Package.package_id,
            PackageItem.ticket_id == Ticket.ticket_id,
            Ticket.event_id == _parent.c.id,
            visibility.TICKETS_OF_A_VISIBLE_EVENT,
        )
        .correlate(Package, _parent),
    )
    .order_by(Package.package_id)
    .limit(EVENT_PACKAGES_LIMIT)
    .correlate(_parent)
    .lateral("page")
)

OF_EVENTS = compile_statement(
    "event.packages", select(_parent.c.place, _with_event).select_from(_parent.join(_with_event, true())), PackageRow
)
"""The packages that hold a ticket of each event; `place` says which."""

ITEMS_OF_PACKAGES = compile_statement(
    "package.items",
    select(
        PackageItem.package_id,
        PackageItem.ticket_id,
        PackageItem.position,
        PackageItem.quantity,
        PackageItem.allocated_amount,
        Package.price_currency,
        visibility.TICKETS.label("is_visible"),
    )
    .join(Package, Package.package_id == PackageItem.package_id)
    .join(Ticket, Ticket.ticket_id == PackageItem.ticket_id)
    .where(PackageItem.package_id == func.any(bindparam("keys", type_=ARRAY(Uuid)))),
    PackageItemRow,
)
"""All items; `is_visible` says whether the ticket may be seen, for while it may not, the package cannot be sold."""
