"""What is done every so often: by one process of any number, however many workers run.

A worker looks once a second what is due. Whoever takes a job holds it for no longer than its limit; a worker that is
killed in the midst of it leaves it to the next when that is over. So a job may be begun again, and perhaps, where a
process stood still, beside itself: what it does must bear that.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final

import structlog

from db import outbox, periodic
from db.contention import Transaction, transact
from db.database import Database
from domain.function_migration import MOVING_JOB
from domain.secrets import redacted
from jobs.moving import move_functions
from jobs.sales import expire_holds, offer_places, prune_idempotency_keys, reconcile_places
from jobs.scheduled import JOBS, Figures, Job, Upkeep, run

_log = structlog.get_logger(__name__)

PATIENCE: Final = 5.0
"""Seconds for which a write is begun again when others are in its way."""

_LOOK: Final = 1.0
"""Seconds between two looks at what is due."""

_RETRY: Final = dt.timedelta(seconds=10)
"""How long a job that failed waits; twice as long each time, and no longer than until it would be due anyway."""

_REMOVED_AT_ONCE: Final = 50_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Workshop:
    """What jobs work with.

    Attributes:
        database: under the roles that own nothing.
        upkeep: what the settings say to jobs.
    """

    database: Database
    upkeep: Upkeep


@dataclass(frozen=True, slots=True, kw_only=True)
class Periodic:
    """Work that is done again and again.

    Attributes:
        name: words with hyphens.
        summary: what it does, in one line.
        every: how long after its end it is due again; due at once, where the figures say that more is `left`.
        limit: the longest that it may take; it is then cancelled.
        work: does what is left to do, in as many transactions as it likes, and says what that came to.
    """

    name: str
    summary: str
    every: dt.timedelta
    limit: dt.timedelta
    work: Callable[[Workshop], Awaitable[Figures]]


def of_job(job: Job, *, every: dt.timedelta) -> Periodic:
    """A job that a scheduler may start by name, done by workers as well."""

    async def work(shop: Workshop) -> Figures:
        return await run(shop.database, job, shop.upkeep)

    return Periodic(name=job.name, summary=job.summary, every=every, limit=dt.timedelta(minutes=5), work=work)


async def _prune_outbox(shop: Workshop) -> Figures:
    older_than = shop.upkeep.keep_outbox
    removed = await transact(
        shop.database,
        lambda transaction: outbox.prune(transaction, older_than=older_than, at_most=_REMOVED_AT_ONCE),
        patience=PATIENCE,
        sells=True,
    )
    return {"removed": removed, "left": int(removed == _REMOVED_AT_ONCE)}


PERIODIC: Final[Mapping[str, Periodic]] = {
    each.name: each
    for each in (
        of_job(JOBS["prune-webhook-deliveries"], every=dt.timedelta(hours=6)),
        Periodic(
            name="prune-outbox",
            summary="Removes facts that were delivered more than `OUTBOX_KEPT_DAYS` ago.",
            every=dt.timedelta(hours=1),
            limit=dt.timedelta(minutes=5),
            work=_prune_outbox,
        ),
        Periodic(
            name="expire-holds",
            summary="Ends holds that are over, and gives their places back.",
            every=dt.timedelta(seconds=2),
            limit=dt.timedelta(seconds=30),
            work=lambda shop: expire_holds(shop.database),
        ),
        Periodic(
            name="offer-places",
            summary="Offers what has come free to those on the waiting list.",
            every=dt.timedelta(seconds=2),
            limit=dt.timedelta(seconds=30),
            work=lambda shop: offer_places(shop.database, shop.upkeep.terms),
        ),
        Periodic(
            name="offer-forgotten-places",
            summary="Looks at all that somebody waits for, since what is sold may have been changed meanwhile.",
            every=dt.timedelta(seconds=30),
            limit=dt.timedelta(seconds=30),
            work=lambda shop: offer_places(shop.database, shop.upkeep.terms, everywhere=True),
        ),
        Periodic(
            name="prune-idempotency-keys",
            summary="Forgets the idempotency keys of requests made more than two days ago.",
            every=dt.timedelta(hours=1),
            limit=dt.timedelta(minutes=5),
            work=lambda shop: prune_idempotency_keys(shop.database),
        ),
        Periodic(
            name=MOVING_JOB,
            summary="Goes on with what administrators have asked for about the move to functions.",
            every=dt.timedelta(seconds=10),
            limit=dt.timedelta(seconds=100),
            work=lambda shop: move_functions(shop.database),
        ),
        Periodic(
            name="reconcile-places",
            summary="Tells of pools whose counters are not what registrations hold and were sold.",
            every=dt.timedelta(hours=1),
            limit=dt.timedelta(minutes=5),
            work=lambda shop: reconcile_places(shop.database),
        ),
    )
}
"""Everything that workers do every so often, by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clockwork:
    """Does the jobs that are due.

    Attributes:
        shop: what they work with.
        jobs: which there are, by name.
        look: seconds between two looks at what is due.
    """

    shop: Workshop
    jobs: Mapping[str, Periodic]
    look: float = _LOOK

    async def run(self, stopping: asyncio.Event) -> None:
        """Do what is due until told to stop; what is under way then is cancelled, and left to the next worker."""
        under_way: dict[str, asyncio.Task[None]] = {}
        stop = asyncio.create_task(stopping.wait(), name="clockwork stops")
        declared, pause = False, self.look
        try:
            while not stop.done():
                try:
                    if not declared:
                        await self._declare()
                        declared = True
                    for name in await self._due():
                        if name in self.jobs and name not in under_way:
                            under_way[name] = asyncio.create_task(self._turn(self.jobs[name]), name=name)
                    pause = self.look
                except Exception as error:  # noqa: BLE001 - whatever it is, there is nothing to do but to look again
                    _log.warning("jobs not read", reason=redacted(repr(error)))
                    pause = min(pause * 2, 10.0)
                await asyncio.wait({stop}, timeout=pause)
                under_way = {name: task for name, task in under_way.items() if not task.done()}
        finally:
            tasks = (stop, *under_way.values())
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _declare(self) -> None:
        async with self.shop.database.write() as transaction:
            await periodic.declare(transaction, list(self.jobs))

    async def _due(self) -> list[str]:
        async with self.shop.database.write() as transaction:
            return await periodic.due(transaction)

    async def _turn(self, job: Periodic) -> None:
        """Do a job, if its turn is to be had, and write what came of it."""
        try:
            async with self.shop.database.write() as transaction:
                turn = await periodic.take(transaction, job.name, limit=job.limit + _RETRY)
        except Exception as error:  # noqa: BLE001 - it is due still
            _log.warning("job not taken", job=job.name, reason=redacted(repr(error)))
            return
        if turn is None:
            return
        try:
            async with asyncio.timeout(job.limit.total_seconds()):
                figures = await job.work(self.shop)
        except Exception as error:  # noqa: BLE001 - one job that fails must not end the others
            reason = redacted(f"{type(error).__name__}: {error}")
            _log.warning("job failed", job=job.name, reason=reason, failures=turn.failures + 1)
            after = min(_RETRY * (1 << min(turn.failures, 20)), max(job.every, _RETRY))
            await self._write(lambda transaction: periodic.fail(transaction, turn, after=after, error=reason))
        else:
            after = dt.timedelta() if figures.get("left") else job.every
            await self._write(lambda transaction: periodic.finish(transaction, turn, after=after, figures=figures))
            if any(figures.values()):
                _log.info("job done", job=job.name, **figures)

    async def _write(self, work: Callable[[Transaction], Awaitable[None]]) -> None:
        try:
            await transact(self.shop.database, work, patience=PATIENCE)
        except Exception as error:  # noqa: BLE001 - the turn ends by itself
            _log.warning("job not settled", reason=redacted(repr(error)))
