"""Charges on their way to Redis, and what takes over while it is away.

Only one exchange is under way at a time; what is charged meanwhile goes with the next one. So a process under load pays
a fraction of an exchange a request, and one without load pays for exactly one.

A request waits for `patience` at most. Then this process keeps buckets of its own, full ones, and Redis is asked once a
second, by nobody who waits, whether it is back. What is late because this process was busy is not held against Redis.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final

import structlog

from db.buckets import SharedBuckets
from domain.buckets import SECOND, Charge, Levels, LocalBuckets

PATIENCE: Final = 0.05
"""Seconds that a request waits for Redis."""

RETRY_SECONDS: Final = 1.0
"""How often Redis is asked whether it is back."""

_GATHER_SECONDS: Final = 0.005
"""How long what is given back waits for a charge to go along with."""

_LAG_SECONDS: Final = 0.01
"""A timer that is as late as this tells of a busy loop."""

Pending = tuple[Charge, "asyncio.Future[Levels] | None"]

_log = structlog.get_logger(__name__)


class Ledger:
    """Charges buckets, shared ones or those of this process."""

    def __init__(self, shared: SharedBuckets, patience: float = PATIENCE, retry: float = RETRY_SECONDS) -> None:
        """Begin with the shared ones."""
        self._shared = shared
        self._local = LocalBuckets()
        self._patience = patience
        self._retry = retry
        self._waiting: list[Pending] = []
        self._under_way: list[Pending] = []
        self._exchange: asyncio.Task[None] | None = None
        self._probe: asyncio.Task[None] | None = None
        self._gathering: asyncio.TimerHandle | None = None

    @property
    def is_local(self) -> bool:
        """Whether the buckets of this process are charged, because Redis is away."""
        return self._probe is not None

    async def charge(self, charge: Charge) -> Levels:
        """Take a charge from its buckets, or learn that they do not hold it."""
        if self._probe is not None:
            return self._charge_locally(charge)
        future: asyncio.Future[Levels] = asyncio.get_running_loop().create_future()
        self._waiting.append((charge, future))
        self._begin()
        return await future

    def give_back(self, charge: Charge) -> None:
        """Give back what was charged too much, soon; nobody waits for it."""
        refund = charge._replace(cost=-charge.cost)
        if self._probe is not None:
            self._charge_locally(refund)
            return
        self._waiting.append((refund, None))
        if self._exchange is None and self._gathering is None:
            self._gathering = asyncio.get_running_loop().call_later(_GATHER_SECONDS, self._begin)

    async def aclose(self) -> None:
        """Send what waits to be given back, and end."""
        if self._waiting and self._probe is None:
            self._begin()
        if self._exchange is not None:
            await asyncio.wait({self._exchange}, timeout=2 * self._patience)
        for task in (self._exchange, self._probe):
            if task is not None:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task

    def _begin(self) -> None:
        if self._gathering is not None:
            self._gathering.cancel()
            self._gathering = None
        if self._exchange is None and self._probe is None:
            self._exchange = asyncio.create_task(self._exchange_all(), name="ledger")

    async def _exchange_all(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            while self._waiting:
                batch = self._under_way = self._waiting
                self._waiting = []
                timer = loop.call_later(self._patience, self._late, batch, loop.time() + self._patience)
                try:
                    levels = await self._shared.charge([charge for charge, _ in batch])
                except Exception as error:  # noqa: BLE001 - whatever Redis fails with, requests must go on
                    self._give_up(repr(error))
                    return
                finally:
                    timer.cancel()
                for (_, future), each in zip(batch, levels, strict=True):
                    if future is not None and not future.done():
                        future.set_result(each)
                self._under_way = []
        finally:
            self._exchange = None

    def _late(self, batch: list[Pending], due: float) -> None:
        """An exchange has taken too long, unless it was this process that did."""
        loop = asyncio.get_running_loop()
        if loop.time() - due > _LAG_SECONDS:
            loop.call_later(self._patience / 2, self._late, batch, loop.time() + self._patience / 2)
        elif batch is self._under_way and self._exchange is not None:
            self._exchange.cancel()
            self._give_up(f"no answer within {self._patience:g} s")

    def _give_up(self, reason: str) -> None:
        """Answer everybody who waits from this process's own buckets, and go on with those."""
        _log.warning("rate limits: redis is away, this process limits by itself", reason=reason)
        self._probe = asyncio.create_task(self._wait_for_redis(), name="ledger probe")
        pending, self._under_way, self._waiting = [*self._under_way, *self._waiting], [], []
        for charge, future in pending:
            if future is not None and not future.done():
                future.set_result(self._charge_locally(charge))

    async def _wait_for_redis(self) -> None:
        while True:
            await asyncio.sleep(self._retry)
            with suppress(Exception):
                async with asyncio.timeout(self._patience):
                    await self._shared.charge([])
                    break
        self._local = LocalBuckets()
        self._probe = None
        _log.info("rate limits: redis is back")

    def _charge_locally(self, charge: Charge) -> Levels:
        return self._local.charge(charge, time.monotonic() * SECOND)


@asynccontextmanager
async def open_ledger(shared: SharedBuckets, patience: float = PATIENCE) -> AsyncIterator[Ledger]:
    """A ledger until the block ends; what waits to be given back is sent before."""
    ledger = Ledger(shared, patience)
    try:
        yield ledger
    finally:
        await ledger.aclose()
