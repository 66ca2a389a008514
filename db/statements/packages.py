"""Packages, by id, in pages of a function, and by event; and their items."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, false, func, literal, literal_column, select, true

from db.models import Event, Function, Package, PackageItem, Ticket
from db.rows import PackageItemRow, PackageRow
from db.statement import Statement, compile_statement
from db.statements.paging import Keyset, Listing, Lookup, fenced, key_table, parents, unforeseen
from db.visibility import BELOW, ROWS, Sight, by_sight, columns_of

COLUMNS = columns_of(
    Package,
    (
        Package.package_id,
        Package.function_id,
        Package.name,
        Package.description,
        Package.price_amount,
        Package.price_currency,
        Package.is_active,
        Package.version,
    ),
    {},
)

EVENT_PACKAGES_LIMIT = 100
"""The most packages shown with one event; a function's whole list is paged."""

BY_ID = by_sight(
    lambda sight: Lookup(
        "packages.by_id",
        PackageRow,
        COLUMNS[sight],
        Package.package_id,
        (ROWS[sight].packages,),
        sight,
        Package.function_id,
    )
)

BY_CREATION = Keyset("CREATION", (Package.package_id,))
"""By key, which is made in time order."""

OF_FUNCTION = by_sight(
    lambda sight: Listing(
        "function.packages",
        PackageRow,
        COLUMNS[sight],
        (BELOW[sight].packages,),
        scope=Package.function_id,
        sight=sight,
    )
)


def _of_events(sight: Sight) -> Statement[PackageRow]:
    rows, parent = BELOW[sight], parents()
    function_of_event = (
        select(Function.function_id)
        .join(Event, Event.function_id == Function.function_id)
        .where(Event.event_id == parent.c.id, rows.functions)
        .correlate(parent)
        .scalar_subquery()
    )
    # Rather than EXISTS, which the planner would turn into a join, in an order of its own.
    ticket_that_it_holds = (
        select(Ticket.ticket_id)
        .join(PackageItem, Ticket.ticket_id == PackageItem.ticket_id)
        .where(
            PackageItem.package_id == Package.package_id,
            Ticket.event_id == parent.c.id,
            rows.tickets,
        )
        .limit(literal_column("1"))
        .correlate(Package, parent)
        .scalar_subquery()
    )
    with_event = (
        select(*COLUMNS[sight])
        # The event's own function, so that the packages are walked in the order of their index.
        .where(
            Package.function_id == function_of_event,
            rows.packages,
            ticket_that_it_holds.is_not(None),
        )
        .order_by(Package.package_id)
        .limit(unforeseen(literal(EVENT_PACKAGES_LIMIT)))
        .correlate(parent)
        .lateral("page")
    )
    query: Select[Any] = select(parent.c.place, with_event).select_from(parent.join(with_event, true()))
    return compile_statement("event.packages", query, PackageRow, sight)


def _items_of_packages(sight: Sight) -> Statement[PackageItemRow]:
    key = key_table()
    item = fenced(
        select(
            PackageItem.package_id,
            PackageItem.ticket_id,
            PackageItem.position,
            PackageItem.quantity,
            PackageItem.allocated_amount,
        ).where(PackageItem.package_id == key.c.key),
        "item",
    )
    package = fenced(select(Package.price_currency).where(Package.package_id == item.c.package_id), "package")
    is_seen = ROWS[sight].tickets.label("is_visible")
    seen = select(Ticket.event_id, is_seen).where(Ticket.ticket_id == item.c.ticket_id)
    ticket = fenced(seen, "ticket")
    is_visible = func.coalesce(ticket.c.is_visible, false()).label("is_visible")
    query: Select[Any] = select(item, package, ticket.c.event_id, is_visible)
    # The ticket may not even be there, as far as row-level security lets this statement know.
    query = query.select_from(key.join(item, true()).join(package, true()).outerjoin(ticket, true()))
    return compile_statement("package.items", query, PackageItemRow, sight)


OF_EVENTS = by_sight(_of_events)
"""The packages that hold a ticket of each event; `place` says which."""

ITEMS_OF_PACKAGES = by_sight(_items_of_packages)
"""All items; `is_visible` says whether the ticket may be seen, for while it may not, the package cannot be sold."""
