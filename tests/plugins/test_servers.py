"""The fixtures keep tests apart from each other and from the user's own servers."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import asyncpg
import psutil
import pytest
from redis.asyncio import Redis


@pytest.mark.parametrize("turn", [1, 2])
async def test_each_test_has_a_database_of_its_own(database_url: str, turn: int) -> None:
    connection = await asyncpg.connect(database_url, timeout=10)
    try:
        await connection.execute("CREATE TABLE left_behind (turn integer)")  # would exist already in a shared database

        assert await connection.fetchval("SELECT count(*) FROM left_behind") == 0
    finally:
        await connection.close(timeout=10)


async def test_a_database_is_migrated(database_url: str) -> None:
    connection = await asyncpg.connect(database_url, timeout=10)
    try:
        assert await connection.fetchval("SELECT count(*) FROM alembic_version") == 1
    finally:
        await connection.close(timeout=10)


@pytest.mark.parametrize("turn", [1, 2])
async def test_each_test_finds_no_keys(redis_url: str, turn: int) -> None:
    async with Redis.from_url(redis_url) as client:
        assert await client.dbsize() == 0

        await client.set("left behind", turn)


def test_the_servers_of_the_user_are_out_of_sight() -> None:
    assert not {"DATABASE_URL", "REDIS_URL"} & os.environ.keys()


SLEEPER = """
import time
from pathlib import Path

def test_asleep(postgres_server, redis_url, pytestconfig):
    from tests.plugins.servers import FOLDER
    Path("folder.tmp").write_text(str(pytestconfig.stash[FOLDER]))
    Path("folder.tmp").rename("folder")
    time.sleep(60)
"""


@pytest.mark.parametrize(
    ("options", "stop"),
    [((), signal.SIGTERM), (("-n", "1"), signal.SIGINT)],
    ids=["terminated", "interrupted-under-xdist"],
)
def test_a_run_that_is_cut_short_leaves_nothing_behind(
    tmp_path: Path, options: tuple[str, ...], stop: signal.Signals
) -> None:
    (tmp_path / "test_asleep.py").write_text(SLEEPER)
    root = str(Path(__file__).parents[2])
    run = subprocess.Popen(
        [sys.executable, "-m", "pytest", "-p", "tests.plugins.servers", *options, "test_asleep.py"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": root, "PYTEST_ADDOPTS": ""},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        # What a shell runs in the background ignores SIGINT, and so would all that it starts.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 - it takes no lock
    )
    try:
        deadline = time.monotonic() + 60
        while not (tmp_path / "folder").exists():
            assert run.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.05)
        folder = (tmp_path / "folder").read_text()
        assert [p for p in psutil.process_iter(["cwd"]) if (p.info["cwd"] or "").startswith(folder)]
        run.send_signal(stop)
        run.wait(timeout=60)
    finally:
        run.kill()
        run.wait(timeout=10)

    assert not [p for p in psutil.process_iter(["cwd"]) if (p.info["cwd"] or "").startswith(folder)]
    assert not Path(folder).exists()
