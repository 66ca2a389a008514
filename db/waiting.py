"""The waiting list within a transaction of selling.

Who waits marks the pools that are too full for them as awaited: what comes free there is sold to nobody else
(`db.places.take`) until the queue has been walked. Locks are taken in one order everywhere: the registration, then the
entry, then pools.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ARRAY, Uuid, bindparam, exists, func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from db.base import Base
from db.identity_models import Customer, OrganisationMember
from db.selling_models import WaitingListEntry
from domain.sales import WaitingState
from domain.waiting import Places, Room

_ENTRIES: Final = Base.metadata.tables[WaitingListEntry.__tablename__]
_CUSTOMERS: Final = Base.metadata.tables[Customer.__tablename__]
_MEMBERS: Final = Base.metadata.tables[OrganisationMember.__tablename__]


@dataclass(frozen=True, slots=True)
class Entry:
    """Somebody on the waiting list."""

    entry_id: uuid.UUID
    position: int
    organisation_id: uuid.UUID
    function_id: uuid.UUID | None
    ticket_id: uuid.UUID | None
    package_id: uuid.UUID | None
    quantity: int
    customer_id: uuid.UUID | None
    email: str
    locale: str | None
    state: WaitingState


_COLUMNS: Final = tuple(_ENTRIES.c[name] for name in Entry.__slots__)


def _entry(row: Any) -> Entry:  # noqa: ANN401 - a row of SQLAlchemy's
    values = dict(row._mapping)  # noqa: SLF001 - its documented way to names
    return Entry(**{**values, "state": WaitingState(values["state"])})


async def email_of(connection: AsyncConnection, customer: uuid.UUID) -> str | None:
    """Where mail reaches a customer, as far as they have said."""
    found: str | None = (
        await connection.execute(select(_CUSTOMERS.c.email).where(_CUSTOMERS.c.customer_id == customer))
    ).scalar_one_or_none()
    return found


async def works_for(connection: AsyncConnection, customer: uuid.UUID) -> frozenset[uuid.UUID]:
    """The organisations that a customer works for."""
    query = select(_MEMBERS.c.organisation_id).where(_MEMBERS.c.customer_id == customer)
    return frozenset((await connection.execute(query)).scalars())


async def waits(
    connection: AsyncConnection, *, ticket: uuid.UUID | None, package: uuid.UUID | None, email: str
) -> bool:
    """Whether somebody with an address, in whatever case, waits for a ticket or a package, or has an offer of it."""
    table = _ENTRIES
    item = table.c.ticket_id == ticket if ticket is not None else table.c.package_id == package
    open_ = table.c.state.in_([WaitingState.WAITING.value, WaitingState.OFFERED.value])
    query = select(exists().where(item, func.lower(table.c.email) == func.lower(email), open_))
    return bool((await connection.execute(query)).scalar_one())


async def add(connection: AsyncConnection, values: dict[str, object]) -> None:
    """Write that somebody waits; mark what they wait for as awaited in the same transaction, at its end."""
    await connection.execute(insert(_ENTRIES).values(values).inline())


_TOO_SMALL: Final = text("""
    SELECT count(*) FROM unnest(CAST(:pools AS uuid[]), CAST(:places AS int[])) AS wanted (pool_id, places)
    JOIN capacity_pools USING (pool_id) WHERE wanted.places > capacity
""")
_AWAIT: Final = text("""
    UPDATE capacity_pools SET awaited = awaited + 1
    WHERE pool_id = :pool AND deleted_at IS NULL AND (awaited > 0 OR held + sold + :fewest > capacity)
""")
_AWAIT_ALSO: Final = text("UPDATE capacity_pools SET awaited = awaited + 1 WHERE pool_id = :pool AND awaited = 0")
_CLEAR: Final = text("UPDATE capacity_pools SET awaited = 0 WHERE pool_id = :pool AND awaited = :seen")


async def can_ever_be(connection: AsyncConnection, wanted: Places) -> bool:
    """Whether all pools are as large as is wanted of them."""
    values = {"pools": list(wanted), "places": list(wanted.values())}
    return not (await connection.execute(_TOO_SMALL, values)).scalar_one()


async def await_pools(connection: AsyncConnection, fewest: Places) -> bool:
    """Mark those pools as awaited that have too little, or are already; at the end of a transaction.

    Args:
        connection: of selling.
        fewest: how many places of which pool make the smallest order.

    Returns:
        Whether there are any: if not, there is nothing to wait for.
    """
    marked = [
        (await connection.execute(_AWAIT, {"pool": pool, "fewest": fewest[pool]})).rowcount for pool in sorted(fewest)
    ]
    return any(marked)


async def await_also(connection: AsyncConnection, pool: uuid.UUID) -> None:
    """Mark a pool as awaited that has too little for the next of a queue."""
    await connection.execute(_AWAIT_ALSO, {"pool": pool})


async def await_no_longer(connection: AsyncConnection, pool: uuid.UUID, seen: int) -> None:
    """Let a pool be sold to anyone again, unless somebody has begun to wait since its count was `seen`."""
    await connection.execute(_CLEAR, {"pool": pool, "seen": seen})


_KEYS: Final = bindparam("keys", type_=ARRAY(Uuid))
_OPEN: Final = text("""
    SELECT pool_id, awaited FROM capacity_pools
    WHERE awaited > 0 AND deleted_at IS NULL AND (capacity IS NULL OR held + sold < capacity)
""")
_ROOMS: Final = text("""
    SELECT pool_id, capacity, capacity - held - sold AS free FROM capacity_pools WHERE pool_id = ANY (:keys)
""").bindparams(_KEYS)
_TICKETS: Final = text("""
    SELECT ticket_id FROM event_tickets AS ticket
    WHERE EXISTS (SELECT FROM ticket_pools AS link WHERE link.ticket_id = ticket.ticket_id AND pool_id = ANY (:keys))
        AND EXISTS (
            SELECT FROM waiting_list_entries AS entry WHERE entry.ticket_id = ticket.ticket_id AND state = 'WAITING'
        )
""").bindparams(_KEYS)
_PACKAGES: Final = text("""
    SELECT package_id FROM packages AS package
    WHERE EXISTS (
        SELECT FROM package_items AS item JOIN ticket_pools USING (ticket_id)
        WHERE item.package_id = package.package_id AND pool_id = ANY (:keys)
    ) AND EXISTS (
        SELECT FROM waiting_list_entries AS entry WHERE entry.package_id = package.package_id AND state = 'WAITING'
    )
""").bindparams(_KEYS)
_FORGOTTEN: Final = text("""
    WITH awaited_items AS (
        SELECT DISTINCT ticket_id, package_id FROM waiting_list_entries WHERE state = 'WAITING'
    ), needs AS (
        SELECT awaited_items.ticket_id, awaited_items.package_id, pool.pool_id, pool.awaited
        FROM awaited_items
        LEFT JOIN package_items AS item USING (package_id)
        JOIN event_tickets AS ticket ON ticket.ticket_id = coalesce(awaited_items.ticket_id, item.ticket_id)
        JOIN ticket_pools ON ticket_pools.ticket_id = ticket.ticket_id
        JOIN capacity_pools AS pool ON pool.pool_id = ticket_pools.pool_id AND pool.deleted_at IS NULL
        WHERE ticket.is_active AND ticket.deleted_at IS NULL
            AND (sale_start IS NULL OR sale_start <= :now) AND (sale_end IS NULL OR :now < sale_end)
    )
    SELECT DISTINCT pool_id FROM needs WHERE awaited = 0 AND NOT EXISTS (
        SELECT FROM needs AS other WHERE other.awaited > 0
            AND (other.ticket_id, other.package_id) IS NOT DISTINCT FROM (needs.ticket_id, needs.package_id)
    ) ORDER BY pool_id
""")


async def open_pools(connection: AsyncConnection) -> dict[uuid.UUID, int]:
    """The pools that somebody waits for and that have places, with their counts of who does."""
    return {pool: awaited for pool, awaited in (await connection.execute(_OPEN)).all()}  # noqa: C416 - SQLAlchemy's rows are no pairs to mypy


async def awaited_items(
    connection: AsyncConnection, pools: Collection[uuid.UUID]
) -> tuple[frozenset[uuid.UUID], frozenset[uuid.UUID]]:
    """The tickets and the packages that draw on pools, and that somebody waits for."""
    values = {"keys": list(pools)}
    tickets = (await connection.execute(_TICKETS, values)).scalars()
    return frozenset(tickets), frozenset((await connection.execute(_PACKAGES, values)).scalars())


async def rooms(connection: AsyncConnection, pools: Collection[uuid.UUID]) -> dict[uuid.UUID, Room]:
    """What pools have now."""
    rows = (await connection.execute(_ROOMS, {"keys": list(pools)})).all()
    return {pool: Room(capacity, free) for pool, capacity, free in rows}


async def queue(
    connection: AsyncConnection,
    tickets: Collection[uuid.UUID],
    packages: Collection[uuid.UUID],
    *,
    after: int,
    at_most: int,
) -> Sequence[Entry]:
    """Who waits for any of these, in their order, behind a position."""
    table = _ENTRIES
    query = (
        select(*_COLUMNS)
        .where(
            table.c.state == WaitingState.WAITING.value,
            table.c.position > after,
            table.c.ticket_id.in_(tickets) | table.c.package_id.in_(packages),
        )
        .order_by(table.c.position)
        .limit(at_most)
    )
    return [_entry(row) for row in (await connection.execute(query)).all()]


async def forgotten_pools(connection: AsyncConnection, now: dt.datetime) -> list[uuid.UUID]:
    """The pools of what somebody waits for, and of which none is awaited: what is sold has been changed since."""
    return list((await connection.execute(_FORGOTTEN, {"now": now})).scalars())


async def lock(connection: AsyncConnection, entry: uuid.UUID) -> Entry | None:
    """An entry, locked until the transaction ends; None where there is none."""
    query = select(*_COLUMNS).where(_ENTRIES.c.entry_id == entry).with_for_update()
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else _entry(row)


async def set_state(
    connection: AsyncConnection, entry: uuid.UUID, state: WaitingState, *, at: dt.datetime, **columns: object
) -> None:
    """Move an entry on that is locked."""
    values = {"state": state.value, "updated_at": at, **columns}
    await connection.execute(update(_ENTRIES).where(_ENTRIES.c.entry_id == entry).values(values))


async def settle(
    connection: AsyncConnection, registrations: Sequence[uuid.UUID], state: WaitingState, *, at: dt.datetime
) -> None:
    """Say what became of the offers that registrations are, if they are any and it was open."""
    its = (_ENTRIES.c.registration_id.in_(registrations), _ENTRIES.c.state == WaitingState.OFFERED.value)
    await connection.execute(update(_ENTRIES).where(*its).values(state=state.value, updated_at=at))
