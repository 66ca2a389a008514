"""What may be listened to."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Annotated, Any

import strawberry

from auth.permissions import Permission
from resolvers.clock import LONGEST_SECONDS, clock
from schema.fields import stream


def _every(
    every: Annotated[
        int, strawberry.argument(description=f"The seconds between two ticks, from 1 to {LONGEST_SECONDS}.")
    ] = 1,
) -> Mapping[str, Any]:
    return {"every": every}


@strawberry.type(description="What may be listened to, over a WebSocket or as server-sent events.")
class Subscription:
    """The root of every subscription."""

    server_time: dt.datetime = stream(
        clock,
        "The server's clock, at once and then every so many seconds: for trying a client, a proxy, a network.",
        arguments=_every,
        permission=Permission.PUBLIC,
    )
