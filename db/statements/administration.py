"""What administrators look for beside everybody else's lists: what was deleted, and what is hidden, by its words.

All of it carries the same rules as other statements (`db.visibility`), but for that of deletion.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import ColumnElement, Text, and_, bindparam, func, literal_column, select

from db.deployment import INSIDE
from db.models import Event, Function, Organisation, Ticket
from db.rows import EventRow, FunctionRow, OrganisationRow, Row, TicketRow
from db.statement import Statement, compile_statement
from db.statements import events, functions, organisations, tickets
from db.statements.paging import Column, Keyset, Listing, Lookup, PageShape, keyset_page
from db.visibility import ORGANISATION_OF, ROWS, BySight, Selected, Sight, by_sight, is_own, sifting

_KEYS: Final[Mapping[type[Any], Column]] = {
    Function: Function.function_id,
    Event: Event.event_id,
    Ticket: Ticket.ticket_id,
}
_ROWS: Final[Mapping[type[Any], type[Any]]] = {Function: FunctionRow, Event: EventRow, Ticket: TicketRow}
_HIDDEN: Final[Mapping[type[Any], ColumnElement[bool]]] = {
    Function: ~Function.is_active.expression,
    Event: ~Event.is_published.expression,
}

_FIRST: Final = events.EventOrder.EVENT_START
_QUERY = func.websearch_to_tsquery(literal_column("'simple'::regconfig"), bindparam("query", type_=Text))


def _own(model: type[Any], sight: Sight) -> ColumnElement[bool]:
    """Whose rows are seen, deleted or not, and of which part."""
    own = is_own(ORGANISATION_OF[model])
    return sifting(own if sight.part is None else and_(own, INSIDE[sight.part][model]))


def _columns(model: type[Any], sight: Sight) -> tuple[Selected, ...]:
    if model is Ticket:
        return (*tickets.COLUMNS[sight], Ticket.deleted_at)
    return (functions.COLUMNS if model is Function else events.COLUMNS)[sight]


def _whichever(name: str, model: type[Any]) -> BySight[Lookup[Any]]:
    def make(sight: Sight) -> Lookup[Any]:
        return Lookup(name, _ROWS[model], _columns(model, sight), _KEYS[model], (_own(model, sight),), sight)

    return by_sight(make)


FUNCTIONS: Final = _whichever("functions.whichever", Function)
EVENTS: Final = _whichever("events.whichever", Event)
TICKETS: Final = _whichever("tickets.whichever", Ticket)
"""Rows by their keys, deleted or not."""


ORGANISATIONS: Final = by_sight(
    lambda sight: Listing(
        "organisations.listed", OrganisationRow, organisations.COLUMNS[sight], (ROWS[sight].organisations,), sight=sight
    )
)
"""Organisations, of which there are few beside what they hold."""

BY_SLUG: Final = Keyset("SLUG", (Organisation.slug,))
"""Their order, in which no two are alike."""


@lru_cache(maxsize=24)
def deleted(model: type[Any], sight: Sight, *, sought: bool) -> Listing[Any]:
    """The list of what was deleted of a table.

    Args:
        model: a table.
        sight: for whom.
        sought: whether only what a text finds (`query`).
    """
    where = [model.deleted_at.is_not(None), _own(model, sight)]
    where += [sifting(_finds(model))] if sought else []
    name = f"{model.__tablename__}.deleted{'.sought' if sought else ''}"
    return Listing(name, _ROWS[model], _columns(model, sight), tuple(where), sight=sight)


@lru_cache
def by_deletion(model: type[Any]) -> Keyset:
    """What was deleted last comes first."""
    return Keyset("DELETED_AT DESC", (model.deleted_at, _KEYS[model]), descending=True)


@lru_cache(maxsize=8)
def hidden(model: type[Any], sight: Sight) -> Statement[Row]:
    """The keys (`key`) of what a text (`query`) finds though not everybody sees it: `limit` of them at most.

    There are few of these rows; they are walked by their start, and looked at.
    """
    where = (_HIDDEN[model], model.deleted_at.is_(None), _own(model, sight), sifting(_finds(model)))
    query = select(_KEYS[model].label("key")).where(*where)
    query = keyset_page(query, PageShape(functions.BY_START if model is Function else events.keyset(_FIRST)))
    return compile_statement(f"{model.__tablename__}.hidden", query, Row, sight)


def _finds(model: type[Any]) -> ColumnElement[bool]:
    if model is Ticket:
        return func.strpos(func.lower(Ticket.name), func.lower(bindparam("query", type_=Text))) > 0
    return model.search.op("@@", is_comparison=True)(_QUERY)  # type: ignore[no-any-return] # a column of any model
