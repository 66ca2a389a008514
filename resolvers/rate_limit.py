"""Where the caller stands."""

from __future__ import annotations

from collections.abc import Sequence

from resolvers.context import Context, RateLimitStatus


async def rate_limit_of(context: Context, parents: Sequence[object]) -> list[RateLimitStatus | None]:
    """The caller's rate limit; null where nothing is charged."""
    return [context.rate_limit] * len(parents)
