"""Reading for administrators: rows whether they are deleted or not, what was deleted, and what a text finds at all."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any, Final

from db.models import Event, Function, Ticket
from db.rows import Row
from db.statements import administration, events, functions, search
from db.statements.paging import Lookup, lookup_statement
from db.visibility import BySight
from resolvers.arguments import text_of
from resolvers.context import Context
from resolvers.paging import Page, PageArguments, page
from resolvers.search import MAX_QUERY_LENGTH

Listed = type[Function | Event | Ticket]

MOST: Final = 100
"""How much a search finds at most."""

_SUGGESTED: Final = 50
"""How many of a type a form suggests."""

_RANKED: Final = 300
"""How many matches of all types are looked at for those of one."""

_LOOKUPS: Final[Mapping[Listed, BySight[Lookup[Any]]]] = {
    Function: administration.FUNCTIONS,
    Event: administration.EVENTS,
    Ticket: administration.TICKETS,
}


async def whichever(context: Context, model: Listed, keys: Sequence[uuid.UUID]) -> dict[uuid.UUID, Row]:
    """Rows by their keys, deleted or not; those that there are."""
    lookup = _LOOKUPS[model][context.sight]
    rows = await context.fetch(lookup_statement(lookup), {"keys": list(dict.fromkeys(keys))})
    return {row[lookup.key.key]: row for row in rows}


async def deleted_page(context: Context, model: Listed, arguments: PageArguments, text: str | None = None) -> Page[Any]:
    """What was deleted last, first; of it what a text finds.

    Raises:
        Refusal: the text is too long, or a cursor is of another list.
    """
    listing = administration.deleted(model, context.sight, sought=text is not None)
    values = {} if text is None else {"query": _checked(text)}
    return await page(context, listing, administration.by_deletion(model), arguments, values)


async def likely(context: Context, typename: str) -> Sequence[Row]:
    """Some of a type, of which a form is likely to name one: the latest, and of organisations the first."""
    arguments = PageArguments(first=_SUGGESTED)
    if typename == "Organisation":
        organisations = administration.ORGANISATIONS[context.sight]
        return (await page(context, organisations, administration.BY_SLUG, arguments, {})).nodes
    if typename == "Function":
        listed = functions.listing(functions.FunctionScope.ALL, context.sight)
        return (await page(context, listed, functions.BY_LATEST, arguments, {})).nodes
    newest = events.keyset(events.EventOrder.CREATED_AT, descending=True)
    every = events.EventFilter()
    return (
        await page(context, events.listing(events.EventScope.ALL, every, context.sight), newest, arguments, {})
    ).nodes


async def found(context: Context, model: type[Function | Event], text: str) -> list[uuid.UUID]:
    """The keys of what a text finds: first what everybody sees, the best first; then what is hidden.

    Raises:
        Refusal: the text is too long.
    """
    query = _checked(text)
    ranked = search.page(context.sight.for_anyone, after=False)
    matches = await context.fetch(ranked, {"query": query, "limit": _RANKED})
    hidden = await context.fetch(administration.hidden(model, context.sight), {"query": query, "limit": MOST})
    keys = [row["key"] for row in matches if row["typename"] == model.__name__]
    return list(dict.fromkeys([*keys, *(row["key"] for row in hidden)]))[:MOST]


def _checked(text: str) -> str:
    return text_of(text[:MAX_QUERY_LENGTH], "q")
