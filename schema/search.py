"""Search, as clients see it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import strawberry

from resolvers.paging import PageArguments
from resolvers.search import MAX_QUERY_LENGTH
from schema.arguments import After, First
from schema.connection import PageInfo
from schema.event import Event
from schema.fields import column
from schema.function import Function
from schema.package import Package

SearchResult = Annotated[
    Function | Event | Package,
    strawberry.union("SearchResult", description="Anything that a search can find."),
]


@strawberry.type(description="Something that was found, at its place among the matches.")
class SearchEdge:
    """`resolvers.search.Match`, shown."""

    cursor: str = column("The match's place: pass it as `after`, with the same query.")
    node: SearchResult = column("What was found.")


@strawberry.type(description="A page of what was found, best match first.")
class SearchConnection:
    """`resolvers.search.Matches`, shown."""

    edges: list[SearchEdge] = column("The matches of this page.")
    page_info: PageInfo = column("Where this page stands.")


def search_arguments(
    query: Annotated[
        str,
        strawberry.argument(
            description=(
                f'Words to look for, at most {MAX_QUERY_LENGTH} characters: `"a phrase"`, `-without`, `this or that`. '
                "What only leaves words out finds nothing."
            )
        ),
    ],
    first: First = None,
    after: After = None,
) -> Mapping[str, Any]:
    """The arguments of a search."""
    return {"query": query, "arguments": PageArguments(first, after)}
