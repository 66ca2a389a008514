"""What a ticket shop's first page shows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from db.rows import EventRow
from db.statements.events import EventFilter, EventScope, listing
from domain.cursors import CursorKind
from resolvers.context import Context
from resolvers.events import BY_START
from resolvers.paging import Page, PageArguments, page


@dataclass(frozen=True, slots=True)
class Homepage:
    """A first page as it stands at a time."""

    generated_at: dt.datetime


async def homepage_of(context: Context, parents: Sequence[None]) -> Sequence[Homepage]:
    """The first page as it stands now."""
    return [Homepage(context.now)] * len(parents)


async def featured_of(
    context: Context, parents: Sequence[Homepage], *, arguments: PageArguments
) -> Sequence[Sequence[EventRow]]:
    """The next featured events."""
    return [(await _coming(context, arguments, featured=True)).nodes] * len(parents)


async def upcoming_of(
    context: Context, parents: Sequence[Homepage], *, arguments: PageArguments
) -> Sequence[Page[EventRow]]:
    """The next events."""
    return [await _coming(context, arguments, featured=None)] * len(parents)


async def _coming(context: Context, arguments: PageArguments, *, featured: bool | None) -> Page[EventRow]:
    filters = EventFilter(starts_from=context.now, is_featured=featured)
    # "From now on" moves while a reader pages; the cursor alone says where to go on.
    binding = CursorKind.of(context.cursor_secret, f"homepage {featured}", BY_START.name, {})
    events = listing(EventScope.ALL, filters, context.sight)
    return await page(context, events, BY_START, arguments, filters.values(), binding=binding)
