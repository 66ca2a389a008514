"""The events of functions, day by day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from db.rows import DayRow, EventRow, FunctionRow
from db.statements import days
from db.statements.events import EventFilter, EventScope, listing
from db.statements.paging import Listing, cursor_values
from domain.cursors import CursorKind
from resolvers.context import Context
from resolvers.paging import CURSOR, Page, PageArguments, Paging, rows_by_parent
from resolvers.touching import of_listing


async def days_of(
    context: Context, parents: Sequence[FunctionRow], *, arguments: PageArguments, since: dt.date | None
) -> Sequence[Sequence[DayRow]]:
    """The days of each function on which events start."""
    keys = [function["function_id"] for function in parents]
    statement = days.of_functions(context.sight, since=since is not None)
    values = {"limit": arguments.size()} if since is None else {"limit": arguments.size(), "since": since}
    found = await rows_by_parent(context, statement, values, keys, _events(context))
    return [found[key] for key in keys]


async def events_of_days_of(
    context: Context, parents: Sequence[DayRow], *, arguments: PageArguments
) -> Sequence[Page[EventRow]]:
    """The events of each day, by start, by one statement."""
    size = arguments.size()
    events = _events(context)
    # Bound to the order alone: a cursor says from when on, and that goes for whatever day it is used with.
    binding = CursorKind.of(context.cursor_secret, "day.events", days.BY_START.name, {})
    paging = Paging(context.cursor_secret, events, days.BY_START, arguments, {}, binding)
    bounds = {} if arguments.after is None else cursor_values("after", binding.decode(arguments.after))
    uses = context.uses.get(EventRow.typename)
    cursors = uses is None or CURSOR in context.uses
    statement = days.events(context.sight, uses, after=arguments.after is not None, cursors=cursors)
    of = {f"{name}s": [day[name] for day in parents] for name in ("function_id", "date", "first_start", "last_start")}
    found: list[list[EventRow]] = [[] for _ in parents]
    touching = of_listing(events, [day["function_id"] for day in parents])
    # One row more than asked for tells whether there are more.
    for row in await context.fetch(statement, {**of, **bounds, "limit": size + 1}, touching):
        found[row["place"] - 1].append(row)
    return [
        Page(rows[:size], len(rows) > size, day["function_id"], paging, total=day["event_count"])
        for rows, day in zip(found, parents, strict=True)
    ]


def _events(context: Context) -> Listing[EventRow]:
    """What both are of: whatever changes a function's events may change its days."""
    return listing(EventScope.FUNCTION, EventFilter(), context.sight)
