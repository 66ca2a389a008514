"""`boxoffice worker`: a process that delivers, beside any number that serve."""

import asyncio
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg

from auth.viewer import Role, Viewer
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


ASKED = 'mutation { runFunctionMigration(dryRun: false, reason: "Going over.") { userErrors { message } } }'
FAMILIES = """
    INSERT INTO events (event_id, organisation_id, parent_event_id, title, slug, event_start, timezone)
    SELECT md5(family::text || '-' || child)::uuid, $1, CASE WHEN child > 0 THEN md5(family::text || '-0')::uuid END,
        'Event', 'e-' || family || '-' || child, now(), 'UTC'
    FROM generate_series(1, 30) AS family, generate_series(0, 3) AS child ORDER BY child
"""
RUN = "SELECT functions, events, ended_at IS NOT NULL AS ended, failure FROM function_migration_runs"


async def test_a_move_that_was_asked_for_outlives_the_worker_that_was_at_it(
    graph: Graph, database_url: str, redis_url: str, tmp_path: Path
) -> None:
    home = graph.home
    await graph.flush()
    given = {"DATABASE_URL": database_url, "REDIS_URL": redis_url, "SECRET_KEY": "k" * 32}
    given["DATA_FOLDER"] = os.fspath(tmp_path)
    connection, other = await asyncpg.connect(database_url), await asyncpg.connect(database_url)
    try:
        await connection.execute(FAMILIES, home)
        asked = await graph.data(ASKED, viewer=Viewer(Role.ADMIN, "root"))
        assert asked["runFunctionMigration"]["userErrors"] == []
        async with asyncio.timeout(PATIENCE_SECONDS), other.transaction():
            await other.execute("SELECT FROM events WHERE slug = 'e-7-0' FOR UPDATE")  # so that it cannot end
            with worker(**given) as process:
                while not (await connection.fetchrow(RUN))["functions"]:  # noqa: ASYNC110 - another process moves
                    await asyncio.sleep(0.05)
                process.send_signal(signal.SIGKILL)
        await connection.execute("UPDATE periodic_jobs SET running_until = now()")  # its turn is over by and by
        async with asyncio.timeout(PATIENCE_SECONDS):
            with worker(**given):
                while not (await connection.fetchrow(RUN))["ended"]:  # noqa: ASYNC110 - the same
                    await asyncio.sleep(0.05)
        run = await connection.fetchrow(RUN)
        counted = "SELECT count(*), count(function_id), count(DISTINCT function_id) FROM events"
        found = tuple(await connection.fetchrow(counted))
    finally:
        await connection.close()
        await other.close()

    assert tuple(run) == (30, 120, True, None)
    assert found == (120, 120, 30)
