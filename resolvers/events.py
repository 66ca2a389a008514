"""Reading events."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from db.rows import EventRow, FunctionRow, TicketRow
from db.statements.events import EventFilter, EventOrder, EventScope, keyset, listing
from db.statements.paging import PageShape, page_statement
from domain.errors import InvalidArgument
from domain.ids import encode_global_id
from resolvers import lookups
from resolvers.context import Context
from resolvers.paging import Page, PageArguments, page, pages_of, rows_by_parent

BY_START = keyset(EventOrder.EVENT_START)


def _check(filters: EventFilter, order: EventOrder) -> None:
    """A range of times is walked in the order of times, and so is what is not public yet: few indexes hold it."""
    if (filters.starts_from or filters.starts_before) and order is not EventOrder.EVENT_START:
        raise InvalidArgument(
            "`filter.eventStart` goes with `orderBy: {field: EVENT_START}` only; "
            f"leave out the filter, or the order by {order.name}."
        )
    if filters.is_published is False and order is not EventOrder.EVENT_START:
        raise InvalidArgument(
            "`filter.isPublished: false` goes with `orderBy: {field: EVENT_START}` only; "
            f"leave out the filter, or the order by {order.name}."
        )


async def events_page(
    context: Context,
    parents: Sequence[None],
    *,
    arguments: PageArguments,
    filters: EventFilter,
    order: EventOrder,
    descending: bool,
) -> Sequence[Page[EventRow]]:
    """All events under a filter, in an order."""
    _check(filters, order)
    events = listing(EventScope.ALL, filters, context.sight)
    by = keyset(order, descending=descending)
    return [await page(context, events, by, arguments, filters.values())] * len(parents)


async def events_of_functions(
    context: Context,
    parents: Sequence[FunctionRow],
    *,
    arguments: PageArguments,
    filters: EventFilter,
    order: EventOrder,
    descending: bool,
) -> Sequence[Page[EventRow]]:
    """Each function's events under a filter, in an order."""
    _check(filters, order)
    return await pages_of(
        context,
        listing(EventScope.FUNCTION, filters, context.sight),
        keyset(order, descending=descending),
        arguments,
        [function["function_id"] for function in parents],
        filters.values(),
    )


async def event_of(context: Context, parents: Sequence[TicketRow]) -> Sequence[EventRow | None]:
    """The event that each ticket admits to."""
    return await lookups.find(context, lookups.EVENTS, [ticket["event_id"] for ticket in parents])


async def parent_event_of(context: Context, parents: Sequence[EventRow]) -> Sequence[EventRow | None]:
    """Each event's parent in the old hierarchy."""
    return await lookups.find(context, lookups.EVENTS, [event["parent_event_id"] for event in parents])


async def parent_event_ids_of(context: Context, parents: Sequence[EventRow]) -> Sequence[str | None]:
    """The global id of each event's parent in the old hierarchy."""
    found = await parent_event_of(context, parents)
    return [None if event is None else encode_global_id("Event", event["event_id"]) for event in found]


async def child_events_of(
    context: Context, parents: Sequence[EventRow], *, arguments: PageArguments
) -> Sequence[Sequence[EventRow]]:
    """Each event's children in the old hierarchy, by start."""
    return await first_events(context, EventScope.PARENT, [event["event_id"] for event in parents], arguments.size())


async def first_events(
    context: Context, scope: EventScope, keys: Sequence[uuid.UUID], size: int
) -> Sequence[Sequence[EventRow]]:
    """The first events of each function, or of each parent event, by start."""
    children = listing(scope, EventFilter(), context.sight)
    statement = page_statement(children, PageShape(BY_START))
    events = await rows_by_parent(context, statement, {"limit": size}, keys, children)
    return [events[key] for key in keys]
