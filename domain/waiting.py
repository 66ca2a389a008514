"""The waiting list: who is offered what comes free, and until when.

Places are offered in the order in which people began to wait, whatever they wait for. Who cannot be served yet keeps
those behind from the places that are too few for them: a party of three is not passed over for ever by people who come
alone. Who waits for a full balcony, though, does not keep the stalls empty that both draw on.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from domain.inputs import Field, whole
from domain.orders import Offers, OrderLine, TicketOffer
from domain.people import email, locale

MOST_AWAITED: Final = 10
"""The most of a ticket or a package that one entry may wait for: so many places stand empty for it at worst."""

Places = Mapping[uuid.UUID, int]
"""How many places of which pool."""


WAITING: Final[Mapping[str, Field]] = {
    "quantity": Field(whole(1, MOST_AWAITED)),
    "email": Field(email, cleared=True),
    "locale": Field(locale, cleared=True),
}
"""What somebody who waits says beside for what."""


@dataclass(frozen=True, slots=True)
class Awaited:
    """A ticket or a package that somebody waits for: the tickets that one of it comes to, and how many of each."""

    tickets: tuple[tuple[TicketOffer, int], ...]
    fewest: int

    def places(self, quantity: int) -> dict[uuid.UUID, int]:
        """What so many of it take of each pool."""
        wanted: dict[uuid.UUID, int] = {}
        for ticket, each in self.tickets:
            for pool in ticket.pools:
                wanted[pool] = wanted.get(pool, 0) + each * quantity
        return wanted

    @property
    def ends(self) -> dt.datetime | None:
        """When it is sold no longer; None where nobody has said."""
        return min((ticket.sale.end for ticket, _ in self.tickets if ticket.sale.end is not None), default=None)


def awaited(line: OrderLine, offers: Offers) -> Awaited | None:
    """What a line of an order would be of; None where it, or a part of it, is not sold at all."""
    if line.ticket_id is not None:
        ticket = offers.tickets.get(line.ticket_id)
        return None if ticket is None else Awaited(((ticket, 1),), ticket.fewest)
    package = None if line.package_id is None else offers.packages.get(line.package_id)
    if package is None or any(ticket_id not in offers.tickets for ticket_id, _, _ in package.items):
        return None
    return Awaited(tuple((offers.tickets[key], quantity) for key, quantity, _ in package.items), 1)


@dataclass(frozen=True, slots=True)
class Room:
    """What a pool has: the most that it can ever have, and what is free now; None for no limit."""

    capacity: int | None
    free: int | None


@dataclass(slots=True)
class Handing:
    """Hands places out to a queue, from its head to its end.

    Attributes:
        rooms: what each pool has that anybody in the queue needs.
        short: the pools that somebody was refused by so far.
        taken: how many places were handed out, of which pool.
    """

    rooms: Mapping[uuid.UUID, Room]
    short: set[uuid.UUID] = field(default_factory=set)
    taken: dict[uuid.UUID, int] = field(default_factory=dict)

    def serves(self, wanted: Places) -> bool:
        """Whether the next of the queue can have places; if not, those behind have none of what was too few.

        Who wants more than a pool will ever have is passed over.
        """
        if any(self._never(pool, places) for pool, places in wanted.items()):
            return False
        lacking = {pool for pool, places in wanted.items() if not self._has(pool, places)}
        self.short |= lacking
        return not lacking

    def take(self, wanted: Places) -> None:
        """Hand the places out."""
        for pool, places in wanted.items():
            self.taken[pool] = self.taken.get(pool, 0) + places

    def is_empty(self, pool: uuid.UUID) -> bool:
        """Whether nobody further back can have a place of a pool."""
        return not self._has(pool, 1)

    def _has(self, pool: uuid.UUID, places: int) -> bool:
        room = self.rooms.get(pool)
        if room is None or pool in self.short:
            return False
        return room.free is None or self.taken.get(pool, 0) + places <= room.free

    def _never(self, pool: uuid.UUID, places: int) -> bool:
        room = self.rooms.get(pool)
        return room is not None and room.capacity is not None and places > room.capacity


def deadline(now: dt.datetime, offer: dt.timedelta, ends: dt.datetime | None) -> dt.datetime:
    """Until when an offer stands: for its time, but not beyond the end of the sale.

    Args:
        now: when it is made.
        offer: for how long offers stand.
        ends: when what is offered is sold no longer, which is later; None where that is not known.
    """
    until = now + offer
    return until if ends is None else min(until, ends)
