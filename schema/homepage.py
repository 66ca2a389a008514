"""A ticket shop's first page, as clients see it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Annotated, Any

import strawberry

from resolvers.homepage import featured_of, upcoming_of
from resolvers.paging import MAX_SIZE, PageArguments
from schema.arguments import forward
from schema.connection import Connection
from schema.event import Event
from schema.fields import column, edge


def _featured(
    first: Annotated[int, strawberry.argument(description=f"How many: at most {MAX_SIZE}.")] = 6,
) -> Mapping[str, Any]:
    return {"arguments": PageArguments(first)}


COMING_SECONDS = 10
"""How long an answer may be kept that depends on what has started by now."""


@strawberry.type(description="What a ticket shop's first page shows.")
class Homepage:
    """`resolvers.homepage.Homepage`, shown."""

    featured_events: list[Event] = edge(
        featured_of,
        "The featured events that have not started yet, by start.",
        arguments=_featured,
        multipliers=["first"],
        max_age=COMING_SECONDS,
    )
    upcoming: Connection[Event] = edge(
        upcoming_of,
        "The events that have not started yet, by start.",
        arguments=forward,
        multipliers=["first"],
        max_age=COMING_SECONDS,
        paged=True,
    )
    generated_at: dt.datetime = column("The moment this page speaks of.", max_age=COMING_SECONDS)
