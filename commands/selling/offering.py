"""Offering what has come free to those who wait, in their order.

However a place came free (a hold that expired, an order that was cancelled or refunded, a pool that was raised), it is
found by looking: a pool that somebody waits for has places. They are held for whoever is next, by a registration.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Final

from db import new_orders, offers, outbox, places, waiting, webhooks
from db.contention import Transaction
from db.new_orders import NewOrder
from db.waiting import Entry
from domain.facts import PlaceOffered
from domain.orders import Buyer, Offers, OrderLine, plan
from domain.sales import Terms, WaitingState
from domain.user_errors import Rejected
from domain.waiting import Handing, awaited, deadline

OFFERED_AT_ONCE: Final = 50
"""Offers that are made in one transaction."""

_PAGE: Final = 200


@dataclass(slots=True)
class Round:
    """A walk along the queue.

    Attributes:
        connection: of selling.
        now: when.
        terms: on which is sold.
        found: what is waited for, as it is sold.
        handing: what is handed out.
        offered: to how many.
        is_through: whether the end of the queue was reached.
    """

    connection: Transaction
    now: dt.datetime
    terms: Terms
    found: Offers
    handing: Handing
    offered: int = 0
    is_through: bool = False
    _after: int = field(default=0)

    async def walk(
        self, items: tuple[Collection[uuid.UUID], Collection[uuid.UUID]], pools: Collection[uuid.UUID]
    ) -> None:
        """Offer places until there are none in any of the pools, nobody is left, or it was enough for once."""
        while not self.is_through and not all(map(self.handing.is_empty, pools)):
            page = await waiting.queue(self.connection, *items, after=self._after, at_most=_PAGE)
            for entry in page:
                if self.offered == OFFERED_AT_ONCE:
                    return
                await self._serve(entry)
                self._after = entry.position
            self.is_through = len(page) < _PAGE

    async def _serve(self, entry: Entry) -> None:
        line = OrderLine(entry.quantity, entry.ticket_id, entry.package_id)
        item, buyer = awaited(line, self.found), await self._buyer(entry)
        if item is None or not _can_be(line, self.found, buyer, self.now):
            return
        wanted = item.places(entry.quantity)
        if self.handing.serves(wanted) and await self._offer(entry, line, buyer, wanted, item.ends):
            self.handing.take(wanted)
            self.offered += 1

    async def _offer(
        self, entry: Entry, line: OrderLine, buyer: Buyer, wanted: places.Places, ends: dt.datetime | None
    ) -> bool:
        locked = await waiting.lock(self.connection, entry.entry_id)
        if locked is None or locked.state is not WaitingState.WAITING:
            return False
        key, until = entry.entry_id, deadline(self.now, self.terms.offer, ends)
        tickets = [] if line.ticket_id is None else [line.ticket_id]
        packages = [] if line.package_id is None else [line.package_id]
        current = await offers.offers(self.connection, tickets, packages)  # what was offered just now raises prices
        try:
            planned = plan([line], current, buyer, None, now=self.now)
        except Rejected:
            return False
        if planned.places != wanted:  # staff have just changed what it draws on; the next round sees it
            return False
        order = NewOrder(key, entry.customer_id, None, entry.email, entry.locale, {})
        events = {ticket.ticket_id: ticket.event_id for ticket in current.tickets.values()}
        await new_orders.add(self.connection, order, planned, events, now=self.now, hold_expires_at=until)
        offered = {"registration_id": key, "offer_expires_at": until}
        await waiting.set_state(self.connection, key, WaitingState.OFFERED, at=self.now, **offered)
        await outbox.record(self.connection, PlaceOffered(registration_id=key, offer_expires_at=until))
        return True

    async def _buyer(self, entry: Entry) -> Buyer:
        ticket = None if entry.ticket_id is None else self.found.tickets.get(entry.ticket_id)
        package = None if entry.package_id is None else self.found.packages.get(entry.package_id)
        item = ticket or package
        if entry.customer_id is None or item is None or not (item.rules or item.eligibility):
            return Buyer()
        works_for = await waiting.works_for(self.connection, entry.customer_id)
        return await offers.buyer(self.connection, entry.customer_id, works_for, self.now)


def _can_be(line: OrderLine, found: Offers, buyer: Buyer, now: dt.datetime) -> bool:
    try:
        plan([line], found, buyer, None, now=now)
    except Rejected:
        return False
    return True


async def offer_places(connection: Transaction, *, now: dt.datetime, terms: Terms, everywhere: bool = False) -> int:
    """Offer free places to those who wait; one transaction at a time does, others find nothing to do.

    Args:
        connection: of selling.
        now: when.
        terms: on which is sold.
        everywhere: whether to look at what somebody waits for although no pool says so: what is sold has been changed.

    Returns:
        How many offers were made; `OFFERED_AT_ONCE` where there may be more to make.

    Raises:
        PoolExhausted: somebody else was faster in a pool that nobody waits for; the transaction must not be committed.
    """
    if not await webhooks.try_turn(connection, webhooks.JOB, "offer-places"):
        return 0
    pools = await waiting.open_pools(connection)
    forgotten = await waiting.forgotten_pools(connection, now) if everywhere else []
    looked_at = {*pools, *forgotten}
    if not looked_at:
        return 0
    items = await waiting.awaited_items(connection, looked_at)
    found = await offers.offers(connection, *items)
    drawn_on = {pool for ticket in found.tickets.values() for pool in ticket.pools}
    rooms = await waiting.rooms(connection, drawn_on | looked_at)
    full = {pool for pool in forgotten if pool in rooms and rooms[pool].free == 0}
    walked = Round(connection, now, terms, found, Handing(rooms, short=full))
    await walked.walk(items, looked_at)
    await _write(walked, pools)
    return walked.offered


async def _write(walked: Round, pools: dict[uuid.UUID, int]) -> None:
    """Take what was handed out, and mark where there was too little: the last statements, pools in their order."""
    handing, connection = walked.handing, walked.connection
    for pool in sorted({*handing.taken, *handing.short, *pools}):
        if pool in handing.taken:
            await places.take(connection, {pool: handing.taken[pool]}, offered=True)
        if pool in handing.short:
            await waiting.await_also(connection, pool)
        elif pool in pools and walked.is_through:
            await waiting.await_no_longer(connection, pool, pools[pool])
