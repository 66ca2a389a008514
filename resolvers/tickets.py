"""Reading tickets, the pools they draw on, and whether they can be had."""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from operator import itemgetter

from auth.permissions import Permission
from db.rows import EventRow, PackageRow, PoolRow, TicketRow
from db.statement import Statement
from db.statements import tickets
from db.visibility import BySight
from domain.availability import Availability, Pool, Sale, of_ticket
from domain.money import Money, moneys
from resolvers.context import Context
from resolvers.paging import Page, PageArguments, pages_of
from resolvers.permissions import has
from resolvers.touching import of_pools

PoolsByTicket = Callable[[Context, list[uuid.UUID]], Awaitable[Mapping[uuid.UUID, list[PoolRow]]]]


async def tickets_of_events(
    context: Context, parents: Sequence[EventRow], *, arguments: PageArguments
) -> Sequence[Page[TicketRow]]:
    """Each event's tickets, in the order the organiser gave them."""
    keys = [event["event_id"] for event in parents]
    return await pages_of(context, tickets.OF_EVENT[context.sight], tickets.BY_POSITION, arguments, keys)


_PRICE = itemgetter("price_amount", "price_currency")


def prices_of(sold: Sequence[TicketRow | PackageRow]) -> list[Money]:
    """What one of each costs."""
    return moneys(map(_PRICE, sold))


def _by_ticket(of_tickets: BySight[Statement[PoolRow]]) -> PoolsByTicket:
    async def fetch(context: Context, ticket_ids: list[uuid.UUID]) -> Mapping[uuid.UUID, list[PoolRow]]:
        pools: dict[uuid.UUID, list[PoolRow]] = {}
        for pool in await context.fetch(of_tickets[context.sight], {"keys": ticket_ids}, of_pools(ticket_ids)):
            pools.setdefault(pool["ticket_id"], []).append(pool)
        return pools

    return fetch


_POOLS = _by_ticket(tickets.POOLS_OF_TICKETS)
_COUNTERS = _by_ticket(tickets.COUNTERS_OF_TICKETS)


async def pools_of(context: Context, parents: Sequence[TicketRow]) -> list[list[PoolRow]]:
    """The pools that each ticket draws on, as far as they may be seen, by id."""
    found = await context.batches.lookup(_POOLS, [ticket["ticket_id"] for ticket in parents])
    return [sorted(pools or (), key=lambda pool: pool["pool_id"]) for pools in found]


async def counters_of_tickets(context: Context, parents: Sequence[TicketRow]) -> list[dict[uuid.UUID, Pool]]:
    """The counters of each ticket's pools, by the pool's key: for deciding, not for showing."""
    found = await context.batches.lookup(_COUNTERS, [ticket["ticket_id"] for ticket in parents])
    return [
        {
            pool["pool_id"]: Pool(pool["capacity"], pool["sold"], pool["held"], pool["is_awaited"])
            for pool in pools or ()
        }
        for pools in found
    ]


async def tickets_of_pools(context: Context, parents: Sequence[PoolRow]) -> list[list[TicketRow]]:
    """The tickets that draw on each pool, by id."""
    drawing: dict[uuid.UUID, list[TicketRow]] = {pool["pool_id"]: [] for pool in parents}
    for ticket in await context.fetch(tickets.TICKETS_OF_POOLS[context.sight], {"keys": list(drawing)}):
        drawing[ticket["pool_id"]].append(ticket)
    return [sorted(drawing[pool["pool_id"]], key=lambda ticket: ticket["ticket_id"]) for pool in parents]


def sale_of(ticket: TicketRow) -> Sale:
    """When a ticket is sold."""
    return Sale(ticket["sale_start"], ticket["sale_end"])


def shown(context: Context, sold: TicketRow | PackageRow, availability: Availability) -> Availability:
    """As much of an availability as the viewer may know."""
    is_staff = has(context, sold, Permission.STAFF, "TicketAvailability.remaining")
    return availability if is_staff else availability.for_anyone()


async def availability_of(context: Context, parents: Sequence[TicketRow]) -> list[Availability]:
    """Whether each ticket can be had."""
    return [
        shown(context, ticket, of_ticket(pools.values(), sale_of(ticket), context.now, ticket["min_per_order"]))
        for ticket, pools in zip(parents, await counters_of_tickets(context, parents), strict=True)
    ]
