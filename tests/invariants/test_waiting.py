"""What holds of offers whatever happens: workers that make them are killed in the midst, and their connections cut."""

import asyncio
import os
import random
import subprocess
import sys
import time
from pathlib import Path

from sqlalchemy import text

from jobs.sales import reconcile_places
from tests.commands.selling.shop import Shop
from tests.plugins.graph import Graph

ROOT = Path(__file__).parents[2]
PLACES, WAITING, WORKERS, KILLS = 24, 30, 2, 4
LIMIT_SECONDS = 60.0
CUT = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND query ILIKE '%waiting_list_entries%'
    ORDER BY random() LIMIT 1
"""


def offerer(url: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.invariants.offerers", url]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)


def end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait(timeout=10)


async def offered(graph: Graph) -> int:
    async with graph.owner.write() as connection:
        query = text("SELECT count(*) FROM waiting_list_entries WHERE state = 'OFFERED'")
        return int((await connection.execute(query)).scalar_one())


async def test_each_place_is_offered_once_and_in_order_though_workers_are_killed(
    graph: Graph, database_url: str
) -> None:
    shop = Shop(graph)
    pool = graph.pool(PLACES)
    ticket = shop.ticket(pool, graph.pool(1000))
    orders = [await shop.order(ticket) for _ in range(PLACES)]
    for number in range(WAITING):
        await shop.wait(ticket, f"{number}@example.org")
    workers = [offerer(database_url) for _ in range(WORKERS)]
    try:
        for number, order in enumerate(orders):
            await shop.cancel(order)
            if number % (PLACES // KILLS) == 0:
                which = random.randrange(WORKERS)
                end(workers[which])
                workers[which] = offerer(database_url)
            async with graph.owner.write() as connection:
                await connection.execute(text(CUT))
        deadline = time.monotonic() + LIMIT_SECONDS
        while await offered(graph) < PLACES:
            assert time.monotonic() < deadline, "places are free, and not offered"
            await asyncio.sleep(0.05)
    finally:
        for process in workers:
            end(process)

    assert await shop.offer() == 0
    assert list((await shop.line()).values()) == ["OFFERED"] * PLACES + ["WAITING"] * (WAITING - PLACES)
    assert await shop.counters(pool) == (PLACES, 0)
    told = await shop.rows(
        "SELECT registration_id FROM outbox WHERE topic = 'waiting_list.offered' GROUP BY 1 HAVING count(*) > 1"
    )
    assert told == []
    assert await reconcile_places(graph.database) == {"drifted": 0}
