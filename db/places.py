"""Places of capacity pools: taken, sold, and given back exactly once.

What a registration holds and was sold stands in `pool_claims`; a pool's counters are the sum of that, and of what is
held and sold elsewhere. Whoever calls anything here has locked the registration, or has just made it, and calls it
last: the counters are what everybody waits for, so they are changed in the last statements before the commit, in the
order of the pools' keys, so that no two transactions wait for each other.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import asyncpg
from sqlalchemy import ARRAY, Integer, Uuid, bindparam, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from db.contention import Disturbed
from db.place_functions import EXHAUSTED, OVERSOLD
from db.selling import driver_of

Places = Mapping[uuid.UUID, int]
"""How many places of which pool."""

_TAKE: Final = text("SELECT take_places(:pools, :wanted, :offered)").bindparams(
    bindparam("pools", type_=ARRAY(Uuid)), bindparam("wanted", type_=ARRAY(Integer))
)
_MOVE: Final = text("UPDATE capacity_pools SET held = held + :held, sold = sold + :sold WHERE pool_id = :pool")
_CLAIM: Final = text("""
    INSERT INTO pool_claims (registration_id, pool_id, held)
    SELECT :registration, pool_id, places
    FROM unnest(CAST(:pools AS uuid[]), CAST(:places AS int[])) AS _ (pool_id, places)
    ON CONFLICT (registration_id, pool_id) DO UPDATE SET held = pool_claims.held + excluded.held
""")
_KEYS: Final = bindparam("registrations", type_=ARRAY(Uuid))
_SELL: Final = text("""
    WITH claim AS (
        SELECT pool_id, held FROM pool_claims WHERE registration_id = :registration AND held > 0
    ), moved AS (
        UPDATE pool_claims SET held = 0, sold = sold + held WHERE registration_id = :registration AND held > 0
    )
    SELECT pool_id, held FROM claim ORDER BY pool_id
""")
_RELEASE: Final = text("""
    WITH claim AS (
        SELECT pool_id, held, sold FROM pool_claims WHERE registration_id = ANY (:registrations) AND held + sold > 0
    ), given AS (
        UPDATE pool_claims SET held = 0, sold = 0 WHERE registration_id = ANY (:registrations) AND held + sold > 0
    )
    SELECT pool_id, sum(held)::int, sum(sold)::int FROM claim GROUP BY pool_id ORDER BY pool_id
""").bindparams(_KEYS)
_GIVE_BACK: Final = text("""
    WITH ended AS (
        SELECT pool_id, count(*)::int AS places
        FROM attendees, unnest(pool_ids) AS pool_id WHERE attendee_id = ANY (:attendees) GROUP BY pool_id
    ), claim AS (
        SELECT pool_id, least(places, sold) AS places
        FROM ended JOIN pool_claims USING (pool_id) WHERE registration_id = :registration AND sold > 0
    ), given AS (
        UPDATE pool_claims SET sold = sold - claim.places
        FROM claim WHERE registration_id = :registration AND pool_claims.pool_id = claim.pool_id
    )
    SELECT pool_id, places FROM claim ORDER BY pool_id
""").bindparams(bindparam("attendees", type_=ARRAY(Uuid)))
_DRAW_AGAIN: Final = text("""
    WITH drawn AS (
        UPDATE attendees SET pool_ids = ARRAY(
            SELECT pool_id FROM ticket_pools JOIN capacity_pools USING (pool_id)
            WHERE ticket_pools.ticket_id = attendees.ticket_id AND capacity_pools.deleted_at IS NULL ORDER BY pool_id
        ) WHERE registration_id = :registration RETURNING pool_ids
    )
    SELECT pool_id, count(*)::int FROM drawn, unnest(pool_ids) AS pool_id GROUP BY pool_id ORDER BY pool_id
""")


_DRIFT: Final = text("""
    SELECT pool_id, pool.held, coalesce(claim.held, 0) + held_elsewhere,
        pool.sold, coalesce(claim.sold, 0) + sold_elsewhere
    FROM capacity_pools AS pool LEFT JOIN (
        SELECT pool_id, sum(held)::int AS held, sum(sold)::int AS sold
        FROM pool_claims WHERE held > 0 OR sold > 0 GROUP BY pool_id
    ) AS claim USING (pool_id)
    WHERE pool.held <> coalesce(claim.held, 0) + held_elsewhere
        OR pool.sold <> coalesce(claim.sold, 0) + sold_elsewhere
    ORDER BY pool_id
""")


class PoolExhausted(Exception):
    """A pool has fewer places left than are wanted; the transaction must not be committed."""

    def __init__(self, pool_id: uuid.UUID, wanted: int, remaining: int) -> None:
        super().__init__(f"{wanted} places wanted, {remaining} left")
        self.pool_id, self.wanted, self.remaining = pool_id, wanted, remaining


async def claim(connection: AsyncConnection, registration: uuid.UUID, wanted: Places) -> None:
    """Write down that a registration is to hold places; `take` them in the same transaction, at its end."""
    if wanted:
        values = {"registration": registration, "pools": list(wanted), "places": list(wanted.values())}
        await connection.execute(_CLAIM, values)


async def take(connection: AsyncConnection, wanted: Places, *, offered: bool = False) -> None:
    """Take places, as the last thing before the commit.

    Args:
        connection: of selling.
        wanted: how many of which.
        offered: whether they are for somebody on the waiting list, for whom alone there are any while others wait.

    Raises:
        PoolExhausted: one of the pools has not so many left.
    """
    if wanted:
        values = {"pools": list(wanted), "wanted": list(wanted.values()), "offered": offered}
        try:
            await connection.execute(_TAKE, values)
        except DBAPIError as error:
            exhausted = _exhausted(None if error.orig is None else error.orig.__cause__, wanted)
            if exhausted is None:
                raise
            raise exhausted from None


async def take_and_commit(connection: AsyncConnection, wanted: Places, tiers: Mapping[uuid.UUID, int]) -> None:
    """Take places and commit, in one message: whoever waits for a pool waits for no round trip to this process.

    Args:
        connection: of `db.selling.sale`, with nothing left to do.
        wanted: how many of which.
        tiers: of tickets and packages whose price was one for so many, how many that is.

    Raises:
        PoolExhausted: one of the pools has not so many left; nothing was committed.
        Disturbed: more were sold meanwhile than the price was for; nothing was committed.
    """
    # A message of several statements takes no parameters. These are keys and numbers, and nothing else.
    kept = [f"SELECT keep_tiers({_arrays(tiers)})"] if tiers else []
    message = [*kept, f"SELECT take_places({_arrays(wanted)}, false)", "COMMIT"]
    driver = await driver_of(connection)
    try:
        await driver.execute("; ".join(message))
    except asyncpg.PostgresError as error:
        if error.sqlstate == OVERSOLD:
            raise Disturbed("more were sold meanwhile than its price was for") from None
        exhausted = _exhausted(error, wanted)
        if exhausted is None:
            raise
        raise exhausted from None


def _arrays(numbers: Mapping[uuid.UUID, int]) -> str:
    """Keys, and their numbers, as PostgreSQL writes arrays."""
    keys = ",".join(str(uuid.UUID(int=key.int)) for key in numbers)
    return f"'{{{keys}}}', '{{{','.join(str(int(each)) for each in numbers.values())}}}'"


def _exhausted(error: BaseException | None, wanted: Places) -> PoolExhausted | None:
    """What the database said of a pool; None where it said something else."""
    if not isinstance(error, asyncpg.PostgresError) or error.sqlstate != EXHAUSTED:
        return None
    pool, remaining = str(error.detail).split(" ")
    key = uuid.UUID(pool)
    return PoolExhausted(key, wanted[key], int(remaining))


async def sell(connection: AsyncConnection, registration: uuid.UUID) -> None:
    """Turn all places that a registration holds into sold ones."""
    claims = (await connection.execute(_SELL, {"registration": registration})).all()
    for pool, held in claims:
        await connection.execute(_MOVE, {"pool": pool, "held": -held, "sold": held})


async def release(connection: AsyncConnection, registrations: Sequence[uuid.UUID]) -> list[uuid.UUID]:
    """Give back all places that registrations hold or were sold; a second time, there are none.

    Returns:
        The pools that have places again, in their order.
    """
    claims = (await connection.execute(_RELEASE, {"registrations": list(registrations)})).all()
    for pool, held, sold in claims:
        await connection.execute(_MOVE, {"pool": pool, "held": -held, "sold": -sold})
    return [pool for pool, _, _ in claims]


async def give_back(
    connection: AsyncConnection, registration: uuid.UUID, attendees: Sequence[uuid.UUID]
) -> list[uuid.UUID]:
    """Give back the places of attendees of a registration that was sold: of those that were valid until now.

    Returns:
        The pools that have places again, in their order.
    """
    values = {"registration": registration, "attendees": list(attendees)}
    claims = (await connection.execute(_GIVE_BACK, values)).all()
    for pool, places in claims:
        await connection.execute(_MOVE, {"pool": pool, "held": 0, "sold": -places})
    return [pool for pool, _ in claims]


async def retake(connection: AsyncConnection, registration: uuid.UUID) -> None:
    """Take the places of a registration again, for all its attendees, after it gave them back; they are then held.

    They are taken from the pools that their tickets draw on by now.

    Raises:
        PoolExhausted: others have them by now.
    """
    rows = (await connection.execute(_DRAW_AGAIN, {"registration": registration})).all()
    wanted = {pool: places for pool, places in rows}  # noqa: C416 - SQLAlchemy's rows are no pairs to mypy
    await claim(connection, registration, wanted)
    await take(connection, wanted)


@dataclass(frozen=True, slots=True)
class Drift:
    """A pool whose counters are not what they count: what is counted of registrations, and held and sold elsewhere."""

    pool_id: uuid.UUID
    held: int
    held_counted: int
    sold: int
    sold_counted: int


async def drift(connection: AsyncConnection) -> list[Drift]:
    """The pools whose counters are not what they count, at one moment: none, unless something is broken."""
    return [Drift(*row) for row in (await connection.execute(_DRIFT)).all()]
