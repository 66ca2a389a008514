"""Tickets, by id and in pages of an event; and the pools they draw on."""

from __future__ import annotations

from sqlalchemy import ARRAY, Uuid, bindparam, func, select, true

from db import visibility
from db.models import CapacityPool, Ticket, TicketPool
from db.rows import PoolRow, TicketRow
from db.statement import compile_statement
from db.statements.paging import Keyset, Listing, Lookup, found_by_key

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

BY_ID = Lookup("tickets.by_id", TicketRow, COLUMNS, Ticket.ticket_id, (visibility.TICKETS,))

BY_POSITION = Keyset("POSITION", (Ticket.position, Ticket.ticket_id))

OF_EVENT = Listing("event.tickets", TicketRow, COLUMNS, (visibility.TICKETS_OF_A_VISIBLE_EVENT,), scope=Ticket.event_id)

_pool = found_by_key(POOL_COLUMNS, CapacityPool.pool_id == TicketPool.pool_id, CapacityPool.deleted_at.is_(None))

POOLS_OF_TICKETS = compile_statement(
    "ticket.pools",
    select(TicketPool.ticket_id, _pool)
    .join(_pool, true())
    .where(TicketPool.ticket_id == func.any(bindparam("keys", type_=ARRAY(Uuid)))),
    PoolRow,
)
"""Each pool once for every ticket (`ticket_id`) that draws on it."""

POOLS_BY_ID = Lookup("pools.by_id", PoolRow, POOL_COLUMNS, CapacityPool.pool_id, (CapacityPool.deleted_at.is_(None),))

_ticket = found_by_key(COLUMNS, Ticket.ticket_id == TicketPool.ticket_id, visibility.TICKETS)

TICKETS_OF_POOLS = compile_statement(
    "pool.tickets",
    select(TicketPool.pool_id, _ticket)
    .join(_ticket, true())
    .where(TicketPool.pool_id == func.any(bindparam("keys", type_=ARRAY(Uuid)))),
    TicketRow,
)
"""Each ticket once for every pool (`pool_id`) that it draws on."""
