"""The response cache with what it needs, open."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Final

from redis.asyncio import Redis

from db.database import DatabaseOptions, open_database
from db.shared_answers import SharedAnswers
from server.caching.counters import Counters
from server.caching.following import Follower, following
from server.caching.responses import LONGEST_SECONDS, ResponseCache
from server.caching.store import Store
from server.settings import Settings

_LOOK_SECONDS: Final = 2.0
"""How long the database may take to say what changed, before it counts as away."""


@asynccontextmanager
async def open_responses(
    settings: Settings, options: DatabaseOptions, cache: Redis, schema_sha256: str
) -> AsyncIterator[ResponseCache | None]:
    """The response cache as the settings want it, following the database until the block ends; None for none.

    Args:
        settings: say how much is kept, and where.
        options: how the database is reached.
        cache: what all processes share.
        schema_sha256: keeps apart what processes with another schema share.
    """
    if settings.response_cache_bytes == 0:
        yield None
        return
    # A connection of its own: that all others are busy must not keep it from knowing.
    own = replace(options, pool_size=1, timeout=min(options.timeout, _LOOK_SECONDS))
    async with open_database(own) as database:
        store = Store(settings.response_cache_bytes, Counters())
        stale = settings.response_cache_stale_seconds
        follower = Follower(database, store, retention=LONGEST_SECONDS + stale + 60.0)
        shared = SharedAnswers(cache) if settings.response_cache_shared else None
        async with following(follower):
            apart = schema_sha256 if settings.within is None else f"{schema_sha256}:{settings.within}"
            yield ResponseCache(store, follower, shared, apart, stale)
