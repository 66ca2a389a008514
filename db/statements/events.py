"""Events, by id, by slug, and in pages with orders and filters."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import Enum
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, and_, bindparam, false, select

from db.models import Event, Function, Organisation
from db.rows import EventRow
from db.statements.paging import Column, Keyset, Listing, Lookup
from db.visibility import BELOW, ROWS, BySight, Sight, by_sight, columns_of, sifting

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
    within_function = scope is EventScope.FUNCTION or not given.isdisjoint({"function_id", "function_slug"})
    is_below = within_function or scope is not EventScope.ALL
    where, sifted = _flagged(dict(flags), sight, within_function=within_function, is_below=is_below)
    where += [conditions[name] for name in ("function_id", "function_slug") if name in given]
    if "organisation_id" in given:
        (sifted if within_function else where).append(conditions["organisation_id"])
    # In one, since the planner expects half of what is left of each.
    where += [sifting(and_(*sifted))] if sifted else []
    lower, upper = (conditions[name] if name in given else None for name in ("starts_from", "starts_before"))
    return Listing(scope.value, EventRow, COLUMNS[sight], tuple(where), _SCOPE_COLUMNS[scope], lower, upper, sight)


Conditions = list[ColumnElement[bool]]


def _flagged(
    flags: Mapping[str, bool], sight: Sight, *, within_function: bool, is_below: bool
) -> tuple[Conditions, Conditions]:
    """What may be seen, under the flags of a filter, and which conditions only sift.

    To ask for what is hidden shows nobody more than they may see.
    """
    rows = BELOW[sight] if is_below else ROWS[sight]
    where: Conditions = [rows.events_and_deleted if flags.get("include_deleted") else rows.events]
    featured = [_is(Event.is_featured, flags["is_featured"])] if "is_featured" in flags else []
    published = [_is(Event.is_published, flags["is_published"])] if "is_published" in flags else []
    if not sight.is_privileged:
        return [*where, *featured, *([false()] if flags.get("is_published") is False else [])], []
    # Of what is not published there are small indexes, but for none within a function.
    if flags.get("is_published") is False and not within_function:
        return [*where, *published], featured
    return where, [*featured, *published]


def _is(flag: Column, value: bool) -> ColumnElement[bool]:  # noqa: FBT001 - it is compared with the flag
    return flag.expression if value else ~flag.expression


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


_CONDITIONS = by_sight(_conditions)
