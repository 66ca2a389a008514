"""Events, by id, by slug, and in pages with orders and filters."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import Enum
from functools import lru_cache
from typing import Any

from sqlalchemy import Boolean, ColumnElement, ScalarSelect, bindparam, false, func, select

from db.models import Event, Function, Organisation
from db.rows import EventRow
from db.statements.paging import Column, Keyset, Listing, Lookup
from db.visibility import ROWS, BySight, Sight, by_sight, columns_of

_PUBLIC = (
    Event.event_id,
    Event.function_id,
    Event.parent_event_id,
    Event.organisation_id,
    Event.type,
    Event.title,
    Event.slug,
    Event.description,
    Event.event_start,
    Event.event_end,
    Event.timezone,
    Event.location,
    Event.image_url,
    Event.is_published,
    Event.is_featured,
    Event.metadata_,
    Event.version,
    Event.created_at,
    Event.updated_at,
)

COLUMNS = columns_of(Event, _PUBLIC, {Event.deleted_at: "STAFF"})


def _lookup(name: str, key: Column) -> BySight[Lookup[EventRow]]:
    return by_sight(lambda sight: Lookup(name, EventRow, COLUMNS[sight], key, (ROWS[sight].events,), sight))


BY_ID = _lookup("events.by_id", Event.event_id)
BY_SLUG = _lookup("events.by_slug", Event.slug)


class EventOrder(Enum):
    """The orders that have an index for every scope."""

    EVENT_START = "event_start"
    TITLE = "title"
    CREATED_AT = "created_at"


_ORDER_COLUMNS: dict[EventOrder, Column] = {
    EventOrder.EVENT_START: Event.event_start,
    EventOrder.TITLE: Event.title,
    EventOrder.CREATED_AT: Event.created_at,
}


@lru_cache(maxsize=16)
def keyset(order: EventOrder, *, descending: bool = False) -> Keyset:
    """The total order, with the id to break ties."""
    name = f"{order.name} {'DESC' if descending else 'ASC'}"
    return Keyset(name, (_ORDER_COLUMNS[order], Event.event_id), descending)


class EventScope(Enum):
    """Whose events: everybody's, a function's, or (the old hierarchy) a parent event's."""

    ALL = "events"
    FUNCTION = "function.events"
    PARENT = "event.child_events"


_SCOPE_COLUMNS: dict[EventScope, Column | None] = {
    EventScope.ALL: None,
    EventScope.FUNCTION: Event.function_id,
    EventScope.PARENT: Event.parent_event_id,
}


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Which events; what is None does not filter."""

    function_id: uuid.UUID | None = None
    function_slug: str | None = None
    organisation_id: uuid.UUID | None = None
    starts_from: dt.datetime | None = None
    starts_before: dt.datetime | None = None
    is_featured: bool | None = None
    is_published: bool | None = None
    include_deleted: bool | None = None

    def values(self) -> dict[str, Any]:
        """The parameters of the statement: every filter that is set."""
        given = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value for name, value in given.items() if value is not None}


_FLAGS = {"is_featured", "is_published", "include_deleted"}
"""They stand in the text, where the planner can match them with partial indexes."""


def listing(scope: EventScope, filters: EventFilter, sight: Sight = Sight.PUBLIC) -> Listing[EventRow]:
    """The list of a scope's events under a filter; pass `filters.values()` when it runs."""
    values = filters.values()
    flags = frozenset((name, value) for name, value in values.items() if name in _FLAGS)
    return _listing(scope, frozenset(values) - _FLAGS, flags, sight)


@lru_cache(maxsize=2048)
def _listing(
    scope: EventScope, given: frozenset[str], flags: frozenset[tuple[str, bool]], sight: Sight
) -> Listing[EventRow]:
    conditions = _CONDITIONS[sight]
    where = _flagged(dict(flags), sight)
    where += [conditions[name] for name in ("function_id", "function_slug") if name in given]
    if "organisation_id" in given:
        within_function = scope is EventScope.FUNCTION or not given.isdisjoint({"function_id", "function_slug"})
        where.append(_sifting(conditions["organisation_id"]) if within_function else conditions["organisation_id"])
    lower, upper = (conditions[name] if name in given else None for name in ("starts_from", "starts_before"))
    return Listing(scope.value, EventRow, COLUMNS[sight], tuple(where), _SCOPE_COLUMNS[scope], lower, upper, sight)


def _flagged(flags: Mapping[str, bool], sight: Sight) -> list[ColumnElement[bool]]:
    """What may be seen, under the flags of a filter. To ask for what is hidden shows nobody more than they may see."""
    rows = ROWS[sight]
    where = [rows.events_and_deleted if flags.get("include_deleted") else rows.events]
    if "is_featured" in flags:
        where.append(_is(Event.is_featured, flags["is_featured"]))
    if "is_published" in flags and sight is Sight.PRIVILEGED:
        where.append(_is(Event.is_published, flags["is_published"]))
    elif flags.get("is_published") is False:
        where.append(false())
    return where


def _is(flag: Column, value: bool) -> ColumnElement[bool]:  # noqa: FBT001 - it is compared with the flag
    return flag.expression if value else ~flag.expression


def _sifting(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """The same condition in words that no index answers, and that the planner expects half of the rows to meet.

    A function's events are mostly of one organisation, but the planner takes the two to be independent. Expecting a row
    or two of both, it would combine the indexes of both, or walk the smallest of the function's, and sort.
    """
    return func.coalesce(condition, false(), type_=Boolean)


def _parameter(name: str, column: Column) -> ColumnElement[Any]:
    return bindparam(name, type_=column.type)


def _visible(key: Column, visible: ColumnElement[bool], by: Column, parameter: str) -> ScalarSelect[Any]:
    """The key of the row that a parameter names; without a row to be seen nothing equals it."""
    return select(key).where(by == _parameter(parameter, by), visible).scalar_subquery()


def _conditions(sight: Sight) -> dict[str, ColumnElement[bool]]:
    rows = ROWS[sight]
    return {
        "function_id": Event.function_id
        == _visible(Function.function_id, rows.functions, Function.function_id, "function_id"),
        "function_slug": Event.function_id
        == _visible(Function.function_id, rows.functions, Function.slug, "function_slug"),
        "organisation_id": Event.organisation_id
        == _visible(Organisation.organisation_id, rows.organisations, Organisation.organisation_id, "organisation_id"),
        "starts_from": Event.event_start >= _parameter("starts_from", Event.event_start),
        "starts_before": Event.event_start < _parameter("starts_before", Event.event_start),
    }


_CONDITIONS = {sight: _conditions(sight) for sight in Sight}
