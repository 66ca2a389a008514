"""The jobs that a scheduler starts by name, through `POST /webhooks/cron/{job}` or `boxoffice jobs run`.

A job is one transaction that may be run at any time and as often as one likes: it does what is left to do.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from commands.collecting import collect_in
from commands.registering import Author, Turn
from commands.webhooks import InProgress, prune_deliveries
from db import webhooks
from db.contention import Transaction, transact
from db.database import Database
from db.registry import RegistryWrites
from db.revocations import sweep
from domain.sales import Terms

PATIENCE: Final = 5.0
"""Seconds for which a job is begun again when other transactions stand in its way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Upkeep:
    """What the settings say to jobs.

    Attributes:
        keep_deliveries: how long it is known which webhooks were received.
        keep_usage: how long it is known which operations were called.
        keep_outbox: how long it is known which facts were delivered.
        terms: on which is sold.
    """

    keep_deliveries: dt.timedelta
    keep_usage: dt.timedelta
    keep_outbox: dt.timedelta
    terms: Terms = field(default_factory=Terms)


Figures = Mapping[str, int]
"""What a job came to."""


@dataclass(frozen=True, slots=True)
class Job:
    """Work with a name.

    Attributes:
        name: as it stands in addresses.
        summary: what it does, in one line.
        work: does it, in a transaction.
    """

    name: str
    summary: str
    work: Callable[[Transaction, Upkeep], Awaitable[Figures]]

    async def run(self, transaction: Transaction, upkeep: Upkeep) -> Figures:
        """Do the work, unless another transaction is at it.

        Raises:
            InProgress: one is.
        """
        if not await webhooks.try_turn(transaction, webhooks.JOB, self.name):
            raise InProgress(f"The job {self.name} is running; it is not started a second time.")
        return await self.work(transaction, upkeep)


async def run(database: Database, job: Job, upkeep: Upkeep) -> Figures:
    """Run a job in a transaction of its own.

    Raises:
        InProgress: it is running.
        InUse: others kept what was to be written.
    """
    return await transact(database, lambda transaction: job.run(transaction, upkeep), patience=PATIENCE)


async def _prune_deliveries(transaction: Transaction, upkeep: Upkeep) -> Figures:
    return {"removed": await prune_deliveries(transaction, older_than=upkeep.keep_deliveries)}


async def _sweep_revocations(transaction: Transaction, _upkeep: Upkeep) -> Figures:
    return {"removed": await sweep(transaction)}


async def _collect_releases(transaction: Transaction, upkeep: Upkeep) -> Figures:
    writes = RegistryWrites(transaction)
    turn = Turn(writes, await writes.take_turn(), Author("job collect-releases"))
    collected = await collect_in(turn, unused_for=upkeep.keep_usage)
    return {"releases": len(collected), "operations": sum(each.operations for each in collected)}


JOBS: Final[Mapping[str, Job]] = {
    job.name: job
    for job in (
        Job(
            "prune-webhook-deliveries",
            "Forgets webhooks that were received more than `WEBHOOK_DELIVERIES_KEPT_DAYS` ago.",
            _prune_deliveries,
        ),
        Job(
            "sweep-revocations",
            "Removes revocations of tokens that have expired since; servers do so too, once an hour.",
            _sweep_revocations,
        ),
        Job(
            "collect-releases",
            "Collects the releases that nobody has used for `USAGE_RETENTION_DAYS`, as `boxoffice operations collect`.",
            _collect_releases,
        ),
    )
}
"""Every job, by name."""
