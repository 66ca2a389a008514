"""An event's place among others, whichever hierarchy it stands in: a function's, or the old one of parent events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

from db.rows import EventRow, FunctionRow
from db.statements.events import EventScope
from domain.flags import USE_FUNCTIONS
from resolvers import lookups
from resolvers.context import Context
from resolvers.events import first_events
from resolvers.paging import PageArguments

FLAGGED: Final[Mapping[str, str]] = {"Event.hierarchy": USE_FUNCTIONS, "Event.breadcrumbs": USE_FUNCTIONS}
"""Fields whose answer hangs on a flag, as `Type.field`."""


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
    """The function's hierarchy, or the old one: which comes first, a flag says; where it has nothing, the other serves.

    A function that may not be seen is as good as none, and so is a parent event.
    """
    order = (HierarchySource.FUNCTION, HierarchySource.PARENT_EVENT)
    if not context.flags.is_on(USE_FUNCTIONS):
        order = (HierarchySource.PARENT_EVENT, HierarchySource.FUNCTION)
    found: list[Hierarchy | None] = [None] * len(parents)
    for source in order:
        lacking = [place for place, each in enumerate(found) if each is None]
        roots = await _roots(context, source, [parents[place] for place in lacking])
        for place, root in zip(lacking, roots, strict=True):
            if root is not None:
                found[place] = Hierarchy(parents[place], source, root)
    context.flags.fell_back(sum(each is not None and each.source is order[1] for each in found))
    return [
        each or Hierarchy(event, HierarchySource.PARENT_EVENT, None) for each, event in zip(found, parents, strict=True)
    ]


async def _roots(
    context: Context, source: HierarchySource, events: Sequence[EventRow]
) -> Sequence[FunctionRow | EventRow | None]:
    """What groups each event by one of the hierarchies."""
    if source is HierarchySource.FUNCTION:
        return await lookups.find(context, lookups.FUNCTIONS, [event["function_id"] for event in events])
    return await lookups.find(context, lookups.EVENTS, [event["parent_event_id"] for event in events])


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
