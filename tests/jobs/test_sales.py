"""What selling needs done again and again, as workers do it."""

import datetime as dt

from structlog.testing import capture_logs

from jobs.sales import expire_holds, prune_idempotency_keys, reconcile_places
from tests.commands.selling.shop import Shop
from tests.plugins.graph import Graph

HOUR = dt.timedelta(hours=1)


async def test_holds_that_are_over_are_ended(graph: Graph) -> None:
    """Of the clock on the wall: those of a shop in the year 2027 last, those of the year 2020 are over."""
    shop = Shop(graph)
    pool = graph.pool(10)
    ticket = shop.ticket(pool)
    await shop.order(ticket)
    shop.now = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    old = await shop.order(ticket)

    assert await expire_holds(graph.database) == {"expired": 1, "left": 0}
    assert await expire_holds(graph.database) == {"expired": 0, "left": 0}
    assert await shop.state(old) == "EXPIRED"
    assert await shop.counters(pool) == (1, 0)


async def test_a_counter_that_is_off_is_told_and_one_that_is_right_is_not(graph: Graph) -> None:
    shop = Shop(graph)
    right, off = graph.pool(10), graph.pool(10)
    elsewhere = graph.pool(10, sold=4, sold_elsewhere=4)
    await shop.order(shop.ticket(right, off, elsewhere))
    assert await reconcile_places(graph.database) == {"drifted": 0}

    await graph.sql("UPDATE capacity_pools SET held = held + 2 WHERE pool_id = :pool", pool=off)
    with capture_logs() as logs:
        assert await reconcile_places(graph.database) == {"drifted": 1}

    (told,) = logs
    assert (told["pool"], told["held"], told["held_by_registrations"]) == (str(off), 3, 1)


async def test_keys_are_forgotten_once_their_time_is_over(graph: Graph) -> None:
    now = dt.datetime.now(dt.UTC)
    for key, expires_at in (("old", now - HOUR), ("new", now + HOUR)):
        await graph.sql(
            "INSERT INTO idempotency_keys (principal, key, operation, request_sha256, created_at, expires_at) "
            "VALUES ('anonymous -', :key, 'createRegistration', repeat('0', 64), :made, :expires)",
            key=key,
            made=now - 48 * HOUR,
            expires=expires_at,
        )

    assert await prune_idempotency_keys(graph.database) == {"removed": 1}
