"""Full-text search."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from db.rows import Row
from db.statements import search
from db.statements.paging import cursor_values
from domain.cursors import CursorKind
from domain.errors import InvalidArgument
from resolvers import lookups
from resolvers.arguments import text_of
from resolvers.context import Context
from resolvers.nodes import LOOKUPS
from resolvers.paging import PageArguments

MAX_QUERY_LENGTH = 200
"""The longest text to search for, in characters."""


@dataclass(frozen=True, slots=True)
class Match:
    """A row that was found, and its place among the matches."""

    node: Row
    cursor: str


@dataclass(frozen=True, slots=True)
class Matches:
    """A stretch of what was found."""

    edges: Sequence[Match]
    has_next_page: bool
    has_previous_page: bool

    @property
    def page_info(self) -> Matches:
        """The matches speak for themselves."""
        return self

    @property
    def start_cursor(self) -> str | None:
        """The place of the first match, if there is one."""
        return self.edges[0].cursor if self.edges else None

    @property
    def end_cursor(self) -> str | None:
        """The place of the last match, if there is one."""
        return self.edges[-1].cursor if self.edges else None


async def matches_of(
    context: Context, parents: Sequence[None], *, query: str, arguments: PageArguments
) -> Sequence[Matches]:
    """What a text finds among functions, events and packages, best first."""
    if len(query) > MAX_QUERY_LENGTH:
        raise InvalidArgument(f"`query` has {len(query)} characters; it may have {MAX_QUERY_LENGTH}.")
    text = text_of(query, "query")
    size = arguments.size()
    cursors = CursorKind.of(context.cursor_secret, "search", "RANK", {"query": text})
    bounds = {} if arguments.after is None else cursor_values("after", cursors.decode(arguments.after))
    statement = search.page(context.sight.for_anyone, after=bool(bounds))
    found = await context.fetch(statement, {"query": text, "limit": size + 1, **bounds})
    rows = await _rows(context, found[:size])
    edges = [
        Match(row, cursors.encode([match["rank"], match["key"], match["typename"]]))
        for match, row in zip(found, rows, strict=False)
        if row is not None
    ]
    return [Matches(edges, len(found) > size, arguments.after is not None)] * len(parents)


async def _rows(context: Context, found: Sequence[Row]) -> list[Row | None]:
    keys: dict[str, list[uuid.UUID]] = {}
    for match in found:
        keys.setdefault(match["typename"], []).append(match["key"])
    groups = await asyncio.gather(*(lookups.find(context, LOOKUPS[name][0], these) for name, these in keys.items()))
    rows = {
        (name, key): row
        for (name, these), group in zip(keys.items(), groups, strict=True)
        for key, row in zip(these, group, strict=True)
    }
    return [rows[match["typename"], match["key"]] for match in found]
