"""What a process counts of the calls that it answers, until it writes it down.

Counting a call takes some microseconds and waits for nothing. What was counted is written every `FLUSH_SECONDS`, and at
a normal stop. While the database is away it is kept, as far as `CAPACITY` goes: then the oldest is let go, and the log
says how many calls that were. A write whose answer is lost may have been done, and is done again: counts are never too
low by it, and rarely too high.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import structlog

from db.database import Database
from db.usage import UsageRow, add_usage, forget_usage
from domain.durations import bucket_of

FLUSH_SECONDS: Final = 5.0
"""How often what was counted is written."""

CAPACITY: Final = 20_000
"""Counters that are kept: an operation of a release has one for every hour that is not written yet."""

MOST_COST: Final = 10**9
"""What one call adds to the costs, at most: any limit is far below it, and a sum of these does not overflow."""

_HOUR: Final = 3600
_log = structlog.get_logger(__name__)


class Called(NamedTuple):
    """What was called, by whom: names, empty where there is none.

    Attributes:
        client: its name; empty without a key.
        release: the release that answered; empty if none has the document.
        public_id: the operation, by the id that it was published under.
        by_release: whether the release was named in the id.
    """

    client: str = ""
    release: str = ""
    public_id: str = ""
    by_release: bool = False


@dataclass(slots=True)
class _Counter:
    calls: int = 0
    errors: int = 0
    refused: int = 0
    cost: int = 0
    deprecated: int = 0
    last_seen: float = 0.0
    durations: dict[int, int] = field(default_factory=dict)

    def add(self, other: _Counter) -> None:
        self.calls += other.calls
        self.errors += other.errors
        self.refused += other.refused
        self.cost += other.cost
        self.deprecated += other.deprecated
        self.last_seen = max(self.last_seen, other.last_seen)
        for bucket, count in other.durations.items():
            self.durations[bucket] = self.durations.get(bucket, 0) + count


_Key = tuple[int, Called]


class Usage:
    """Counts calls."""

    def __init__(self, clock: Callable[[], float] = time.time, capacity: int = CAPACITY) -> None:
        """Begin with none.

        Args:
            clock: seconds since 1970, UTC.
            capacity: how many counters are kept.
        """
        self._clock = clock
        self._capacity = capacity
        self._counters: dict[_Key, _Counter] = {}

    def answered(self, called: Called, seconds: float, *, failed: bool, cost: int = 0) -> None:
        """Count a call that was answered.

        Args:
            called: what it called.
            seconds: how long it took.
            failed: whether there was any error in the answer, or none at all.
            cost: of the operation, with its variables.
        """
        counter = self._counter(called)
        counter.calls += 1
        counter.errors += failed
        counter.cost += min(cost, MOST_COST)
        bucket = bucket_of(seconds)
        counter.durations[bucket] = counter.durations.get(bucket, 0) + 1

    def deprecated(self, called: Called) -> None:
        """Count a call, which is counted as answered too, whose operation asks for a deprecated field."""
        self._counter(called).deprecated += 1

    def refused(self, called: Called) -> None:
        """Count a call that was refused before anything ran: retired, not granted, forbidden, unknown."""
        self._counter(called).refused += 1

    def _counter(self, called: Called) -> _Counter:
        now = self._clock()
        key = int(now // _HOUR), called
        counter = self._counters.get(key)
        if counter is None:
            counter = self._counters[key] = _Counter()
            self._bound()
        counter.last_seen = now
        return counter

    def _bound(self) -> None:
        lost = 0
        while len(self._counters) > self._capacity:
            # The oldest stand first: hours only grow, and what is put back is put before them.
            lost += self._counters.pop(next(iter(self._counters))).calls
        if lost:
            _log.warning("usage lost: too much of it is not written yet", calls=lost)

    async def flush(self, write: Callable[[list[UsageRow]], Awaitable[None]]) -> None:
        """Write what was counted; what cannot be written is kept, and counted on."""
        counters, self._counters = self._counters, {}
        if not counters:
            return
        try:
            await write([_row(*key, counter) for key, counter in counters.items()])
        except BaseException:
            since, self._counters = self._counters, counters
            for key, counter in since.items():
                self._counters.setdefault(key, _Counter()).add(counter)
            self._bound()
            raise


def _row(hour: int, called: Called, counter: _Counter) -> UsageRow:
    return UsageRow(
        *called,
        dt.datetime.fromtimestamp(hour * _HOUR, dt.UTC),
        counter.calls,
        counter.errors,
        counter.refused,
        counter.cost,
        counter.durations,
        dt.datetime.fromtimestamp(counter.last_seen, dt.UTC),
        counter.deprecated,
    )


@asynccontextmanager
async def open_usage(
    database: Database, retention: dt.timedelta, seconds: float = FLUSH_SECONDS
) -> AsyncIterator[Usage]:
    """Count calls, and write down what was counted: now and then, and when the block ends.

    Args:
        database: where to.
        retention: what is older is deleted.
        seconds: how often it is written.
    """
    usage = Usage()
    ended = asyncio.Event()
    task = asyncio.create_task(_keep_writing(usage, database, retention, seconds, ended), name="usage")
    try:
        yield usage
    finally:
        # Not cancelled: a write that is under way comes to its end, which the database's own limits bound.
        ended.set()
        await task


async def _keep_writing(
    usage: Usage, database: Database, retention: dt.timedelta, seconds: float, ended: asyncio.Event
) -> None:
    away, tidied = False, 0.0
    last = False
    while not last:
        with suppress(TimeoutError):
            await asyncio.wait_for(ended.wait(), seconds)
        last = ended.is_set()
        try:
            await usage.flush(lambda rows: add_usage(database, rows))
            if not last and time.monotonic() - tidied > _HOUR:
                tidied = time.monotonic()
                await forget_usage(database, dt.datetime.now(dt.UTC) - retention)
        except Exception as error:  # noqa: BLE001 - requests go on, whatever counting them fails on
            if last or not away:
                _log.warning("usage not written", kept=not last, reason=repr(error))
            away = True
        else:
            away = False
