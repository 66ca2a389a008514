"""Reading packages, their items, and whether they can be had."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from operator import itemgetter

from db.rows import EventRow, FunctionRow, PackageItemRow, PackageRow, TicketRow
from db.statements import packages
from domain.availability import Availability, Part, of_package
from domain.money import Money, moneys
from resolvers import lookups
from resolvers.context import Context
from resolvers.paging import Page, PageArguments, pages_of, rows_by_parent
from resolvers.tickets import counters_of_tickets, sale_of, shown
from resolvers.touching import of_items


async def packages_of_functions(
    context: Context, parents: Sequence[FunctionRow], *, arguments: PageArguments
) -> Sequence[Page[PackageRow]]:
    """Each function's packages, oldest first."""
    keys = [function["function_id"] for function in parents]
    return await pages_of(context, packages.OF_FUNCTION[context.sight], packages.BY_CREATION, arguments, keys)


async def packages_of_events(context: Context, parents: Sequence[EventRow]) -> list[list[PackageRow]]:
    """The packages that hold a ticket of each event, oldest first."""
    keys = [event["event_id"] for event in parents]
    found = await rows_by_parent(context, packages.OF_EVENTS[context.sight], {}, keys)
    return [found[key] for key in keys]


async def _fetch_items(context: Context, package_ids: list[uuid.UUID]) -> Mapping[uuid.UUID, list[PackageItemRow]]:
    items: dict[uuid.UUID, list[PackageItemRow]] = {}
    statement = packages.ITEMS_OF_PACKAGES[context.sight]
    for item in await context.fetch(statement, {"keys": package_ids}, of_items(package_ids)):
        items.setdefault(item["package_id"], []).append(item)
    return items


async def items_of(context: Context, parents: Sequence[PackageRow]) -> list[list[PackageItemRow]]:
    """What each package holds that may be seen, in the order the organiser gave it."""
    found = await context.batches.lookup(_fetch_items, [package["package_id"] for package in parents])
    return [
        sorted(
            (item for item in items or () if item["is_visible"]), key=lambda item: (item["position"], item["ticket_id"])
        )
        for items in found
    ]


async def ticket_of(context: Context, parents: Sequence[PackageItemRow]) -> Sequence[TicketRow | None]:
    """The ticket of each item."""
    return await lookups.find(context, lookups.TICKETS, [item["ticket_id"] for item in parents])


def allocated_prices_of(items: Sequence[PackageItemRow]) -> list[Money]:
    """Which part of the package's price falls to each item."""
    return moneys(map(itemgetter("allocated_amount", "price_currency"), items))


async def availability_of(context: Context, parents: Sequence[PackageRow]) -> list[Availability]:
    """Whether each package can be had, with all that it holds."""
    found = await context.batches.lookup(_fetch_items, [package["package_id"] for package in parents])
    items = [its or [] for its in found]
    tickets = await ticket_of(context, [item for its in items for item in its])
    seen = {ticket["ticket_id"]: ticket for ticket in tickets if ticket is not None}
    pools = dict(zip(seen, await counters_of_tickets(context, list(seen.values())), strict=True))

    def part(item: PackageItemRow) -> Part | None:
        ticket = seen.get(item["ticket_id"])
        if ticket is None:
            return None
        return Part(item["quantity"], sale_of(ticket), pools[ticket["ticket_id"]])

    return [
        shown(context, package, of_package([part(item) for item in its], context.now))
        for package, its in zip(parents, items, strict=True)
    ]
