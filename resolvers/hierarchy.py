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
    """An event, what groups it, and which hierarchy says so."""

    event: EventRow
    source: HierarchySource
    root: FunctionRow | EventRow | None


async def hierarchy_of(context: Context, parents: Sequence[EventRow]) -> Sequence[Hierarchy]:
    """The function's hierarchy where the event has a function, else the old one.

    A function that may not be seen is as good as none, and so is a parent event.
    """
    functions = await lookups.find(context, lookups.FUNCTIONS, [event["function_id"] for event in parents])
    old = [
        event["parent_event_id"] if function is None else None
        for event, function in zip(parents, functions, strict=True)
    ]
    events = await lookups.find(context, lookups.EVENTS, old)
    return [
        Hierarchy(event, HierarchySource.PARENT_EVENT, parent)
        if function is None
        else Hierarchy(event, HierarchySource.FUNCTION, function)
        for event, function, parent in zip(parents, functions, events, strict=True)
    ]


async def siblings_of(
    context: Context, parents: Sequence[Hierarchy], *, arguments: PageArguments
) -> Sequence[Sequence[EventRow]]:
    """The other events of the same function, or of the same parent, by start."""
    size = arguments.size()
    siblings: list[Sequence[EventRow]] = [()] * len(parents)
    for source, scope, column in (
        (HierarchySource.FUNCTION, EventScope.FUNCTION, "function_id"),
        (HierarchySource.PARENT_EVENT, EventScope.PARENT, "parent_event_id"),
    ):
        places = [place for place, each in enumerate(parents) if each.source is source and each.root is not None]
        if not places:
            continue
        keys = [parents[place].event[column] for place in places]
        # One more than asked for, since the event itself is among them.
        for place, events in zip(places, await first_events(context, scope, keys, size + 1), strict=True):
            own = parents[place].event["event_id"]
            siblings[place] = [event for event in events if event["event_id"] != own][:size]
    return siblings
