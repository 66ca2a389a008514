"""Automatic persisted queries: a client sends a text with its hash once, and from then on the hash alone.

A text is found where it was registered at once, and by every other process over the cache they share; while that is
away, each process serves what it has seen itself.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import Final, Protocol

from persisted_queries.identifiers import sha256_of

LOCAL_BYTES: Final = 16_000_000
"""How much text a process keeps."""

_ENTRY_BYTES = 500
"""What an entry takes beside its text, about."""


class Shared(Protocol):
    """Texts that all processes see; one that cannot be reached finds nothing."""

    async def find(self, key: str, seconds: int) -> str | None:
        """The text of a key, to be kept for so long from now on."""
        ...

    async def keep(self, key: str, text: str, seconds: int) -> None:
        """Keep a text."""
        ...


@dataclass(frozen=True, slots=True)
class _Entry:
    text: str
    weight: int
    ends: float


class AutomaticQueries:
    """The texts that clients have registered, each client's apart from every other's."""

    def __init__(self, shared: Shared | None, schema_hash: str, seconds: int, capacity: int = LOCAL_BYTES) -> None:
        """Begin with none.

        Args:
            shared: beyond this process; None to keep texts in this one only.
            schema_hash: a text that is valid on one schema need not be so on the next.
            seconds: how long a text that nobody asks for is kept; half as long in this process alone.
            capacity: bytes kept in this process; those asked for last stay.
        """
        self._shared = shared
        self._prefix = f"boxoffice:apq:{schema_hash}"
        self._seconds = seconds
        self._capacity = capacity
        self._size = 0
        self._local: OrderedDict[str, _Entry] = OrderedDict()

    async def find(self, client: str | None, hash_: str) -> str | None:
        """The text that a client has registered under a hash; None if it has not, or if it is forgotten."""
        key = self._key(client, hash_)
        if (entry := self._local_entry(key)) is not None:
            return entry.text
        text = None if self._shared is None else await self._shared.find(key, self._seconds)
        if text is None or sha256_of(text) != hash_:
            return None
        self._remember(key, text)
        return text

    async def register(self, client: str | None, hash_: str, text: str) -> None:
        """Keep a text that is valid, and whose hash is this one."""
        key = self._key(client, hash_)
        self._remember(key, text)
        if self._shared is not None:
            await self._shared.keep(key, text, self._seconds)

    def _key(self, client: str | None, hash_: str) -> str:
        # An anonymous caller is no client: no client's name can spell the dash.
        return f"{self._prefix}:{'-' if client is None else f'client={client}'}:{hash_}"

    def _local_entry(self, key: str) -> _Entry | None:
        entry = self._local.get(key)
        if entry is None:
            return None
        if entry.ends < time.monotonic():
            self._forget(key)
            return None
        self._local.move_to_end(key)
        return entry

    def _remember(self, key: str, text: str) -> None:
        # Half the time, so that asking for a text here keeps it in the shared cache too.
        weight = _ENTRY_BYTES + 4 * len(text)
        if weight > self._capacity:
            return
        self._forget(key)
        self._local[key] = _Entry(text, weight, time.monotonic() + self._seconds / 2)
        self._size += weight
        while self._size > self._capacity:
            self._forget(next(iter(self._local)))

    def _forget(self, key: str) -> None:
        entry = self._local.pop(key, None)
        if entry is not None:
            self._size -= entry.weight
