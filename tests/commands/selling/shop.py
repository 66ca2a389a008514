"""A shop: people who order, and what the database then says of places, orders and money."""

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import text

from auth.viewer import ANONYMOUS, Role, Viewer
from commands.selling.moving_on import cancel_registration, complete_registration, expire
from commands.selling.offering import offer_places
from commands.selling.ordering import create_registration
from commands.selling.waiting import accept_offer, join_waiting_list, leave_waiting_list
from commands.writing import Writer
from db.contention import transact
from db.once import Once
from domain.audit import ANYONE
from domain.ids import encode_global_id
from domain.sales import Terms
from domain.user_errors import Rejected, UserError
from tests.plugins.graph import NOW, Graph

AFTER_HOLDS = NOW + dt.timedelta(minutes=15)

DRIFT = """
    SELECT count(*) FROM capacity_pools LEFT JOIN (
        SELECT pool_id, sum(held) AS held, sum(sold) AS sold FROM pool_claims GROUP BY pool_id
    ) AS claims USING (pool_id)
    WHERE capacity_pools.held <> coalesce(claims.held, 0) + held_elsewhere
        OR capacity_pools.sold <> coalesce(claims.sold, 0) + sold_elsewhere
"""


@dataclass(slots=True)
class Shop:
    """Orders over a graph's database, as commands make them."""

    graph: Graph
    now: dt.datetime = NOW
    _sold: dict[str, uuid.UUID] = field(default_factory=dict)

    def ticket(self, *pools: uuid.UUID, event: uuid.UUID | None = None, **columns: Any) -> uuid.UUID:
        """A ticket of an event of a function, free unless said otherwise."""
        event = event or self.graph.event(self.graph.function())
        return self.graph.ticket(event, pools, **{"price_amount": 0, **columns})

    def writer(self, viewer: Viewer = ANONYMOUS, once: Once | None = None) -> Writer:
        return Writer(self.graph.database, viewer, ANYONE, self.now, once=once, within=self.graph.within)

    async def order(
        self, *items: uuid.UUID, viewer: Viewer = ANONYMOUS, once: Once | None = None, quantity: int = 1, **given: Any
    ) -> uuid.UUID:
        """Order so many of each ticket, or package where `packages=True`."""
        await self.graph.flush()
        typename = "Package" if given.pop("packages", False) else "Ticket"
        lines = [{"item_id": encode_global_id(typename, item), "quantity": quantity} for item in items]
        given = {"lines": lines, "email": "ada@example.org", **given}
        return await create_registration(self.writer(viewer, once), given=given)

    async def refused(self, *items: uuid.UUID, **given: Any) -> Sequence[UserError]:
        """Why an order cannot be."""
        try:
            await self.order(*items, **given)
        except Rejected as rejected:
            return rejected.errors
        raise AssertionError("it was not refused")

    async def complete(self, key: uuid.UUID, viewer: Viewer | None = None) -> uuid.UUID:
        """Complete a free order, as whoever holds its guest token."""
        writer = self.writer(viewer or guest(key))
        return await complete_registration(writer, global_id=encode_global_id("Registration", key))

    async def cancel(self, key: uuid.UUID, viewer: Viewer | None = None, reason: str | None = None) -> uuid.UUID:
        """Cancel an order, as whoever holds its guest token."""
        writer = self.writer(viewer or guest(key))
        return await cancel_registration(writer, global_id=encode_global_id("Registration", key), reason=reason)

    async def sweep(self) -> int:
        """Let holds expire, as a process does from time to time; how many."""

        async def work(connection: Any) -> int:
            return await expire(connection, now=self.now)

        return await transact(self.graph.database, work, patience=5, sells=True)

    async def wait(self, item: uuid.UUID, email: str, *, viewer: Viewer = ANONYMOUS, **given: Any) -> uuid.UUID:
        """Join the waiting list for a ticket, or a package where `packages=True`."""
        await self.graph.flush()
        typename = "Package" if given.pop("packages", False) else "Ticket"
        given = {"item_id": encode_global_id(typename, item), "email": email, **given}
        return await join_waiting_list(self.writer(viewer), given=given)

    async def leave(self, key: uuid.UUID, viewer: Viewer | None = None) -> uuid.UUID:
        """Leave the waiting list, as whoever holds the entry's guest token."""
        writer = self.writer(viewer or guest(key))
        return await leave_waiting_list(writer, global_id=encode_global_id("WaitingListEntry", key))

    async def accept(self, key: uuid.UUID, viewer: Viewer | None = None) -> uuid.UUID:
        """Take up an offer, as whoever holds the entry's guest token."""
        writer = self.writer(viewer or guest(key))
        return await accept_offer(writer, global_id=encode_global_id("WaitingListEntry", key))

    async def offer(self, *, everywhere: bool = False) -> int:
        """Offer what is free to those who wait, as a process does from time to time; to how many."""
        await self.graph.flush()

        async def work(connection: Any) -> int:
            return await offer_places(connection, now=self.now, terms=Terms(), everywhere=everywhere)

        return await transact(self.graph.database, work, patience=5, sells=True)

    async def line(self) -> dict[str, str]:
        """Everybody who waits or waited, in order: the state of each by the address."""
        rows = await self.rows("SELECT email, state FROM waiting_list_entries ORDER BY position")
        return {row["email"]: row["state"] for row in rows}

    async def counters(self, pool: uuid.UUID) -> tuple[int, int]:
        """How many places of a pool are held, and sold."""
        (row,) = await self.rows("SELECT held, sold FROM capacity_pools WHERE pool_id = :pool", pool=pool)
        return row["held"], row["sold"]

    async def state(self, key: uuid.UUID) -> str:
        """The state of a registration."""
        (row,) = await self.rows("SELECT state FROM registrations WHERE registration_id = :key", key=key)
        return str(row["state"])

    async def topics(self, key: uuid.UUID) -> list[str]:
        """What is told of a registration, in order."""
        told = await self.rows("SELECT topic FROM outbox WHERE registration_id = :key ORDER BY sequence", key=key)
        return [row["topic"] for row in told]

    async def drift(self) -> int:
        """Pools whose counters are not what claims add up to."""
        ((count,),) = [tuple(row.values()) for row in await self.rows(DRIFT)]
        return int(count)

    async def rows(self, statement: str, **values: object) -> list[Mapping[str, Any]]:
        """What the owner of the database reads."""
        await self.graph.flush()
        async with self.graph.owner.write() as connection:
            return [dict(row) for row in (await connection.execute(text(statement), values)).mappings()]


def guest(key: uuid.UUID) -> Viewer:
    """Whoever holds the guest token of a registration."""
    return Viewer(Role.GUEST, f"registration:{key}", registration_id=key)
