"""A change of the registry is done when every running process serves it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final

from db.cache import Cache
from db.database import Database
from db.failures import UNAVAILABLE
from db.serving import (
    CACHE_UNAVAILABLE,
    Signals,
    bury_in_database,
    open_signals,
    processes_in_database,
    registry_version,
)
from domain.errors import Refusal
from domain.leases import Beat, Watch, now

PATIENCE: Final = 30.0
"""Seconds within which every process must serve a change; above any lease."""

_PAUSE: Final = 0.02
"""Seconds between two looks."""


class CacheAway(Refusal):
    """The cache cannot be written to, without which processes do not hear of a change; nothing was done."""

    code = "CACHE_AWAY"


class NotEverywhere(Refusal):
    """The change is made, and it is not known that every process serves it."""

    code = "NOT_EVERYWHERE"


@asynccontextmanager
async def announced(database: Database, cache: Cache, *, patience: float = PATIENCE) -> AsyncIterator[None]:
    """Make changes of the registry within the block; it ends when every running process serves them.

    A process that gives no sign of life is waited for until its lease is over: it then refuses until it has the change.

    Args:
        database: migrated.
        cache: the one of those processes.
        patience: how long to wait, in seconds; longer than any lease.

    Raises:
        CacheAway: before anything was done.
        NotEverywhere: a process answers but does not take the change over, or a neighbour went away meanwhile. What
            was changed stays so; to make the same change again waits again.
    """
    signals = await open_signals(database, cache)
    try:
        await signals.check()
    except CACHE_UNAVAILABLE as error:
        raise CacheAway(
            f"The cache cannot be written to ({type(error).__name__}); without it a change of the registry does not "
            "reach every process. Nothing was changed; try again when it is back."
        ) from error
    yield
    try:
        version = await registry_version(database)
        await signals.announce(version)
        late = await _wait(database, signals, version, patience)
    except (*CACHE_UNAVAILABLE, *UNAVAILABLE) as error:
        raise NotEverywhere(
            f"The change is made, but whether every process serves it cannot be told: {error!r}. "
            "Each does as soon as it reaches the database."
        ) from error
    if late:
        names = ", ".join(sorted({f"{each.name} (at version {each.version})" for each in late}))
        raise NotEverywhere(
            f"The change is made, version {version} of the registry, but within {patience:g} seconds it was not taken "
            f"over by {names}; their logs say why."
        )


async def _wait(database: Database, signals: Signals, version: int, patience: float) -> Sequence[Beat]:
    """Wait until every process serves a version; those that do not in time."""
    watch, end = Watch(), now() + patience
    while True:
        told = {"database": await processes_in_database(database), "cache": await signals.processes()}
        # A process has one snapshot, whichever witness it tells.
        there = {beat.process for beats in told.values() for beat in beats if beat.version >= version}
        late = []
        for witness, beats in told.items():
            for beat in beats:
                if beat.process in there:
                    continue
                if not watch.has_ended(witness, beat):
                    late.append(beat)
                elif witness == "database":
                    await bury_in_database(database, beat)
                else:
                    await signals.bury(beat)
        if not late or now() > end:
            return late
        await asyncio.sleep(_PAUSE)
