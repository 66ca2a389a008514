"""Events, as clients see them."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from strawberry.scalars import JSON

from auth.permissions import Permission
from db.statements.events import EventFilter as Filter
from db.statements.events import EventOrder as Order
from db.statements.packages import EVENT_PACKAGES_LIMIT
from domain.sales import AttendeeState
from domain.versions import PARENT_EVENTS
from resolvers.arguments import key_of, text_of
from resolvers.breadcrumbs import breadcrumbs_of_events
from resolvers.events import child_events_of, parent_event_ids_of, parent_event_of
from resolvers.functions import function_names_of, function_of, function_slugs_of
from resolvers.hierarchy import hierarchy_of, siblings_of
from resolvers.organisations import organisation_of
from resolvers.packages import packages_of_events
from resolvers.paging import PageArguments
from resolvers.registrations import attendees_of_events
from resolvers.tickets import tickets_of_events
from schema.arguments import After, Before, DateRange, First, Last, forward, limited
from schema.breadcrumb import NAMES, Breadcrumb
from schema.connection import Connection
from schema.enums import AttendeeStatus, Dir, EventSort, HierarchySource
from schema.fields import column, edge
from schema.node import Node, global_id
from schema.organisation import Organisation
from schema.scalars import URL, TimeZone
from schema.ticket import Ticket

if TYPE_CHECKING:
    from schema.function import Function
    from schema.package import Package
    from schema.registration import Attendee


@strawberry.input(description="Which events to list; what is left out does not filter.")
class EventFilter:
    """`db.statements.events.EventFilter`, as clients write it."""

    function_id: strawberry.ID | None = strawberry.field(default=None, description="Of this function.")
    function_slug: str | None = strawberry.field(default=None, description="Of the function with this slug.")
    organisation_id: strawberry.ID | None = strawberry.field(default=None, description="Of this organisation.")
    event_start: DateRange | None = strawberry.field(
        default=None, description="That start in this stretch of time; goes with the order by `EVENT_START` only."
    )
    is_featured: bool | None = strawberry.field(default=None, description="That are featured, or are not.")
    is_published: bool | None = strawberry.field(
        default=None,
        description="That are published, or are not, which only their own staff see; `false` goes with the order by "
        "`EVENT_START` only.",
    )
    include_deleted: bool | None = strawberry.field(
        default=None, description="Deleted ones too, if true, which only their own staff see."
    )


@strawberry.input(description="How to order a list of events.")
class EventOrder:
    """An order and its direction."""

    field: EventSort = strawberry.field(description="What to order by.")  # type: ignore[valid-type] # an enum by another name
    direction: Dir = strawberry.field(default=Dir.ASC, description="Which way.")


def event_list(
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
    filter: Annotated[EventFilter | None, strawberry.argument(description="Which events.")] = None,  # noqa: A002 - its name in GraphQL
    order_by: Annotated[EventOrder | None, strawberry.argument(description="In which order.")] = None,
) -> Mapping[str, Any]:
    """The arguments of a list of events."""
    return {
        "arguments": PageArguments(first, after, last, before),
        "filters": _filter(filter or EventFilter()),
        "order": order_by.field if order_by else Order.EVENT_START,
        "descending": order_by is not None and order_by.direction is Dir.DESC,
    }


def _filter(given: EventFilter) -> Filter:
    span = given.event_start or DateRange()
    return Filter(
        function_id=_key(given.function_id, "Function", "filter.functionId"),
        function_slug=None if given.function_slug is None else text_of(given.function_slug, "filter.functionSlug"),
        organisation_id=_key(given.organisation_id, "Organisation", "filter.organisationId"),
        starts_from=span.gte,
        starts_before=span.lt,
        is_featured=given.is_featured,
        is_published=given.is_published,
        include_deleted=given.include_deleted or None,
    )


def _key(global_id: str | None, typename: str, argument: str) -> uuid.UUID | None:
    return None if global_id is None else key_of(global_id, typename, argument)


def _door_list(
    first: First = None,
    after: After = None,
    status: Annotated[
        list[AttendeeStatus] | None,  # type: ignore[valid-type] # an enum by another name
        strawberry.argument(description="Those in one of these states; those who have a place, where it is left out."),
    ] = None,
) -> Mapping[str, Any]:
    states = [AttendeeState.VALID] if status is None else status
    return {"arguments": PageArguments(first, after), "states": tuple(sorted({state.value for state in states}))}


HierarchyRoot = Annotated[
    Annotated["Function", strawberry.lazy("schema.function")] | Annotated["Event", strawberry.lazy("schema.event")],
    strawberry.union("HierarchyRoot", description="What groups an event: its function, or its parent event."),
]


@strawberry.type(description="An event's place among others, whichever hierarchy it stands in.")
class EventHierarchy:
    """`resolvers.hierarchy.Hierarchy`, shown."""

    source: HierarchySource = column(  # type: ignore[valid-type] # the same
        "Which hierarchy this was read from: the one that the installation uses, or, where it has nothing on the "
        "event, the other one; `PARENT_EVENT` when both have nothing."
    )
    root: HierarchyRoot | None = column("What groups the event; null when nothing does.")
    siblings: list[Annotated[Event, strawberry.lazy("schema.event")]] = edge(
        siblings_of,
        "The other events of the same group, by start; none when nothing groups the event.",
        arguments=limited,
        multipliers=["first"],
    )


@strawberry.type(description="Something that takes place at a time and sells tickets.")
class Event(Node):
    """A row of `events`."""

    id: strawberry.ID = global_id("Event", "event_id")
    type: str = column("What kind of event it is, in the organiser's own words: `event`, unless said.")
    title: str = column("Its title.")
    slug: str = column("Its title in addresses, unique among events.")
    description: str | None = column("What it is about.")
    event_start: dt.datetime = column("When it starts.")
    event_end: dt.datetime | None = column("When it ends.")
    timezone: TimeZone = column("The zone it takes place in.")
    location: str | None = column("Where it takes place.")
    image_url: URL | None = column("A picture of it.")
    is_published: bool = column("Whether it is shown to the public.")
    is_featured: bool = column("Whether the first page shows it.")
    metadata: JSON | None = column("Whatever else the organiser or an import recorded.")
    deleted_at: dt.datetime | None = column("When it was deleted, if it was.", permission=Permission.STAFF)
    version: int = column("Counts its changes; a change names the version that it was made on.")
    created_at: dt.datetime = column("When it was entered.")
    updated_at: dt.datetime = column("When it was last changed.")
    function: Annotated[Function, strawberry.lazy("schema.function")] | None = edge(
        function_of, "The function it belongs to.", reads=["function_id"]
    )
    function_name: str | None = edge(
        function_names_of, "The name of its function.", reads=["function_id", "Function.name"]
    )
    function_slug: str | None = edge(
        function_slugs_of, "The slug of its function.", reads=["function_id", "Function.slug"]
    )
    organisation: Organisation | None = edge(
        organisation_of, "Who holds it; null when they are gone.", reads=["organisation_id"]
    )
    tickets: Connection[Ticket] = edge(
        tickets_of_events,
        "What is sold for it, in the organiser's order.",
        arguments=forward,
        multipliers=["first"],
        paged=True,
    )
    packages: list[Annotated[Package, strawberry.lazy("schema.package")]] = edge(
        packages_of_events,
        f"The packages that hold a ticket of it, oldest first: at most {EVENT_PACKAGES_LIMIT}.",
        complexity=5,
    )
    attendees: Connection[Annotated[Attendee, strawberry.lazy("schema.registration")]] | None = edge(
        attendees_of_events,
        "Who comes, in the order in which they were ordered: the list for its door.",
        arguments=_door_list,
        permission=Permission.INTERNAL,
        multipliers=["first"],
    )
    breadcrumbs: list[Breadcrumb] = edge(
        breadcrumbs_of_events,
        "The way down to it: who holds it, what groups it (`hierarchy.root`), and itself.",
        reads=["organisation_id", "function_id", "parent_event_id", *NAMES],
    )
    hierarchy: EventHierarchy = edge(
        hierarchy_of, "Its place among other events.", reads=["function_id", "parent_event_id"]
    )
    parent_event_id: strawberry.ID | None = edge(
        parent_event_ids_of,
        "The id of its parent event.",
        reads=["parent_event_id"],
        deprecated=PARENT_EVENTS,
    )
    parent_event: Annotated[Event, strawberry.lazy("schema.event")] | None = edge(
        parent_event_of, "Its parent event.", reads=["parent_event_id"], deprecated=PARENT_EVENTS
    )
    child_events: list[Annotated[Event, strawberry.lazy("schema.event")]] | None = edge(
        child_events_of,
        "The events whose parent it is, by start.",
        arguments=limited,
        multipliers=["first"],
        deprecated=PARENT_EVENTS,
    )
