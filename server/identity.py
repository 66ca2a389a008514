"""What knows callers by their credentials, wired from the settings."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final

from auth.guests import guest_key
from auth.people import People
from auth.revocation import open_revocations
from db.cache import open_cache
from db.database import Database
from db.revocations import Mirror
from persisted_queries.registry import Registry
from server.calling import Callers, Tokens
from server.settings import Settings
from server.token_settings import claim_mapping, token_verifier

MIRROR_SECONDS: Final = 0.25
"""The longest that a request waits for one exchange with the mirror of revocations."""


@asynccontextmanager
async def open_mirror(settings: Settings) -> AsyncIterator[Mirror]:
    """The mirror of revocations, with connections of its own: who waits for other things of Redis holds up no token."""
    assert settings.redis_url is not None, "filled in before anything asks"
    limit = min(settings.redis_timeout_seconds, MIRROR_SECONDS)
    async with open_cache(settings.redis_url.get_secret_value(), limit) as client:
        yield Mirror(client)


@asynccontextmanager
async def open_callers(
    settings: Settings, database: Database, registry: Callable[[], Registry]
) -> AsyncIterator[Callers]:
    """What knows callers; it follows revocations until the block ends."""
    assert settings.secret_key is not None, "filled in before anything asks"
    key = guest_key(settings.secret_key.get_secret_value().encode())
    async with open_mirror(settings) as mirror, open_revocations(database, mirror) as revocations:
        yield Callers(
            registry=registry,
            tokens=Tokens(token_verifier(settings), claim_mapping(settings), key),
            people=People(database),
            revocations=revocations,
        )
