"""Tickets, by id and in pages of an event; and the pools they draw on."""

from __future__ import annotations

from sqlalchemy import select, true

from db import visibility
from db.models import CapacityPool, Ticket, TicketPool
from db.rows import PoolRow, TicketRow
from db.statement import compile_statement
from db.statements.paging import Keyset, Listing, Lookup, fenced, key_table

COLUMNS = (
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

POOL_COLUMNS = (
    CapacityPool.pool_id,
    CapacityPool.organisation_id,
    CapacityPool.name,
    CapacityPool.capacity,
    CapacityPool.sold,
    CapacityPool.held,
)

BY_ID = Lookup("tickets.by_id", TicketRow, COLUMNS, Ticket.ticket_id, (visibility.TICKETS,), Ticket.event_id)

BY_POSITION = Keyset("POSITION", (Ticket.position, Ticket.ticket_id))

OF_EVENT = Listing("event.tickets", TicketRow, COLUMNS, (visibility.TICKETS_OF_A_VISIBLE_EVENT,), scope=Ticket.event_id)

_ticket_key = key_table()
_pool_link = fenced(select(TicketPool.pool_id).where(TicketPool.ticket_id == _ticket_key.c.key), "link")
_pool = fenced(
    select(*POOL_COLUMNS).where(CapacityPool.pool_id == _pool_link.c.pool_id, CapacityPool.deleted_at.is_(None)), "pool"
)

POOLS_OF_TICKETS = compile_statement(
    "ticket.pools",
    select(_ticket_key.c.key.label("ticket_id"), _pool).select_from(
        _ticket_key.join(_pool_link, true()).join(_pool, true())
    ),
    PoolRow,
)
"""Each pool once for every ticket (`ticket_id`) that draws on it."""

POOLS_BY_ID = Lookup("pools.by_id", PoolRow, POOL_COLUMNS, CapacityPool.pool_id, (CapacityPool.deleted_at.is_(None),))

_pool_key = key_table()
_ticket_link = fenced(select(TicketPool.ticket_id).where(TicketPool.pool_id == _pool_key.c.key), "link")
_ticket = fenced(select(*COLUMNS).where(Ticket.ticket_id == _ticket_link.c.ticket_id, visibility.TICKETS), "ticket")

TICKETS_OF_POOLS = compile_statement(
    "pool.tickets",
    select(_pool_key.c.key.label("pool_id"), _ticket).select_from(
        _pool_key.join(_ticket_link, true()).join(_ticket, true())
    ),
    TicketRow,
)
"""Each ticket once for every pool (`pool_id`) that it draws on."""
