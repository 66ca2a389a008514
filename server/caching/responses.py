"""Finding an answer that is kept, or making it once for all who ask for it at the same time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from db.shared_answers import SharedAnswers
from domain import leases
from domain.changes import with_whole
from resolvers.context import Touched
from server.caching.counters import Counters
from server.caching.following import FRESH_SECONDS, Follower
from server.caching.shared import read_entry, shared_key, write_entry
from server.caching.store import Entry, Key, Store
from server.http.answer import Executed, content_of
from server.http.caching import Freshness
from server.http.refusals import Code, Refused

LONGEST_SECONDS: Final = 600
"""The longest that an answer is kept, whatever its hint allows."""

_JOINS: Final = 2
"""How often a request waits for an answer that others are waiting for, before it makes its own."""

Make = Callable[[Touched | None], Awaitable[Executed]]
"""Makes the answer, and notes what it touches."""


class Found(NamedTuple):
    """An answer, and where it came from, as `Cache-Status` (RFC 9211) says it."""

    entry: Entry
    age: int | None
    status: str

    def freshness(self, hinted: Freshness, stale_seconds: int) -> Freshness:
        """For how long it may be used again, if one that was just made may be for as long as the hint says."""
        return Freshness(hinted.max_age, hinted.shared, self.age, stale_seconds, self.status)


@dataclass(slots=True)
class _Flight:
    """An answer that is being made."""

    task: asyncio.Task[_Made]
    began_at: float
    waiting: int = 0


@dataclass(frozen=True, slots=True)
class _Made:
    """What came of making an answer; `is_kept` once nothing had changed in the meantime."""

    outcome: Executed | Found
    is_kept: bool = False


@dataclass(slots=True)
class ResponseCache:
    """The response cache of a process.

    Attributes:
        store: its own answers.
        follower: tells whether they hold.
        shared: those of all processes; None to do without.
        prefix: keeps apart what processes with another schema share.
        stale_seconds: for how long after its time an answer may be given while the database is away.
    """

    store: Store
    follower: Follower
    shared: SharedAnswers | None
    prefix: str
    stale_seconds: int
    _flights: dict[Key, _Flight] = field(default_factory=dict)
    _writes: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def counters(self) -> Counters:
        """What it did so far."""
        return self.store.counters

    def find(self, key: Key) -> Found | None:
        """The answer, if it is at hand and may be given."""
        entry = self.store.get(key)
        if entry is None:
            return None
        now = leases.now()
        age = now - entry.made_at
        if age < entry.max_age and self.follower.is_fresh(now):
            self.counters.hits += 1
            return Found(entry, int(age), "boxoffice; hit")
        return self._stale(entry) if self.follower.is_away else None

    async def answer(self, key: Key, max_age: int, make: Make) -> Executed | Found:
        """The answer: kept, waited for together with others, or made.

        Args:
            key: of the operation and its variables.
            max_age: for how many seconds it may be kept.
            make: makes it; called in a task of its own, which ends early only if all who wait for it leave.

        Raises:
            Refused: what `make` raises.
        """
        try:
            made = await self._made(key, min(max_age, LONGEST_SECONDS), make)
        except Refused as refused:
            stale = self._stale(self.store.get(key)) if refused.code == Code.SERVICE_UNAVAILABLE else None
            if stale is None:
                raise
            return stale
        if isinstance(made, Executed) and any(map(_is_unavailable, made.errors)):
            return self._stale(self.store.get(key)) or made
        return made

    async def _made(self, key: Key, max_age: int, make: Make) -> Executed | Found:
        arrived_at = leases.now()
        for _ in range(_JOINS):
            found = self.find(key)
            if found is not None:
                return found
            flight = self._flights.get(key)
            if flight is None:
                return (await self._wait(key, self._start(key, max_age, make))).outcome
            made = await self._wait(key, flight)
            # What was read before this request came may not have what was acknowledged a second before it came.
            recent = arrived_at - flight.began_at < FRESH_SECONDS
            if recent or (made.is_kept and self.follower.is_fresh(leases.now())):
                self.counters.collapsed += 1
                return made.outcome
        self.counters.misses += 1
        return await make(None)

    def _start(self, key: Key, max_age: int, make: Make) -> _Flight:
        task = asyncio.create_task(self._make(key, max_age, make))
        flight = self._flights[key] = _Flight(task, leases.now())

        def end(ended: asyncio.Task[_Made]) -> None:
            self._end(key, flight)
            if not ended.cancelled():
                ended.exception()  # whoever waited has it; if nobody did, nobody misses it

        task.add_done_callback(end)
        return flight

    def _end(self, key: Key, flight: _Flight) -> None:
        if self._flights.get(key) is flight:
            del self._flights[key]

    async def _wait(self, key: Key, flight: _Flight) -> _Made:
        flight.waiting += 1
        try:
            return await asyncio.shield(flight.task)
        finally:
            flight.waiting -= 1
            if flight.waiting == 0:
                self._end(key, flight)
                flight.task.cancel()

    async def _make(self, key: Key, max_age: int, make: Make) -> _Made:
        found = await self._find_shared(key)
        if found is not None:
            return _Made(found, is_kept=True)
        self.counters.misses += 1
        began_at, touched = leases.now(), Touched()
        server, snapshot = self.follower.server, self.follower.snapshot
        outcome = await make(touched)
        if outcome.errors or not touched.is_known:
            return _Made(outcome)
        entry = Entry(content_of(outcome), with_whole(touched.tags), began_at, max_age)
        # What changed after that snapshot may or may not be in the answer.
        same_server = server and server == self.follower.server
        if not same_server or not self.follower.log.unchanged_since(snapshot, entry.tags):
            return _Made(Found(entry, None, "boxoffice; fwd=miss"))
        self.store.put(key, entry)
        if self.shared is not None:
            where = shared_key(self.prefix, server, key)
            keeping = self.shared.keep(where, write_entry(entry, snapshot), max_age + self.stale_seconds)
            write = asyncio.create_task(keeping)
            self._writes.add(write)
            write.add_done_callback(self._writes.discard)
        return _Made(Found(entry, None, "boxoffice; fwd=miss; stored"), is_kept=True)

    async def _find_shared(self, key: Key) -> Found | None:
        """The answer that another process made, if it holds; while the database is away, if it did not long ago."""
        if self.shared is None or not self.follower.server:
            return None
        value = await self.shared.find(shared_key(self.prefix, self.follower.server, key))
        found = None if value is None else read_entry(value)
        if found is None:
            return None
        entry, now = found.entry, leases.now()
        if self.follower.is_away:
            return self._stale(entry)
        if not self.follower.is_fresh(now) or not self.follower.log.unchanged_since(found.snapshot, entry.tags):
            return None
        age = now - entry.made_at
        if age >= entry.max_age:
            return None
        self.store.put(key, entry)
        self.counters.shared_hits += 1
        return Found(entry, int(age), "boxoffice; hit; detail=shared")

    def _stale(self, entry: Entry | None) -> Found | None:
        if entry is None:
            return None
        age = leases.now() - entry.made_at
        if age >= entry.max_age + self.stale_seconds:
            return None
        self.counters.stale += 1
        left = int(entry.max_age - age)
        return Found(entry, int(age), f"boxoffice; hit; ttl={left}; detail=stale-if-error")


def _is_unavailable(error: object) -> bool:
    extensions = error.get("extensions") if isinstance(error, dict) else None
    return isinstance(extensions, dict) and extensions.get("code") == Code.SERVICE_UNAVAILABLE
