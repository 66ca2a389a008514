"""Rows by their unique columns; each key is fetched once a request, whoever asks for it."""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeVar

from db.rows import EventRow, FunctionRow, OrganisationRow, PackageRow, PoolRow, Row, TicketRow
from db.statements import events, functions, organisations, packages, tickets
from db.statements.paging import Lookup, lookup_statement
from db.visibility import BySight
from resolvers.context import Context
from resolvers.touching import of_lookup

R = TypeVar("R", bound=Row)
Fetch = Callable[[Context, list[Any]], Awaitable[Mapping[Any, R]]]


def by(lookups: BySight[Lookup[R]]) -> Fetch[R]:
    """Finds rows by their keys, in one statement, as the viewer sees them."""
    column = lookups.public.key.key

    async def fetch(context: Context, keys: list[Any]) -> Mapping[Any, R]:
        lookup = lookups[context.sight]
        statement = lookup_statement(lookup, context.uses.get(lookup.row.typename))
        rows = await context.fetch(statement, {"keys": keys}, of_lookup(lookup, keys))
        return {row[column]: row for row in rows}

    return fetch


FUNCTIONS: Fetch[FunctionRow] = by(functions.BY_ID)
FUNCTIONS_BY_SLUG: Fetch[FunctionRow] = by(functions.BY_SLUG)
EVENTS: Fetch[EventRow] = by(events.BY_ID)
EVENTS_BY_SLUG: Fetch[EventRow] = by(events.BY_SLUG)
TICKETS: Fetch[TicketRow] = by(tickets.BY_ID)
PACKAGES: Fetch[PackageRow] = by(packages.BY_ID)
ORGANISATIONS: Fetch[OrganisationRow] = by(organisations.BY_ID)
ORGANISATIONS_BY_SLUG: Fetch[OrganisationRow] = by(organisations.BY_SLUG)
POOLS: Fetch[PoolRow] = by(tickets.POOLS_BY_ID)


async def find(context: Context, fetch: Fetch[R], keys: Sequence[uuid.UUID | str | None]) -> list[R | None]:
    """The row of each key, in order; None where there is none to be seen, and where the key is None."""
    return await context.batches.lookup(fetch, keys)
