"""Reading tickets, the pools they draw on, and whether they can be had."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from itertools import starmap
from operator import itemgetter

from auth.permissions import Permission, permits
from db.rows import EventRow, PackageRow, PoolRow, TicketRow
from db.statements import tickets
from domain.availability import Availability, Pool, Sale, of_ticket
from domain.money import Money
from resolvers.context import Context
from resolvers.paging import Page, PageArguments, pages_of


async def tickets_of_events(
    context: Context, parents: Sequence[EventRow], *, arguments: PageArguments
) -> Sequence[Page[TicketRow]]:
    """Each event's tickets, in the order the organiser gave them."""
    keys = [event["event_id"] for event in parents]
    return await pages_of(context, tickets.OF_EVENT, tickets.BY_POSITION, arguments, keys)


def prices_of(sold: Sequence[TicketRow | PackageRow]) -> list[Money]:
    """What one of each costs."""
    return list(starmap(Money, map(itemgetter("price_amount", "price_currency"), sold)))


async def _fetch_pools(context: Context, ticket_ids: list[uuid.UUID]) -> Mapping[uuid.UUID, list[PoolRow]]:
    pools: dict[uuid.UUID, list[PoolRow]] = {}
    for pool in await context.database.fetch(tickets.POOLS_OF_TICKETS, {"keys": ticket_ids}):
        pools.setdefault(pool["ticket_id"], []).append(pool)
    return pools


async def pools_of(context: Context, parents: Sequence[TicketRow]) -> list[list[PoolRow]]:
    """The pools that each ticket draws on, by id."""
    found = await context.batches.lookup(_fetch_pools, [ticket["ticket_id"] for ticket in parents])
    return [sorted(pools or (), key=lambda pool: pool["pool_id"]) for pools in found]


async def tickets_of_pools(context: Context, parents: Sequence[PoolRow]) -> list[list[TicketRow]]:
    """The tickets that draw on each pool, by id."""
    drawing: dict[uuid.UUID, list[TicketRow]] = {pool["pool_id"]: [] for pool in parents}
    for ticket in await context.database.fetch(tickets.TICKETS_OF_POOLS, {"keys": list(drawing)}):
        drawing[ticket["pool_id"]].append(ticket)
    return [sorted(drawing[pool["pool_id"]], key=lambda ticket: ticket["ticket_id"]) for pool in parents]


def sale_of(ticket: TicketRow) -> Sale:
    """When a ticket is sold."""
    return Sale(ticket["sale_start"], ticket["sale_end"])


def counters_of(pool: PoolRow) -> Pool:
    """The counters of a pool."""
    return Pool(pool["capacity"], pool["sold"], pool["held"])


def shown(context: Context, availability: Availability) -> Availability:
    """As much of an availability as the viewer may know."""
    return availability if permits(context.viewer, Permission.STAFF) else availability.for_anyone()


async def availability_of(context: Context, parents: Sequence[TicketRow]) -> list[Availability]:
    """Whether each ticket can be had."""
    return [
        shown(context, of_ticket(map(counters_of, pools), sale_of(ticket), context.now, ticket["min_per_order"]))
        for ticket, pools in zip(parents, await pools_of(context, parents), strict=True)
    ]
