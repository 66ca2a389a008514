"""Pages that PostgreSQL writes (`db.statements.written`): their JSON, and nothing of their rows."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from operator import itemgetter
from typing import Any

from db.rows import WrittenRow
from db.statements.paging import Listing, PageShape, written_page_statement
from db.statements.written import Template
from resolvers.context import Context
from resolvers.touching import of_listing


async def written_pages(
    context: Context,
    listing: Listing[Any],
    shape: PageShape,
    template: Template,
    parameters: Mapping[str, Any],
    parents: Sequence[uuid.UUID] | None,
) -> list[WrittenRow]:
    """The same page of every parent's list, by one statement; of a list that belongs to nobody, its page.

    Args:
        context: the request.
        listing: which rows.
        shape: which stretch of them, in which order.
        template: what each page becomes.
        parameters: the listing's own, those of the bounds, and `limit`.
        parents: their keys, all different; None for a list that belongs to nobody.
    """
    statement = written_page_statement(listing, shape, template.values)
    parameters = {**parameters, **template.texts}
    if parents is None:
        return await context.fetch(statement, parameters)
    found = await context.fetch(statement, {**parameters, "parents": parents}, of_listing(listing, parents))
    return sorted(found, key=_PLACE)  # every parent has one


_PLACE = itemgetter("place")
