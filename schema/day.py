"""The days of a function, as clients see them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Annotated, Any

import strawberry

from resolvers.days import events_of_days_of
from resolvers.paging import PageArguments
from schema.arguments import First, forward
from schema.connection import Connection
from schema.event import Event
from schema.fields import column, edge


def days_from(
    first: First = None,
    since: Annotated[dt.date | None, strawberry.argument(description="Only days from this one on.")] = None,
) -> Mapping[str, Any]:
    """The arguments of a list of days."""
    return {"arguments": PageArguments(first), "since": since}


@strawberry.type(description="A day of a function on which events start.")
class FunctionDay:
    """`db.rows.DayRow`, shown."""

    date: dt.date = column("The day, in the zone in which each of its events takes place.")
    event_count: int = column("How many events start on it.")
    events: Connection[Event] = edge(
        events_of_days_of, "The events that start on it, by start.", arguments=forward, multipliers=["first"]
    )
