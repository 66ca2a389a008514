"""Which tables a plan fills, in which order: what is referred to comes before what refers to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from commands.seeding.rows import Record, Rows
from db.bulk import Table
from db.models import CapacityPool, Event, Function, Organisation, Package, PackageItem, Ticket, TicketPool

COLUMNS: dict[Table, str] = {
    Organisation: "organisation_id name slug timezone created_at updated_at",
    Function: """function_id organisation_id name slug description start_date end_date timezone location is_active
        metadata created_at updated_at""",
    Event: """event_id function_id parent_event_id organisation_id title slug description event_start event_end
        timezone location is_published is_featured metadata created_at updated_at""",
    Ticket: """ticket_id event_id name price_amount price_currency sale_start sale_end position is_active created_at
        updated_at""",
    CapacityPool: """pool_id organisation_id name capacity sold held sold_elsewhere held_elsewhere created_at
        updated_at""",
    TicketPool: "ticket_id pool_id",
    Package: """package_id function_id name description price_amount price_currency is_active created_at
        updated_at""",
    PackageItem: "package_id ticket_id position quantity allocated_amount",
}
"""The columns that are filled, in the order in which `Rows` gives their values."""


@dataclass(frozen=True, slots=True)
class Load:
    """How one table is filled: so many rows, made by that method."""

    what: str
    table: Table
    count: int
    make: Callable[[range], Iterator[Record]]

    @property
    def columns(self) -> list[str]:
        """The columns that the rows have."""
        return COLUMNS[self.table].split()


def loads(rows: Rows) -> list[Load]:
    """Every table that the plan fills, in the order of their references."""
    counts = rows.plan.counts
    every = (
        Load("organisations", Organisation, counts.organisations, rows.organisations),
        Load("functions", Function, counts.functions, rows.functions),
        Load("events", Event, counts.events, rows.events),
        Load("tickets", Ticket, counts.tickets, rows.tickets),
        Load("pools", CapacityPool, counts.pools, rows.pools),
        Load("places of tickets", TicketPool, counts.tickets, rows.ticket_pools),
        Load("packages", Package, counts.packages, rows.packages),
        Load("package items", PackageItem, counts.package_items, rows.package_items),
    )
    return [each for each in every if each.count]
