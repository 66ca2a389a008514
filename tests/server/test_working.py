"""`boxoffice worker`: a process that delivers, beside any number that serve."""

import asyncio
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg

from tests.jobs.test_mailing import mails, order
from tests.plugins.graph import Graph
from tests.plugins.program import PATIENCE_SECONDS, PROGRAM, environment

WRITTEN = """
    INSERT INTO outbox (registration_id, topic, payload)
    SELECT registration_id, 'registration.confirmed', jsonb_build_object('version', 1, 'data', jsonb_build_object(
        'registration_id', registration_id, 'confirmation_number', confirmation_number
    )) FROM registrations
"""


@contextmanager
def worker(**given: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [*PROGRAM, "worker"],
        env=environment(given),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


async def test_it_mails_what_is_confirmed_and_ends_when_told(
    graph: Graph, database_url: str, redis_url: str, tmp_path: Path
) -> None:
    order(graph)
    await graph.flush()
    connection = await asyncpg.connect(database_url)
    try:
        await connection.execute(WRITTEN)
        given = {"DATABASE_URL": database_url, "REDIS_URL": redis_url, "SECRET_KEY": "k" * 32}
        with worker(**given, DATA_FOLDER=os.fspath(tmp_path)) as process:
            async with asyncio.timeout(PATIENCE_SECONDS):
                while not await connection.fetchval("SELECT bool_and(delivered_at IS NOT NULL) FROM outbox"):  # noqa: ASYNC110 - another process delivers
                    await asyncio.sleep(0.05)
            process.send_signal(signal.SIGTERM)
            told, _ = await asyncio.to_thread(process.communicate, timeout=PATIENCE_SECONDS)
    finally:
        await connection.close()

    assert process.returncode == 0, told
    assert told.rstrip().endswith("Stopped.")
    assert '"event":"worker stopped"' in told
    assert [mail["To"] for mail in mails(tmp_path / "mail")] == ["ada@example.org"]
