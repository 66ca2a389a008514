"""Tickets, by id and in pages of an event; and the pools they draw on."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, column, select, table, true

from db.models import CapacityPool, Ticket, TicketPool
from db.rows import PoolRow, TicketRow
from db.statement import Statement, compile_statement
from db.statements.paging import Keyset, Listing, Lookup, fenced, key_table
from db.visibility import BELOW, ROWS, Sight, by_sight, columns_of

_PUBLIC = (
    Ticket.ticket_id,
    Ticket.event_id,
    Ticket.name,
    Ticket.description,
    Ticket.price_amount,
    Ticket.price_currency,
    Ticket.min_per_order,
    Ticket.max_per_order,
    Ticket.sale_start,
    Ticket.sale_end,
    Ticket.position,
    Ticket.is_active,
    Ticket.version,
)

COLUMNS = columns_of(Ticket, _PUBLIC, {})

_POOL = (
    CapacityPool.pool_id,
    CapacityPool.organisation_id,
    CapacityPool.name,
    CapacityPool.capacity,
    CapacityPool.sold,
    CapacityPool.held,
    CapacityPool.version,
)

POOL_COLUMNS = columns_of(CapacityPool, _POOL, {})

BY_ID = by_sight(
    lambda sight: Lookup(
        "tickets.by_id", TicketRow, COLUMNS[sight], Ticket.ticket_id, (ROWS[sight].tickets,), sight, Ticket.event_id
    )
)

BY_POSITION = Keyset("POSITION", (Ticket.position, Ticket.ticket_id))

OF_EVENT = by_sight(
    lambda sight: Listing(
        "event.tickets",
        TicketRow,
        COLUMNS[sight],
        (BELOW[sight].tickets,),
        scope=Ticket.event_id,
        sight=sight,
    )
)

POOLS_BY_ID = by_sight(
    lambda sight: Lookup("pools.by_id", PoolRow, POOL_COLUMNS[sight], CapacityPool.pool_id, (ROWS[sight].pools,), sight)
)


def _counters_of_tickets(sight: Sight) -> Statement[PoolRow]:
    key = key_table()
    names = ("ticket_id", "pool_id", "capacity", "sold", "held", "is_awaited")
    counters = table("pool_counters", *map(column, names))
    its = fenced(select(counters).where(counters.c.ticket_id == key.c.key), "its")
    query: Select[Any] = select(its).select_from(key.join(its, true()))
    return compile_statement(
        "ticket.counters",
        query,
        PoolRow,
        sight,
        reads=("ticket_pools", "capacity_pools", "event_tickets", "events"),
    )


def _pools_of_tickets(sight: Sight) -> Statement[PoolRow]:
    key = key_table()
    link = fenced(select(TicketPool.pool_id).where(TicketPool.ticket_id == key.c.key), "link")
    pool = fenced(select(*POOL_COLUMNS[sight]).where(CapacityPool.pool_id == link.c.pool_id, ROWS[sight].pools), "pool")
    query: Select[Any] = select(key.c.key.label("ticket_id"), pool)
    query = query.select_from(key.join(link, true()).join(pool, true()))
    return compile_statement("ticket.pools", query, PoolRow, sight)


def _tickets_of_pools(sight: Sight) -> Statement[TicketRow]:
    key = key_table()
    link = fenced(select(TicketPool.ticket_id).where(TicketPool.pool_id == key.c.key), "link")
    ticket = fenced(select(*COLUMNS[sight]).where(Ticket.ticket_id == link.c.ticket_id, ROWS[sight].tickets), "ticket")
    query: Select[Any] = select(key.c.key.label("pool_id"), ticket)
    query = query.select_from(key.join(link, true()).join(ticket, true()))
    return compile_statement("pool.tickets", query, TicketRow, sight)


COUNTERS_OF_TICKETS = by_sight(_counters_of_tickets)
"""The counters of each pool once for every ticket (`ticket_id`) that draws on it: what availability is decided from,
whoever asks, and no more of a pool than that."""

POOLS_OF_TICKETS = by_sight(_pools_of_tickets)
"""Each pool that may be seen, once for every ticket (`ticket_id`) that draws on it."""

TICKETS_OF_POOLS = by_sight(_tickets_of_pools)
"""Each ticket that may be seen, once for every pool (`pool_id`) that it draws on."""
