"""What may be listened to."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Annotated, Any

import strawberry

from auth.permissions import Permission
from resolvers.clock import LONGEST_SECONDS, clock
from resolvers.watching import (
    availability_changes,
    registration_changes,
    registration_that_changed,
    ticket_that_changed,
)
from schema.fields import stream
from schema.registration import Registration
from schema.ticket import Ticket


def _every(
    every: Annotated[
        int, strawberry.argument(description=f"The seconds between two ticks, from 1 to {LONGEST_SECONDS}.")
    ] = 1,
) -> Mapping[str, Any]:
    return {"every": every}


def _of_event(
    event_id: Annotated[strawberry.ID, strawberry.argument(description="The event's id.")],
) -> Mapping[str, Any]:
    return {"event_id": event_id}


def _of_registration(
    id: Annotated[strawberry.ID, strawberry.argument(description="Its id.")],  # noqa: A002 - its name in GraphQL
    guest_token: Annotated[
        str | None,
        strawberry.argument(description="The token that whoever ordered without an account was given."),
    ] = None,
) -> Mapping[str, Any]:
    return {"global_id": id, "guest_token": guest_token}


@strawberry.type(description="What may be listened to, over a WebSocket or as server-sent events.")
class Subscription:
    """The root of every subscription."""

    ticket_availability_changed: Ticket = stream(
        availability_changes,
        "A ticket of an event, within moments of each change of what anyone may know of its availability. What changed "
        "before is not told: ask for it after subscribing.",
        resolve=ticket_that_changed,
        arguments=_of_event,
        permission=Permission.PUBLIC,
    )
    registration_updated: Registration = stream(
        registration_changes,
        "A registration, within a second of each change: of its state, its payments, or who comes. It is asked each "
        "time whether who listens may still see it. What changed before is not told: ask for it after subscribing.",
        resolve=registration_that_changed,
        arguments=_of_registration,
        permission=Permission.PUBLIC,
    )
    server_time: dt.datetime = stream(
        clock,
        "The server's clock, at once and then every so many seconds: for trying a client, a proxy, a network.",
        arguments=_every,
        permission=Permission.PUBLIC,
    )
