"""Tickets and the pools they draw on, as clients see them."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Annotated

import strawberry

from auth.permissions import Permission
from resolvers.events import event_of
from resolvers.terms import eligibility_of_tickets, taxes_of_tickets
from resolvers.tickets import availability_of, pools_of, prices_of, tickets_of_pools
from schema.enums import AvailabilityState
from schema.fields import column, derived, edge
from schema.money import PRICE, Money
from schema.node import Node, global_id
from schema.terms import TaxLine

if TYPE_CHECKING:
    from schema.eligibility import EligibilityRule
    from schema.event import Event


AVAILABILITY_SECONDS = 5
"""How long an answer may be kept that says what can be bought now: sales begin and end by the clock."""


@strawberry.type(description="Whether something can be bought, at a moment.")
class TicketAvailability:
    """`domain.availability.Availability`, shown."""

    state: AvailabilityState = column("Whether it can be bought.")  # type: ignore[valid-type] # an enum by another name
    remaining: int | None = column(
        "How many are left; null where there is no limit. Only its own staff are told in any state but `LOW`."
    )
    as_of: dt.datetime = column("The moment this was true at.")


@strawberry.type(description="A ticket type of an event: what is sold, at which price, when.")
class Ticket(Node):
    """A row of `event_tickets`."""

    id: strawberry.ID = global_id("Ticket", "ticket_id")
    event: Annotated[Event, strawberry.lazy("schema.event")] = edge(
        event_of, "What it admits to.", reads=["event_id"], held=("Event", "event_id")
    )
    name: str = column("Its name.")
    description: str | None = column("What it includes.")
    price: Money = derived(prices_of, "What one costs.", reads=["price_amount", "price_currency"], written=PRICE)
    taxes: list[TaxLine] = edge(
        taxes_of_tickets,
        "The taxes on it, and what they come to on its price.",
        reads=["price_amount", "price_currency"],
    )
    eligibility: list[Annotated[EligibilityRule, strawberry.lazy("schema.eligibility")]] = edge(
        eligibility_of_tickets, "Who may buy it: everybody, where there is no rule; else who meets one of them."
    )
    availability: TicketAvailability = edge(
        availability_of,
        "Whether it can be bought now, in the smallest number that one order may hold.",
        reads=["sale_start", "sale_end", "min_per_order", "may_staff"],
        max_age=AVAILABILITY_SECONDS,
    )
    min_per_order: int = column("The fewest that one order may hold.")
    max_per_order: int = column("The most that one order may hold.")
    sale_start: dt.datetime | None = column("When its sale begins; null for at once.")
    sale_end: dt.datetime | None = column("When its sale is over; null for never.")
    is_active: bool = column("Whether it is shown to the public.")
    pools: list[CapacityPool] | None = edge(pools_of, "The pools of places it draws on.", permission=Permission.STAFF)
    version: int = column("Counts its changes; a change names the version that it was made on.")


@strawberry.type(description="Places that one or more tickets draw on.")
class CapacityPool(Node):
    """A row of `capacity_pools`, for staff."""

    id: strawberry.ID = global_id("CapacityPool", "pool_id", Permission.PUBLIC)
    name: str = column("Its name.", permission=Permission.STAFF)
    capacity: int | None = column("How many places there are; null for no limit.", permission=Permission.STAFF)
    sold: int = column("How many are sold.", permission=Permission.STAFF)
    held: int = column("How many are held for orders under way.", permission=Permission.STAFF)
    version: int = column(
        "Counts its changes, though not what is sold and held; a change names the version that it was made on.",
        permission=Permission.STAFF,
    )
    tickets: list[Ticket] = edge(tickets_of_pools, "The tickets that draw on it.", permission=Permission.STAFF)
