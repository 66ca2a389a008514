"""The relay: takes facts out of the outbox and hands each to whoever follows from it, at least once.

Facts of one registration are delivered in their order (`db.outbox`). One that fails is tried again, later each time,
and those behind it wait; one that cannot succeed, or has failed too often, becomes a dead letter, and those behind it
go on. Whatever is killed, at whatever moment, an entry is settled only after it was delivered: its lease ends, and
another relay takes it. What a consumer does must therefore be the same when it is done twice.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeVar

import structlog

from db import outbox
from db.contention import Transaction, transact
from db.database import Database
from db.outbox import Entry
from domain.backoff import Backoff
from domain.facts import Fact, fact_of
from domain.secrets import redacted

_log = structlog.get_logger(__name__)

T = TypeVar("T")

Consumer = Callable[[Entry, Fact], Awaitable[None]]
"""Does what follows from a fact. What it raises has the fact delivered again, to all of the fact's consumers."""

Consumers = Mapping[type[Fact], Sequence[Consumer]]
"""Who follows from which fact."""

PATIENCE: Final = 5.0
"""Seconds for which a write is begun again when others are in its way."""

_SETTLING_PAUSE: Final = 0.5
_LONGEST_PAUSE: Final = 5.0


class GivenUp(Exception):
    """What a consumer raises where trying again is of no use; the message says why, without personal data."""


@dataclass(slots=True)
class Deliveries:
    """What a relay has done since it began.

    Attributes:
        delivered: entries that were delivered and settled.
        failed: deliveries that failed, and are tried again.
        dead: entries that were given up.
        overtaken: deliveries whose lease had ended, so that another relay may have done the same.
    """

    delivered: int = 0
    failed: int = 0
    dead: int = 0
    overtaken: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Relay:
    """Delivers, over one database and any number of processes.

    Attributes:
        database: where the outbox is.
        consumers: who follows from what; a fact without any is settled.
        backoff: how often, and how long after a failure, it is tried again.
        limit: the longest that a delivery may take.
        grace: by how much the lease outlasts the limit: for settling, and for clocks.
        poll: how long to wait before looking again where there was nothing, in seconds.
        at_once: how many deliveries are under way, at most.
        counters: what was done.
        draw: where chance comes from.
    """

    database: Database
    consumers: Consumers
    backoff: Backoff = field(default_factory=Backoff)
    limit: dt.timedelta = dt.timedelta(seconds=90)
    grace: dt.timedelta = dt.timedelta(seconds=30)
    poll: float = 0.25
    at_once: int = 8
    counters: Deliveries = field(default_factory=Deliveries)
    draw: random.Random = field(default_factory=random.SystemRandom)

    async def run(self, stopping: asyncio.Event) -> None:
        """Deliver until told to stop; what is under way then is finished, which takes `limit` at most."""
        under_way: set[asyncio.Task[None]] = set()
        stop = asyncio.create_task(stopping.wait(), name="relay stops")
        pause = self.poll
        try:
            while not stop.done():
                room = self.at_once - len(under_way)
                try:
                    taken = await self._take(room) if room else []
                    pause = self.poll
                except Exception as error:  # noqa: BLE001 - whatever it is, there is nothing to do but to look again
                    _log.warning("outbox not read", reason=redacted(repr(error)), seconds=pause)
                    taken, pause = [], min(pause * 2, _LONGEST_PAUSE)
                under_way |= {asyncio.create_task(self._deliver(each), name="delivery") for each in taken}
                # As soon as one is delivered, there is room, and the next of its registration may be due.
                done, _ = await asyncio.wait({stop, *under_way}, timeout=pause, return_when=asyncio.FIRST_COMPLETED)
                under_way -= done
            await asyncio.gather(*under_way)
        finally:
            for task in (stop, *under_way):
                task.cancel()
            await asyncio.gather(stop, *under_way, return_exceptions=True)

    async def _take(self, room: int) -> list[Entry]:
        lease = self.limit + self.grace
        return await self._write(lambda transaction: outbox.take(transaction, at_most=room, lease=lease))

    async def _deliver(self, entry: Entry) -> None:
        """Hand one entry over, and write what came of it."""
        try:
            async with asyncio.timeout(self.limit.total_seconds()):
                await self._hand_over(entry)
        except Exception as error:  # noqa: BLE001 - one that cannot be delivered must not keep the others
            await self._failed(entry, error)
            return
        if await self._settle(entry, lambda transaction: outbox.settle(transaction, entry)):
            self.counters.delivered += 1

    async def _hand_over(self, entry: Entry) -> None:
        if entry.attempts > self.backoff.attempts:
            raise GivenUp(f"whoever delivered it ended before saying how it went, {self.backoff.attempts} times")
        fact = fact_of(entry.topic, entry.payload)
        for consumer in self.consumers.get(type(fact), ()):
            await consumer(entry, fact)

    async def _failed(self, entry: Entry, error: Exception) -> None:
        kind = "" if isinstance(error, GivenUp) else f"{type(error).__name__}: "
        reason = redacted(f"{kind}{error}")
        wait = None if isinstance(error, GivenUp) else self.backoff.wait(entry.attempts, self.draw)
        _log.warning(
            "not delivered",
            sequence=entry.sequence,
            topic=entry.topic,
            attempts=entry.attempts,
            reason=reason,
            again_in=None if wait is None else round(wait.total_seconds(), 1),
        )
        if wait is None:
            if await self._settle(entry, lambda transaction: outbox.bury(transaction, entry, reason)):
                self.counters.dead += 1
        elif await self._settle(
            entry, lambda transaction: outbox.put_back(transaction, entry, wait=wait, error=reason)
        ):
            self.counters.failed += 1

    async def _settle(self, entry: Entry, work: Callable[[Transaction], Awaitable[bool]]) -> bool:
        """Write what came of an entry, for as long as it is this relay's to say; whether it was."""
        held = False
        try:
            async with asyncio.timeout(self.grace.total_seconds()):
                while True:
                    try:
                        held = await self._write(work)
                        break
                    except Exception as error:  # noqa: BLE001 - until the lease ends, it is worth trying again
                        _log.warning("outbox not written", sequence=entry.sequence, reason=redacted(repr(error)))
                        await asyncio.sleep(_SETTLING_PAUSE)
        except TimeoutError:
            pass
        if not held:
            self.counters.overtaken += 1
            _log.warning("lease lost, delivered again", sequence=entry.sequence, topic=entry.topic)
        return held

    async def _write(self, work: Callable[[Transaction], Awaitable[T]]) -> T:
        return await transact(self.database, work, patience=PATIENCE, sells=True)
