"""Functions, as clients see them."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Annotated

import strawberry
from strawberry.scalars import JSON

from auth.permissions import Permission
from resolvers.breadcrumbs import breadcrumbs_of_functions
from resolvers.days import days_of
from resolvers.events import events_of_functions
from resolvers.organisations import organisation_of
from resolvers.packages import packages_of_functions
from schema.arguments import forward
from schema.breadcrumb import NAMES, Breadcrumb
from schema.connection import Connection
from schema.day import FunctionDay, days_from
from schema.event import Event, event_list
from schema.fields import column, edge
from schema.node import Node, global_id
from schema.organisation import Organisation
from schema.scalars import URL, TimeZone

if TYPE_CHECKING:
    from schema.package import Package


@strawberry.type(description="A gathering that groups events: a convention, a festival, an installation.")
class Function(Node):
    """A row of `functions`."""

    id: strawberry.ID = global_id("Function", "function_id")
    name: str = column("Its name.")
    slug: str = column("Its name in addresses, unique among functions.")
    description: str | None = column("What it is about.")
    start_date: dt.date | None = column("Its first day, in its own zone.")
    end_date: dt.date | None = column("Its last day, in its own zone.")
    timezone: TimeZone = column("The zone it takes place in.")
    location: str | None = column("Where it takes place.")
    image_url: URL | None = column("A picture of it.")
    is_active: bool = column("Whether it is shown to the public.")
    metadata: JSON | None = column("Whatever else the organiser or an import recorded.")
    private_metadata: JSON | None = column("What the organiser recorded for staff alone.", permission=Permission.STAFF)
    deleted_at: dt.datetime | None = column("When it was deleted, if it was.", permission=Permission.STAFF)
    version: int = column("Counts its changes; a change names the version that it was made on.")
    created_at: dt.datetime = column("When it was entered.")
    updated_at: dt.datetime = column("When it was last changed.")
    organisation: Organisation | None = edge(
        organisation_of, "Who holds it; null when nobody does, or they are gone.", reads=["organisation_id"]
    )
    events: Connection[Event] = edge(
        events_of_functions,
        "Its events: by start, unless ordered otherwise.",
        arguments=event_list,
        multipliers=["first", "last"],
        paged=True,
    )
    days: list[FunctionDay] = edge(
        days_of,
        "The days on which events of it start, each with its events: in the zone in which each takes place.",
        arguments=days_from,
        complexity=5,
        multipliers=["first"],
    )
    breadcrumbs: list[Breadcrumb] = edge(
        breadcrumbs_of_functions,
        "The way down to it: who holds it, and itself.",
        reads=["organisation_id", *NAMES],
    )
    packages: Connection[Annotated[Package, strawberry.lazy("schema.package")]] = edge(
        packages_of_functions, "Its packages, oldest first.", arguments=forward, multipliers=["first"], paged=True
    )
