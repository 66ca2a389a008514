"""What holds of orders whatever happens: several processes sell the same places, and are killed while they do."""

import asyncio
import os
import random
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from sqlalchemy import text

from db.database import Database
from domain.ids import encode_global_id
from jobs.sales import expire_holds, reconcile_places
from tests.plugins.graph import Graph

ROOT = Path(__file__).parents[2]
KILL_BACKEND = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND query ILIKE '%capacity_pools%'
    ORDER BY random() LIMIT 1
"""
WRONG = {
    "pools with more taken than there are places": "SELECT pool_id FROM capacity_pools WHERE held + sold > capacity",
    "registrations that hold or were sold what their state does not say": """
        SELECT registration_id FROM registrations JOIN pool_claims USING (registration_id)
        WHERE held > 0 AND state <> 'HELD' OR sold > 0 AND state <> 'CONFIRMED'
    """,
    "confirmed registrations whose places are not those of their attendees": """
        SELECT registration_id FROM registrations WHERE state = 'CONFIRMED' AND (
            SELECT count(*) FROM attendees JOIN ticket_pools USING (ticket_id)
            WHERE attendees.registration_id = registrations.registration_id AND attendees.state = 'VALID'
        ) <> (SELECT coalesce(sum(sold), 0) FROM pool_claims WHERE registration_id = registrations.registration_id)
    """,
    "buyers with two orders": "SELECT email FROM registrations GROUP BY email HAVING count(*) > 1",
    "orders without the key that they were made under": """
        SELECT registration_id FROM registrations WHERE registration_id::text NOT IN (
            SELECT outcome->>'key' FROM idempotency_keys
        )
    """,
    "facts that are told twice, or of what did not happen": """
        SELECT registration_id FROM outbox JOIN registrations USING (registration_id)
        GROUP BY registration_id, topic, state
        HAVING count(*) > 1 OR topic = 'registration.expired' AND state <> 'EXPIRED'
            OR topic = 'registration.confirmed' AND state NOT IN ('CONFIRMED', 'CANCELLED')
    """,
    "states that nothing tells of": """
        SELECT registration_id FROM registrations WHERE NOT EXISTS (
            SELECT FROM outbox WHERE outbox.registration_id = registrations.registration_id
                AND topic = 'registration.' || lower(state)
        )
    """,
}
"""What must give no rows, whenever all is quiet."""


def sell(url: str, first: int, count: int, items: Sequence[str]) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.invariants.buyers", url, str(first), str(count), *items]
    return subprocess.Popen(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)})


async def disturb(
    owner: Database, url: str, items: Sequence[str], buyers: int, processes: int, kills: int, limit: float
) -> tuple[int, int]:
    """Let processes sell until all buyers are served; kill some of them, and backends; how many of each."""
    share = buyers // processes
    running = {first: sell(url, first, share, items) for first in range(0, share * processes, share)}
    killed = ended = 0
    deadline = time.monotonic() + limit
    try:
        while any(process.poll() is None for process in running.values()):
            assert time.monotonic() < deadline, "the buyers are not served"
            await asyncio.sleep(0.2 + random.random() * 0.2)
            async with owner.write() as connection:
                taken = (await connection.execute(text("SELECT count(*) FROM registrations"))).scalar_one()
                if taken:
                    ended += len((await connection.execute(text(KILL_BACKEND))).all())
            alive = [first for first, process in running.items() if process.poll() is None]
            if taken and alive and killed < kills:
                first = random.choice(alive)
                running[first].kill()
                running[first].wait(timeout=10)
                running[first] = sell(url, first, share, items)
                killed += 1
        assert {process.returncode for process in running.values()} == {0}
    finally:
        for process in running.values():
            process.kill()
            process.wait(timeout=10)
    return killed, ended


async def wrong(owner: Database) -> dict[str, int]:
    async with owner.write() as connection:
        found = {name: len((await connection.execute(text(query))).all()) for name, query in WRONG.items()}
    return {name: rows for name, rows in found.items() if rows}


async def shop(graph: Graph, places: int) -> list[str]:
    """Tickets over a hot pool and a shared one, and packages of them: the ids that buyers are given."""
    function = graph.function()
    hot, shared = graph.pool(places), graph.pool(places + places // 2)
    tickets = [graph.ticket(graph.event(function), pools, price_amount=0) for pools in ([hot], [hot, shared], [shared])]
    packages = [graph.package(function, pair, price_amount=0) for pair in (tickets[:2], [tickets[2], tickets[0]])]
    await graph.flush()
    return [
        *(encode_global_id("Ticket", key) for key in tickets),
        "--",
        *(encode_global_id("Package", key) for key in packages),
    ]


async def settled(graph: Graph) -> None:
    """Until every hold is over."""
    async with asyncio.timeout(20):
        while True:
            await expire_holds(graph.database)
            async with graph.owner.write() as connection:
                query = text("SELECT count(*) FROM registrations WHERE state = 'HELD'")
                if not (await connection.execute(query)).scalar_one():
                    return
            await asyncio.sleep(0.1)


async def test_every_place_is_sold_once_though_processes_and_backends_are_killed(
    graph: Graph, database_url: str
) -> None:
    items = await shop(graph, 40)

    killed, _ = await disturb(graph.owner, database_url, items, buyers=150, processes=3, kills=3, limit=60)
    await settled(graph)

    assert killed == 3
    assert await wrong(graph.owner) == {}
    assert await reconcile_places(graph.database) == {"drifted": 0}
    async with graph.owner.write() as connection:
        left = (await connection.execute(text("SELECT min(capacity - sold) FROM capacity_pools"))).scalar_one()
        sold = (await connection.execute(text("SELECT sum(sold) FROM pool_claims"))).scalar_one()
    assert left >= 0
    assert sold > 0


@pytest.mark.nightly
async def test_ten_thousand_buyers_of_five_hundred_places(graph: Graph, database_url: str) -> None:
    items = await shop(graph, 500)

    killed, ended = await disturb(graph.owner, database_url, items, buyers=10_000, processes=4, kills=30, limit=1200)
    await settled(graph)

    assert await wrong(graph.owner) == {}
    assert await reconcile_places(graph.database) == {"drifted": 0}
    print(f"{killed} processes and {ended} backends were killed")  # noqa: T201 - the figures of the nightly run
