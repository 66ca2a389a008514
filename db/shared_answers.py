"""Answers in the cache that all processes share. While it is away, nothing is found and nothing is kept."""

from __future__ import annotations

import time
from typing import Final

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

_REST_SECONDS: Final = 2.0
"""How long a cache that failed is left alone: each attempt may take as long as an exchange is allowed to."""

_log = structlog.get_logger(__name__)


class SharedAnswers:
    """Bytes by key, for a time."""

    def __init__(self, client: Redis) -> None:
        self._client = client
        self._rests_until = 0.0

    async def find(self, key: str) -> bytes | None:
        """What is kept under a key."""
        if time.monotonic() < self._rests_until:
            return None
        try:
            found = await self._client.get(key)
        except (RedisError, OSError) as error:
            self._rest(error)
            return None
        return found if isinstance(found, bytes) else None

    async def keep(self, key: str, value: bytes, seconds: int) -> None:
        """Keep something under a key."""
        if time.monotonic() < self._rests_until:
            return
        try:
            await self._client.set(key, value, ex=seconds)
        except (RedisError, OSError) as error:
            self._rest(error)

    def _rest(self, error: Exception) -> None:
        self._rests_until = time.monotonic() + _REST_SECONDS
        _log.warning("cache unavailable", reason=repr(error))
