"""What selling needs done again and again: holds expire, keys are forgotten, counters are held against what they count.

Each may run beside itself, and be killed at any moment.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Final

import structlog

from commands.selling import offering
from commands.selling.moving_on import SWEPT_AT_ONCE, expire
from db import places
from db.contention import transact
from db.database import Database
from db.once import prune_keys
from domain.sales import Terms

Figures = Mapping[str, int]

PATIENCE: Final = 5.0
"""Seconds for which a transaction is begun again when others are in its way."""

_log = structlog.get_logger(__name__)


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


async def expire_holds(database: Database) -> Figures:
    """End the oldest holds that are over, and give their places back."""
    ended = await transact(database, lambda connection: expire(connection, now=_now()), patience=PATIENCE, sells=True)
    return {"expired": ended, "left": int(ended == SWEPT_AT_ONCE)}


async def offer_places(database: Database, terms: Terms, *, everywhere: bool = False) -> Figures:
    """Offer free places to those on the waiting list; everywhere, or where it is known that somebody waits."""
    try:
        offered = await transact(
            database,
            lambda connection: offering.offer_places(connection, now=_now(), terms=terms, everywhere=everywhere),
            patience=PATIENCE,
            sells=True,
        )
    except places.PoolExhausted:  # somebody was faster; the next look shows who waits for that pool, too
        return {"offered": 0, "left": 1}
    return {"offered": offered, "left": int(offered == offering.OFFERED_AT_ONCE)}


async def prune_idempotency_keys(database: Database) -> Figures:
    """Forget keys of requests whose time is over."""
    removed = await transact(
        database, lambda connection: prune_keys(connection, now=_now()), patience=PATIENCE, sells=True
    )
    return {"removed": removed}


async def reconcile_places(database: Database) -> Figures:
    """Hold the counters of all pools against what registrations hold and were sold; tell of each that has drifted.

    Nothing is corrected: a counter that is off is a fault of this program, or of a person with psql.
    """
    drifted = await transact(database, places.drift, patience=PATIENCE, sells=True)
    for each in drifted:
        _log.error(
            "a pool's counters have drifted",
            pool=str(each.pool_id),
            held=each.held,
            held_by_registrations=each.held_counted,
            sold=each.sold,
            sold_by_registrations=each.sold_counted,
        )
    return {"drifted": len(drifted)}
