"""An event's place among others, whichever hierarchy it stands in: a function's, or the old one of parent events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from db.rows import EventRow, FunctionRow
from db.statements.events import EventScope
from resolvers import lookups
from resolvers.context import Context
from resolvers.events import first_events
from resolvers.paging import PageArguments


class HierarchySource(Enum):
    """Which hierarchy an event's surroundings are read from."""

    FUNCTION = "function"
    PARENT_EVENT = "parent_event"


@dataclass(frozen=True, slots=True)
class Hierarchy:
    """An event and where it stands."""

    event: EventRow
    source: HierarchySource


def hierarchy_of(event: EventRow) -> Hierarchy:
    """The function's hierarchy where the event has a function, else the old one."""
    return Hierarchy(event, HierarchySource.PARENT_EVENT if event["function_id"] is None else HierarchySource.FUNCTION)


async def root_of(context: Context, parents: Sequence[Hierarchy]) -> Sequence[FunctionRow | EventRow | None]:
    """What groups each event: its function, or its parent event."""
    functions = await lookups.find(context, lookups.FUNCTIONS, [each.event["function_id"] for each in parents])
    old = [each.event["parent_event_id"] if each.source is HierarchySource.PARENT_EVENT else None for each in parents]
    events = await lookups.find(context, lookups.EVENTS, old)
    return [function or event for function, event in zip(functions, events, strict=True)]


async def siblings_of(
    context: Context, parents: Sequence[Hierarchy], *, arguments: PageArguments
) -> Sequence[Sequence[EventRow]]:
    """The other events of the same function, or of the same parent, by start."""
    size = arguments.size()
    # One more than asked for, since the event itself is among them.
    wider = PageArguments(first=size + 1)
    siblings: list[Sequence[EventRow]] = [()] * len(parents)
    for source, scope, column in (
        (HierarchySource.FUNCTION, EventScope.FUNCTION, "function_id"),
        (HierarchySource.PARENT_EVENT, EventScope.PARENT, "parent_event_id"),
    ):
        places = [
            place for place, each in enumerate(parents) if each.source is source and each.event[column] is not None
        ]
        if not places:
            continue
        keys = [parents[place].event[column] for place in places]
        for place, events in zip(places, await first_events(context, scope, keys, wider), strict=True):
            own = parents[place].event["event_id"]
            siblings[place] = [event for event in events if event["event_id"] != own][:size]
    return siblings
