"""Reading functions."""

from __future__ import annotations

from collections.abc import Sequence

from db.rows import EventRow, FunctionRow, OrganisationRow, PackageRow
from db.statements import functions
from db.statements.functions import FunctionScope
from resolvers import lookups
from resolvers.context import Context
from resolvers.paging import Page, PageArguments, page, pages_of


async def functions_page(
    context: Context, parents: Sequence[None], *, arguments: PageArguments, is_active: bool | None = None
) -> Sequence[Page[FunctionRow]]:
    """All functions, by first day: all of them, those that are active, or those that are not."""
    listing = functions.listing(FunctionScope.ALL, context.sight, is_active=is_active)
    bound = {} if is_active is None else {"is_active": is_active}
    return [await page(context, listing, functions.BY_START, arguments, bound)] * len(parents)


async def functions_of_organisations(
    context: Context, parents: Sequence[OrganisationRow], *, arguments: PageArguments
) -> Sequence[Page[FunctionRow]]:
    """Each organisation's functions, by first day."""
    keys = [organisation["organisation_id"] for organisation in parents]
    listing = functions.listing(FunctionScope.ORGANISATION, context.sight)
    return await pages_of(context, listing, functions.BY_START, arguments, keys)


async def function_of(context: Context, parents: Sequence[EventRow | PackageRow]) -> Sequence[FunctionRow | None]:
    """The function that each event or package belongs to."""
    return await lookups.find(context, lookups.FUNCTIONS, [parent["function_id"] for parent in parents])


async def function_names_of(context: Context, parents: Sequence[EventRow]) -> Sequence[str | None]:
    """The name of each event's function."""
    return [None if function is None else function["name"] for function in await function_of(context, parents)]


async def function_slugs_of(context: Context, parents: Sequence[EventRow]) -> Sequence[str | None]:
    """The slug of each event's function."""
    return [None if function is None else function["slug"] for function in await function_of(context, parents)]
