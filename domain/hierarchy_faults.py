"""What can be wrong with the two hierarchies of events, and how each fault is mended.

The old hierarchy has two levels: an event, and the events that name it as their parent. The new one groups events by
functions. A remedy is a statement of SQL for the operator, to be looked at and then run with psql; where none is right
without knowing more than the database does, the remedy takes the way that changes least, and the text says what else
could be done. After mending, look again: behind one fault another may stand.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum


class Fault(Enum):
    """A kind of fault; the value is what it is called in reports."""

    CYCLE = "cycle"
    DEEPER_LEVEL = "deeper level"
    OTHER_ORGANISATION = "other organisation"
    ORPHAN = "orphan"
    MISMATCH = "mismatch"
    LEFT_BEHIND = "left behind"


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault of one event.

    Attributes:
        fault: its kind.
        event_id: of the event that a remedy changes.
        says: what is wrong, for the operator.
        remedy: what to run.
    """

    fault: Fault
    event_id: uuid.UUID
    says: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Place:
    """An event that something is wrong with, and where it stands.

    Attributes:
        event_id: its key.
        slug: its own.
        root_id: the event that old clients would have to see as its parent, by its function; None where there is none.
        imported: whether it is known by an id within its function.
    """

    event_id: uuid.UUID
    slug: str
    root_id: uuid.UUID | None = None
    imported: bool = False


def levels(parents: Mapping[uuid.UUID, tuple[str, uuid.UUID | None]]) -> Iterator[Finding]:
    """The cycles among events, and the events that stand deeper than the second level.

    Args:
        parents: slug and parent of each event that has a grandparent, and of all that stand above one.
    """
    settled: set[uuid.UUID] = set()
    cyclic: set[uuid.UUID] = set()
    for start in sorted(parents):
        trail: list[uuid.UUID] = []
        at: uuid.UUID | None = start
        while at is not None and at in parents and at not in settled:
            settled.add(at)
            trail.append(at)
            at = parents[at][1]
        if at in trail:
            cycle = trail[trail.index(at) :]
            cyclic.update(cycle)
            yield _cycle(parents, cycle)
    for event in sorted(parents):
        above = _above(parents, event)
        if len(above) > 1 and not cyclic.intersection({event, *above}):
            yield _deeper(parents, event, above)


def _above(parents: Mapping[uuid.UUID, tuple[str, uuid.UUID | None]], event: uuid.UUID) -> list[uuid.UUID]:
    found: list[uuid.UUID] = []
    at = parents[event][1]
    while at is not None and at not in found:
        found.append(at)
        at = parents[at][1] if at in parents else None
    return found


def _cycle(parents: Mapping[uuid.UUID, tuple[str, uuid.UUID | None]], cycle: list[uuid.UUID]) -> Finding:
    first = min(cycle)
    turn = cycle.index(first)
    around = [*cycle[turn:], *cycle[:turn], first]
    way = " under ".join(parents[each][0] for each in around)
    return Finding(Fault.CYCLE, first, f"{way}: no event is the first", _unparent(first))


def _deeper(
    parents: Mapping[uuid.UUID, tuple[str, uuid.UUID | None]], event: uuid.UUID, above: list[uuid.UUID]
) -> Finding:
    way = " under ".join(parents[each][0] for each in (event, *above) if each in parents)
    says = f"{way}: parent events have two levels"
    return Finding(Fault.DEEPER_LEVEL, event, says, _set(event, parent_event_id=above[-1]))


def other_organisation(event: Place) -> Finding:
    """A child belongs to another organisation than its parent: it does not follow into the parent's function."""
    says = f"{event.slug} is a child of another organisation's event; take it out, or give it to that organisation"
    return Finding(Fault.OTHER_ORGANISATION, event.event_id, says, _unparent(event.event_id))


def under_deleted_parent(event: Place) -> Finding:
    """A child is shown whose parent is deleted, and no function groups it."""
    says = f"{event.slug} has a parent that is deleted; take it out, or restore the parent"
    return Finding(Fault.ORPHAN, event.event_id, says, _unparent(event.event_id))


def in_deleted_function(event: Place) -> Finding:
    """An event is shown whose function is deleted."""
    says = f"{event.slug} is in a function that is deleted; take it out, or restore the function"
    values: dict[str, uuid.UUID | None] = {"function_id": None}
    if event.imported:
        values["external_id"] = None
    return Finding(Fault.ORPHAN, event.event_id, says, _set(event.event_id, **values))


def left_out(event: Place) -> Finding:
    """An event of a function that was made of a parent event is not among that one's children."""
    says = f"{event.slug} is in a function made of a parent event, and old clients do not find it there"
    return Finding(Fault.MISMATCH, event.event_id, says, _set(event.event_id, parent_event_id=event.root_id))


def between_hierarchies(event: Place) -> Finding:
    """The function of an event says something else than its parent: the function counts, and the parent follows."""
    if event.root_id is None:
        says = f"{event.slug} has a parent that is not in its function; let the function count"
    else:
        says = f"{event.slug} is in a function made of another event than its parent; let the function count"
    return Finding(Fault.MISMATCH, event.event_id, says, _set(event.event_id, parent_event_id=event.root_id))


def left_behind(event: Place) -> Finding:
    """An event has not followed into the functions, though nothing is wrong with it."""
    says = f"{event.slug} is in no function yet"
    return Finding(Fault.LEFT_BEHIND, event.event_id, says, "boxoffice functions migrate")


def _unparent(event: uuid.UUID) -> str:
    return _set(event, parent_event_id=None)


def _set(event: uuid.UUID, **values: uuid.UUID | None) -> str:
    assigned = ", ".join(f"{name} = " + (f"'{value}'" if value else "NULL") for name, value in values.items())
    return f"UPDATE events SET {assigned} WHERE event_id = '{event}';"  # noqa: S608 - keys, for a person to run
