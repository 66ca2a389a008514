"""The days of a function: on which of them events start, and which.

An event is of the day on which it starts where it takes place: in its own zone, whatever zone the reader or the server
is in.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Date,
    DateTime,
    Integer,
    Select,
    Uuid,
    bindparam,
    cast,
    column,
    func,
    literal_column,
    select,
    true,
)
from sqlalchemy.types import TypeEngine

from db.models import Event
from db.rows import DayRow, EventRow
from db.statement import Statement, compile_statement
from db.statements.events import COLUMNS, EventFilter, EventOrder, EventScope, keyset, listing
from db.statements.paging import PageShape, chosen, for_each_parent, keyset_page, unforeseen
from db.visibility import Sight

BY_START: Final = keyset(EventOrder.EVENT_START)

_DAY: Final[ColumnElement[Any]] = cast(func.timezone(Event.timezone, Event.event_start), Date)
_UTC: Final[ColumnElement[Any]] = literal_column("'UTC'")
_FARTHEST_EAST: Final[ColumnElement[Any]] = literal_column("interval '14 hours'")
"""How much earlier than in UTC a day begins at most: on Kiritimati."""

_MOMENT = DateTime(timezone=True)


@lru_cache(maxsize=16)
def of_functions(sight: Sight, *, since: bool = False) -> Statement[DayRow]:
    """The days of each function on which events start, the first ones first; `place` says whose a day is.

    Args:
        sight: whom it reads for.
        since: whether only days from the parameter `since` on are wanted.
    """
    where = [*listing(EventScope.FUNCTION, EventFilter(), sight).where]
    if since:
        first = bindparam("since", type_=Date)
        # The day itself decides; the moment lets the index begin where the day may begin.
        begin = func.timezone(_UTC, cast(first, DateTime)) - _FARTHEST_EAST
        where += [first <= _DAY, Event.event_start >= begin]

    def days(function_id: Any) -> Select[Any]:  # noqa: ANN401 - a column of a table without a model
        its: Select[Any] = (
            select(
                Event.function_id,
                _DAY.label("date"),
                func.count().label("event_count"),
                func.min(Event.event_start).label("first_start"),
                func.max(Event.event_start).label("last_start"),
            )
            .where(Event.function_id == function_id, *where)
            .group_by(Event.function_id, column("date"))
            .order_by(column("date"))
            .limit(unforeseen(bindparam("limit", type_=Integer)))
        )
        return its

    return compile_statement("days.of_functions", for_each_parent(days), DayRow, sight)


@lru_cache(maxsize=64)
def events(
    sight: Sight, uses: frozenset[str] | None = None, *, after: bool = False, cursors: bool = True
) -> Statement[EventRow]:
    """A page of the events of each day, by start; `place` says which day's an event is.

    Args:
        sight: whom it reads for.
        uses: which columns are wanted, beside the key; all of them, when not said.
        after: whether there is a bound.
        cursors: whether the columns of the order are wanted as well.
    """
    columns = COLUMNS[sight]
    wanted = chosen(columns, uses, (columns[0], *(BY_START.columns if cursors else ())))
    names: dict[str, TypeEngine[Any]] = {
        "function_id": Uuid(),
        "date": Date(),
        "first_start": _MOMENT,
        "last_start": _MOMENT,
    }
    arrays = [bindparam(f"{name}s", type_=ARRAY(type_)) for name, type_ in names.items()]
    day = (
        func.unnest(*arrays)
        .table_valued(*(column(name, type_) for name, type_ in names.items()), with_ordinality="place")
        .render_derived(name="days")
    )
    its = select(*wanted).where(
        Event.function_id == day.c.function_id,
        Event.event_start >= day.c.first_start,
        Event.event_start <= day.c.last_start,
        day.c.date == _DAY,
        *listing(EventScope.FUNCTION, EventFilter(), sight).where,
    )
    found = keyset_page(its, PageShape(BY_START, after=after)).lateral("page")
    query: Select[Any] = select(day.c.place, found).select_from(day.join(found, true()))
    return compile_statement("days.events", query, EventRow, sight)
