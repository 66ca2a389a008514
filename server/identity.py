"""What knows callers by their credentials, wired from the settings."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final

from auth.guests import guest_key
from auth.jwks import open_key_set
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
async def open_tokens(settings: Settings) -> AsyncIterator[Tokens]:
    """What tokens are verified with; an issuer's keys are fetched when one first needs them."""
    assert settings.secret_key is not None, "filled in before anything asks"
    key = guest_key(settings.secret_key.get_secret_value().encode())
    mapping = claim_mapping(settings)
    if settings.token_jwks_url is None:
        yield Tokens(token_verifier(settings), mapping, key)
        return
    async with open_key_set(settings.token_jwks_url) as keys:
        yield Tokens(token_verifier(settings, keys), mapping, key)


@asynccontextmanager
async def open_callers(
    settings: Settings, database: Database, registry: Callable[[], Registry]
) -> AsyncIterator[Callers]:
    """What knows callers; it follows revocations until the block ends."""
    async with (
        open_mirror(settings) as mirror,
        open_revocations(database, mirror) as revocations,
        open_tokens(settings) as tokens,
    ):
        yield Callers(
            registry=registry,
            tokens=tokens,
            people=People(database),
            revocations=revocations,
        )
