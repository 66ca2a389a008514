"""Packages, as clients see them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import strawberry

from resolvers.functions import function_of
from resolvers.packages import allocated_prices_of, availability_of, items_of, ticket_of
from resolvers.terms import eligibility_of_packages
from resolvers.tickets import prices_of
from schema.fields import column, derived, edge
from schema.money import PRICE, Money
from schema.node import Node, global_id
from schema.ticket import AVAILABILITY_SECONDS, Ticket, TicketAvailability

if TYPE_CHECKING:
    from schema.eligibility import EligibilityRule
    from schema.function import Function


@strawberry.type(description="So many of one ticket in a package.")
class PackageItem:
    """A row of `package_items`."""

    ticket: Ticket = edge(ticket_of, "The ticket.", held=("Ticket", "ticket_id"))
    quantity: int = column("How many of it one package holds.")
    allocated_price: Money = derived(allocated_prices_of, "Which part of the package's price falls to this item.")


@strawberry.type(description="Tickets of several events of a function, sold together at one price.")
class Package(Node):
    """A row of `packages`."""

    id: strawberry.ID = global_id("Package", "package_id")
    function: Annotated[Function, strawberry.lazy("schema.function")] | None = edge(
        function_of, "The function it belongs to.", reads=["function_id"], held=("Function", "function_id")
    )
    name: str = column("Its name.")
    description: str | None = column("What it includes.")
    price: Money = derived(prices_of, "What one costs.", reads=["price_amount", "price_currency"], written=PRICE)
    items: list[PackageItem] = edge(items_of, "What it holds, in the organiser's order.", complexity=5)
    eligibility: list[Annotated[EligibilityRule, strawberry.lazy("schema.eligibility")]] = edge(
        eligibility_of_packages, "Who may buy it: everybody, where there is no rule; else who meets one of them."
    )
    availability: TicketAvailability = edge(
        availability_of,
        "Whether it can be bought now, with all that it holds.",
        reads=["may_staff", "Ticket.sale_start", "Ticket.sale_end"],
        max_age=AVAILABILITY_SECONDS,
    )
    is_active: bool = column("Whether it is shown to the public.")
    version: int = column("Counts its changes; a change names the version that it was made on.")
