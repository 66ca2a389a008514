"""Events, by id, by slug, and in pages with orders and filters."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass, fields
from enum import Enum
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, bindparam, select

from db import visibility
from db.models import Event, Function, Organisation
from db.rows import EventRow
from db.statements.paging import Column, Keyset, Listing, by_key

COLUMNS = (
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

BY_ID = by_key("events.by_id", EventRow, COLUMNS, Event.event_id, visibility.EVENTS)
BY_SLUG = by_key("events.by_slug", EventRow, COLUMNS, Event.slug, visibility.EVENTS)


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

    def values(self) -> dict[str, Any]:
        """The parameters of the statement: every filter that is set."""
        given = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value for name, value in given.items() if value is not None}


def listing(scope: EventScope, filters: EventFilter) -> Listing[EventRow]:
    """The list of a scope's events under a filter; pass `filters.values()` when it runs."""
    # The flag stands in the text, where the planner can match it with the partial index of featured events.
    given = frozenset(filters.values()) - {"is_featured"}
    return _listing(scope, given, filters.is_featured)


@lru_cache(maxsize=512)
def _listing(scope: EventScope, given: frozenset[str], is_featured: bool | None) -> Listing[EventRow]:  # noqa: FBT001 - a cache key
    where: list[ColumnElement[bool]] = [visibility.EVENTS]
    where += [Event.function_id == _FUNCTIONS[name] for name in sorted(given & _FUNCTIONS.keys())]
    if "organisation_id" in given:
        within_function = scope is EventScope.FUNCTION or not given.isdisjoint(_FUNCTIONS)
        where.append(_OF_ORGANISATION_AS_WELL if within_function else _OF_ORGANISATION)
    if is_featured is not None:
        flag = Event.is_featured.expression
        where.append(flag if is_featured else ~flag)
    lower = _STARTS_FROM if "starts_from" in given else None
    upper = _STARTS_BEFORE if "starts_before" in given else None
    return Listing(scope.value, EventRow, COLUMNS, tuple(where), _SCOPE_COLUMNS[scope], lower, upper)


def _parameter(name: str, column: Column) -> ColumnElement[Any]:
    return bindparam(name, type_=column.type)


def _visible(key: Column, visible: ColumnElement[bool], by: Column, parameter: str) -> ScalarSelect[Any]:
    """The key of the row that a parameter names; without a row to be seen nothing equals it."""
    return select(key).where(by == _parameter(parameter, by), visible).scalar_subquery()


_FUNCTIONS = {
    "function_id": _visible(Function.function_id, visibility.FUNCTIONS, Function.function_id, "function_id"),
    "function_slug": _visible(Function.function_id, visibility.FUNCTIONS, Function.slug, "function_slug"),
}
_ORGANISATION = _visible(
    Organisation.organisation_id, visibility.ORGANISATIONS, Organisation.organisation_id, "organisation_id"
)
_OF_ORGANISATION = Event.organisation_id == _ORGANISATION
# The same, in words that no index answers: within a function, the planner would at times combine the function's index
# with the organisation's, and sort what that leaves.
_OF_ORGANISATION_AS_WELL = Event.organisation_id.is_not_distinct_from(_ORGANISATION)
_STARTS_FROM = Event.event_start >= _parameter("starts_from", Event.event_start)
_STARTS_BEFORE = Event.event_start < _parameter("starts_before", Event.event_start)
