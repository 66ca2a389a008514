"""Connections: lists in pages, as the GraphQL Cursor Connections Specification has them."""

from __future__ import annotations

from typing import Generic, TypeVar

import strawberry

from resolvers.paging import CURSOR, total_of
from schema.fields import column, edge

T = TypeVar("T")

_CURSOR = (f"{CURSOR}.place",)


@strawberry.type(description="Where a page stands in its list.")
class PageInfo:
    """Relay's PageInfo."""

    has_next_page: bool = column("Whether more follows. Paging backwards, it is true whenever `before` was given.")
    has_previous_page: bool = column("Whether more precedes. Paging forwards, it is true whenever `after` was given.")
    start_cursor: str | None = column("The cursor of the first item; null on an empty page.", reads=_CURSOR)
    end_cursor: str | None = column("The cursor of the last item; null on an empty page.", reads=_CURSOR)


@strawberry.type(description="An item at its place in a list.")
class Edge(Generic[T]):
    """An edge of any connection."""

    cursor: str = column(
        "The item's place: pass it as `after` or `before`, with the same order and filter.", reads=_CURSOR
    )
    node: T = column("The item.")


@strawberry.type(description="A page of a list.")
class Connection(Generic[T]):
    """A connection of any type."""

    edges: list[Edge[T]] = column("The items of this page with their cursors.")
    nodes: list[T] = column("The items of this page.")
    page_info: PageInfo = column("Where this page stands.")
    total_count: int | None = edge(
        total_of, "How many items the whole list has. Counted only when asked for.", complexity=10
    )
