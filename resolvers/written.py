"""Pages that PostgreSQL writes (`db.statements.written`): their JSON, and nothing of their rows."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from db.statements.paging import Listing, PageShape, written_page_statement
from db.statements.written import Value
from resolvers.context import Context
from resolvers.touching import of_listing


@dataclass(frozen=True, slots=True, eq=False)
class WrittenAs:
    """What the JSON of a page is made of. Made once, compared by identity.

    Attributes:
        opening: stands before the first row.
        pieces: of a row: what stands before its first value, between its values, and after the last; as parameters.
        values: of a row.
        closing: stands after the last row.
    """

    opening: str
    pieces: Mapping[str, str]
    values: tuple[Value, ...]
    closing: str


class WrittenPage(NamedTuple):
    """A page's JSON, and how many rows it holds."""

    json: str
    number: int


async def written_pages(
    context: Context,
    listing: Listing[Any],
    shape: PageShape,
    written_as: WrittenAs,
    parameters: Mapping[str, Any],
    parents: Sequence[uuid.UUID] | None,
) -> list[WrittenPage]:
    """The same page of every parent's list, by one statement; of a list that belongs to nobody, its page.

    Args:
        context: the request.
        listing: which rows.
        shape: which stretch of them, in which order.
        written_as: what each page becomes.
        parameters: the listing's own, those of the bounds, and `limit`.
        parents: their keys, all different; None for a list that belongs to nobody.
    """
    statement = written_page_statement(listing, shape, written_as.values)
    parameters = {**parameters, **written_as.pieces}
    opening, closing = written_as.opening, written_as.closing
    if parents is None:
        (row,) = await context.fetch(statement, parameters)
        return [WrittenPage(f"{opening}{row['rows']}{closing}", row["number"])]
    found = await context.fetch(statement, {**parameters, "parents": parents}, of_listing(listing, parents))
    pages = [_NONE] * len(parents)
    for place, rows, number in found:
        pages[place - 1] = WrittenPage(f"{opening}{rows}{closing}", number)
    return pages


_NONE = WrittenPage("null", 0)
"""Holds a place until its page comes, as one does for every parent."""
