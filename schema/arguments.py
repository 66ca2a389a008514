"""Arguments that several fields share, and how they become a resolver's."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Annotated, Any

import strawberry

from resolvers.paging import DEFAULT_SIZE, MAX_SIZE, PageArguments

First = Annotated[
    int | None,
    strawberry.argument(description=f"How many, from the start: at most {MAX_SIZE}; {DEFAULT_SIZE} unless said."),
]
After = Annotated[str | None, strawberry.argument(description="Only what comes after this cursor.")]
Last = Annotated[int | None, strawberry.argument(description=f"How many, from the end: at most {MAX_SIZE}.")]
Before = Annotated[str | None, strawberry.argument(description="Only what comes before this cursor.")]


@strawberry.input(description="A stretch of time; a bound left out is open.")
class DateRange:
    """Half-open, so that neighbouring stretches neither overlap nor leave a gap."""

    gte: dt.datetime | None = strawberry.field(default=None, description="From this moment on.")
    lt: dt.datetime | None = strawberry.field(default=None, description="Until just before this moment.")


def limited(first: First = None) -> Mapping[str, Any]:
    """The start of a list that is not paged."""
    return {"arguments": PageArguments(first)}


def forward(first: First = None, after: After = None) -> Mapping[str, Any]:
    """A list that is paged forwards."""
    return {"arguments": PageArguments(first, after)}
