"""Reading organisations."""

from __future__ import annotations

from collections.abc import Sequence

from db.rows import EventRow, FunctionRow, OrganisationRow
from resolvers import lookups
from resolvers.context import Context


async def organisation_of(
    context: Context, parents: Sequence[FunctionRow | EventRow]
) -> Sequence[OrganisationRow | None]:
    """The organisation that holds each function or event."""
    return await lookups.find(context, lookups.ORGANISATIONS, [parent["organisation_id"] for parent in parents])
