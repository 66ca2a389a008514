"""What a client is told of its rate limit."""

from __future__ import annotations

import datetime as dt

import strawberry

from schema.fields import column


@strawberry.type(
    description="Where you stand: what operations cost is taken from a bucket of points, which fills again."
)
class RateLimit:
    """`resolvers.context.RateLimitStatus`, shown; of several buckets the one that holds least."""

    limit: int = column("How many points the bucket holds at most.")
    cost: int = column("What this operation costs; what of it is not needed is given back afterwards.")
    remaining: int = column("How many points were left when this operation was charged.")
    reset_at: dt.datetime = column("When the bucket will be full again, if nothing more is charged.")
    node_count: int = column("How many items the lists of this operation may have altogether.")
