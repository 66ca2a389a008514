"""The texts of automatic persisted queries, in the cache that all processes share."""

from __future__ import annotations

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

_log = structlog.get_logger(__name__)


class SharedTexts:
    """Texts by key, for a time. While the cache is away, nothing is found and nothing is kept."""

    def __init__(self, client: Redis) -> None:
        self._client = client

    async def find(self, key: str, seconds: int) -> str | None:
        """The text of a key; it is kept for so many seconds from now on."""
        try:
            found = await self._client.getex(key, ex=seconds)
        except (RedisError, OSError) as error:
            _log.warning("cache unavailable", reason=repr(error))
            return None
        # What is not the text that was kept is told by its hash.
        return found.decode(errors="replace") if isinstance(found, bytes) else found

    async def keep(self, key: str, text: str, seconds: int) -> None:
        """Keep a text for so many seconds."""
        try:
            await self._client.set(key, text.encode(errors="surrogatepass"), ex=seconds)
        except (RedisError, OSError) as error:
            _log.warning("cache unavailable", reason=repr(error))
