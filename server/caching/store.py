"""Answers in the memory of one process: bounded in bytes, those used last stay; found by key, dropped by tag."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from server.caching.counters import Counters
from server.http.caching import Content

Key: TypeAlias = tuple[bytes, bytes]
"""An operation, and its variables in the one form that equal ones have."""

_ENTRY_BYTES: Final = 2_000
_TAG_BYTES: Final = 250


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """An answer.

    Attributes:
        content: its bytes.
        tags: what it is a part of (`domain.changes.with_whole`).
        made_at: when its making began, by `domain.leases.now`.
        max_age: for how many seconds from then on it may be given, if nothing changes.
    """

    content: Content
    tags: frozenset[str]
    made_at: float
    max_age: int

    @property
    def weight(self) -> int:
        """About how many bytes of memory it takes."""
        return _ENTRY_BYTES + len(self.content.body) + _TAG_BYTES * len(self.tags)


@dataclass(slots=True)
class Store:
    """The answers of a process."""

    capacity: int
    counters: Counters
    _size: int = 0
    _entries: OrderedDict[Key, Entry] = field(default_factory=OrderedDict)
    _by_tag: dict[str, set[Key]] = field(default_factory=dict)

    def get(self, key: Key) -> Entry | None:
        """The answer under a key."""
        entry = self._entries.get(key)
        if entry is not None:
            self._entries.move_to_end(key)
        return entry

    def put(self, key: Key, entry: Entry) -> None:
        """Keep an answer, and make room for it."""
        if entry.weight > self.capacity:
            return
        self._remove(key)
        self._entries[key] = entry
        self._size += entry.weight
        for tag in entry.tags:
            self._by_tag.setdefault(tag, set()).add(key)
        self.counters.stored += 1
        while self._size > self.capacity:
            self._remove(next(iter(self._entries)))
            self.counters.evicted += 1

    def drop(self, tags: Iterable[str]) -> None:
        """Drop every answer with any of these tags."""
        for tag in tags:
            for key in tuple(self._by_tag.get(tag, ())):
                self._remove(key)
                self.counters.invalidated += 1

    def clear(self) -> None:
        """Drop them all."""
        self.counters.invalidated += len(self._entries)
        self._entries.clear()
        self._by_tag.clear()
        self._size = 0

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def size(self) -> int:
        """How many bytes the answers take, about."""
        return self._size

    def _remove(self, key: Key) -> None:
        entry = self._entries.pop(key, None)
        if entry is None:
            return
        self._size -= entry.weight
        for tag in entry.tags:
            keys = self._by_tag[tag]
            keys.discard(key)
            if not keys:
                del self._by_tag[tag]
