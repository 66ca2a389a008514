"""Reading cannot write, writing is whole or not at all, and every wait ends."""

import asyncio
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.exc import DBAPIError

from db.database import Database, DatabaseOptions, Observer, open_database
from db.models import Function
from db.rows import FunctionRow, Row
from db.statement import Statement, compile_statement
from domain.ids import uuid7

SHORT = 0.3
"""Seconds: a limit that a test waits for."""
PATIENCE = 5.0
"""Seconds: within this, whatever has a short limit must have ended, on a busy machine too."""

ONE = compile_statement("test.one", text("SELECT 1 AS one"), Row)
SLEEP = compile_statement("test.sleep", text("SELECT pg_sleep(60)"), Row)
BACKEND = compile_statement("test.backend", text("SELECT pg_backend_pid() AS pid"), Row)
PREPARED = compile_statement("test.prepared", text("SELECT count(*) AS number FROM pg_prepared_statements"), Row)
WRITE = compile_statement("test.write", text("CREATE TABLE written ()"), Row)
FUNCTIONS = compile_statement(
    "test.functions", select(Function.function_id, Function.name, Function.metadata_), FunctionRow
)
WAITS_FOR = text("SELECT wait_event FROM pg_stat_activity WHERE pid = :pid")
TERMINATE = text("SELECT pg_terminate_backend(:pid, 5000)")


def function(**columns: object) -> dict[str, object]:
    key = uuid7()
    return {"function_id": key, "name": "Winterfest", "slug": f"f-{key}", "timezone": "UTC", **columns}


@asynccontextmanager
async def opened(url: str, observe: Observer | None = None, **options: Any) -> AsyncIterator[Database]:
    async with open_database(DatabaseOptions(url, **options), observe) as database:
        yield database


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    async with opened(database_url, pool_size=2) as database:
        yield database


async def names(database: Database) -> list[str]:
    return [row["name"] for row in await database.fetch(FUNCTIONS, {})]


# Reading


async def test_reading_cannot_write(database: Database) -> None:
    with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
        await database.fetch(WRITE, {})


async def test_a_row_comes_as_the_class_of_its_statement(database: Database) -> None:
    async with database.write() as connection:
        await connection.execute(insert(Function).values(**function()))

    (row,) = await database.fetch(FUNCTIONS, {})

    assert type(row) is FunctionRow
    assert (row.typename, row["name"]) == ("Function", "Winterfest")


async def test_a_borrower_may_run_several_statements_on_one_connection(database: Database) -> None:
    async with database.read() as reader:
        pids = {(await reader.fetch(BACKEND, {}))[0]["pid"] for _ in range(3)}

    assert len(pids) == 1


async def test_the_observer_sees_each_read_with_its_rows_and_seconds(database_url: str) -> None:
    seen: list[tuple[Statement[Any], int, float]] = []
    async with opened(database_url, lambda *observed: seen.append(observed)) as database:
        await database.fetch(ONE, {})
        async with database.read() as reader:
            await reader.fetch(FUNCTIONS, {})

    assert [(statement.name, rows) for statement, rows, _ in seen] == [("test.one", 1), ("test.functions", 0)]
    assert all(0 < seconds < PATIENCE for _, _, seconds in seen)


async def test_readers_plan_a_statement_once(database: Database) -> None:
    plans = "SELECT generic_plans, custom_plans FROM pg_prepared_statements WHERE statement = CAST(:statement AS text)"
    counts = compile_statement("test.plans", text(plans), Row)
    echo = compile_statement("test.echo", text("SELECT CAST(:value AS integer) AS value"), Row)
    async with database.read() as reader:
        for value in range(3):
            await reader.fetch(echo, {"value": value})

        assert [tuple(row) for row in await reader.fetch(counts, {"statement": echo.text})] == [(3, 0)]


# Writing


async def test_writing_commits_when_the_block_ends(database: Database) -> None:
    async with database.write() as connection:
        await connection.execute(insert(Function).values(**function()))

        assert await names(database) == []  # nobody sees it before

    assert await names(database) == ["Winterfest"]


async def test_writing_that_raises_leaves_nothing(database: Database) -> None:
    async def write() -> None:
        async with database.write() as connection:
            await connection.execute(insert(Function).values(**function()))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await write()

    assert await names(database) == []


async def test_writing_that_is_refused_leaves_nothing(database: Database) -> None:
    async def write() -> None:
        async with database.write() as connection:
            await connection.execute(insert(Function).values(**function()))
            await connection.execute(insert(Function).values(**function(name="")))

    with pytest.raises(DBAPIError):
        await write()

    assert await names(database) == []


async def test_a_statement_that_fails_does_not_tell_what_it_was_given(database: Database) -> None:
    """It stands in the log with what it says."""
    with pytest.raises(DBAPIError) as refused:
        async with database.write() as connection:
            await connection.execute(text("SELECT :code FROM nothing"), {"code": "FRIENDS-27"})

    assert "nothing" in str(refused.value)
    assert "FRIENDS-27" not in str(refused.value)


async def test_a_cancelled_writer_leaves_nothing_and_gives_its_connection_back(database_url: str) -> None:
    async with opened(database_url, pool_size=1) as database:
        written = asyncio.Event()

        async def write() -> None:
            async with database.write() as connection:
                await connection.execute(insert(Function).values(**function()))
                written.set()
                await asyncio.sleep(60)

        task = asyncio.create_task(write())
        await asyncio.wait_for(written.wait(), PATIENCE)
        task.cancel()
        await asyncio.wait([task], timeout=PATIENCE)

        assert task.cancelled()
        assert await names(database) == []
        async with asyncio.timeout(PATIENCE), database.write() as connection:
            assert await connection.scalar(text("SELECT 1")) == 1


JSON = {
    "text": 'Zürich \U0001f39f " \\ \n',
    "numbers": [0, -1, 2**53, 1.5, 1e-9],
    "nested": {"null": None, "yes": [True, {}]},
}


async def test_json_comes_back_as_it_went_in(database: Database) -> None:
    async with database.write() as connection:
        await connection.execute(insert(Function).values(**function(metadata_=JSON)))

        assert await connection.scalar(select(Function.metadata_)) == JSON

    (row,) = await database.fetch(FUNCTIONS, {})
    assert row["metadata"] == JSON


async def test_no_metadata_is_null(database: Database) -> None:
    async with database.write() as connection:
        await connection.execute(insert(Function).values(**function(metadata_=None)))

        assert await connection.scalar(text("SELECT metadata IS NULL FROM functions"))


# Limits


async def test_a_read_over_the_limit_is_cancelled_and_its_connection_goes_on(database_url: str) -> None:
    async with opened(database_url, pool_size=1, timeout=SHORT) as database:
        (before,) = await database.fetch(BACKEND, {})
        started = time.monotonic()
        with pytest.raises(TimeoutError):
            await database.fetch(SLEEP, {})

        assert time.monotonic() - started < PATIENCE
        (after,) = await database.fetch(BACKEND, {})
        assert after["pid"] == before["pid"]


async def test_a_write_over_the_limit_is_cancelled_and_the_pool_goes_on(database_url: str) -> None:
    async with opened(database_url, pool_size=1, timeout=SHORT) as database:

        async def write() -> None:
            async with database.write() as connection:
                await connection.execute(insert(Function).values(**function()))
                await connection.execute(text("SELECT pg_sleep(60)"))

        started = time.monotonic()
        with pytest.raises(TimeoutError):
            await write()

        assert time.monotonic() - started < PATIENCE
        assert await names(database) == []
        async with database.write() as connection:
            assert await connection.scalar(text("SELECT 1")) == 1


async def test_a_reader_that_finds_no_free_connection_is_told_so(database_url: str) -> None:
    async with opened(database_url, pool_size=1, timeout=SHORT) as database:
        async with database.read():
            started = time.monotonic()
            with pytest.raises(TimeoutError):
                await database.fetch(ONE, {})

            assert time.monotonic() - started < PATIENCE
        assert len(await database.fetch(ONE, {})) == 1


async def test_a_writer_that_finds_no_free_connection_is_told_so(database_url: str) -> None:
    async with opened(database_url, pool_size=1, timeout=SHORT) as database:
        async with database.write():
            started = time.monotonic()
            with pytest.raises(TimeoutError, match="no connection for writing"):
                async with database.write():
                    pass

            assert time.monotonic() - started < PATIENCE
        async with database.write() as connection:
            assert await connection.scalar(text("SELECT 1")) == 1


async def test_writers_get_connections_in_the_order_in_which_they_ask(database_url: str) -> None:
    """Else somebody waits for ever, under a load that everybody else hardly notices."""
    asked, got = [], []

    async def write_often(database: Database, number: int) -> None:
        for turn in range(4):
            asked.append((number, turn))
            async with database.write():
                got.append((number, turn))

    # Of two connections, the one that is given later may begin its transaction earlier.
    async with opened(database_url, pool_size=1) as database:
        await asyncio.gather(*(write_often(database, number) for number in range(12)))

    assert got == asked


async def test_a_writer_who_gave_up_waiting_is_passed_over(database_url: str) -> None:
    async with opened(database_url, pool_size=1) as database:
        async with database.write():
            first, second = (asyncio.create_task(_one(database)) for _ in range(2))
            await asyncio.sleep(0)
            first.cancel()
            await asyncio.wait([first], timeout=PATIENCE)

        assert await asyncio.wait_for(second, PATIENCE) == 1


async def _one(database: Database) -> Any:
    async with database.write() as connection:
        return await connection.scalar(text("SELECT 1"))


async def test_more_readers_than_connections_all_get_their_turn(database: Database) -> None:
    answers = await asyncio.gather(*(database.fetch(ONE, {}) for _ in range(50)))

    assert [row["one"] for (row,) in answers] == [1] * 50


async def test_closing_waits_for_nobody_for_longer_than_the_limit(database_url: str) -> None:
    """A borrower who never gives back does not keep the process alive."""
    reading = asyncio.Event()

    async def hold(database: Database) -> None:
        async with database.read():
            reading.set()
            await asyncio.sleep(60)

    started = time.monotonic()
    async with opened(database_url, timeout=SHORT) as database:
        task = asyncio.create_task(hold(database))
        await asyncio.wait_for(reading.wait(), PATIENCE)

    assert time.monotonic() - started < PATIENCE
    task.cancel()
    await asyncio.wait([task], timeout=PATIENCE)


# Trouble


async def test_nothing_is_connected_to_before_it_is_needed() -> None:
    """So that a server can start, and say that it is not ready, while the database is away."""
    async with opened("postgresql://nobody@127.0.0.1:1/nothing", timeout=SHORT) as database:
        with pytest.raises(OSError, match="Connect call failed"):
            await database.fetch(ONE, {})


async def sleeps(database: Database, pid: int) -> None:
    """Wait until a backend does what it was told."""
    async with asyncio.timeout(PATIENCE):
        waits_for = None
        while waits_for != "PgSleep":
            async with database.write() as connection:  # a transaction sees the same activity at all times
                waits_for = await connection.scalar(WAITS_FOR, {"pid": pid})


@pytest.mark.parametrize("idle", [True, False], ids=["idle", "busy"])
async def test_a_killed_reader_is_replaced(database_url: str, *, idle: bool) -> None:
    async with opened(database_url, pool_size=1) as database:
        (old,) = await database.fetch(BACKEND, {})
        sleeping = None if idle else asyncio.create_task(database.fetch(SLEEP, {}))
        if sleeping is not None:
            await sleeps(database, old["pid"])
        async with database.write() as connection:
            assert await connection.scalar(TERMINATE, {"pid": old["pid"]})
        if sleeping is not None:
            with pytest.raises((asyncpg.AdminShutdownError, asyncpg.PostgresConnectionError)):
                await asyncio.wait_for(sleeping, PATIENCE)

        (new,) = await database.fetch(BACKEND, {})
        assert new["pid"] != old["pid"]


async def test_a_killed_writer_is_replaced_before_anyone_notices(database_url: str) -> None:
    async with opened(database_url, pool_size=2) as database:
        async with database.write() as connection, database.write() as other:
            old = await other.scalar(text("SELECT pg_backend_pid()"))
            await other.rollback()
            assert await connection.scalar(TERMINATE, {"pid": old})

        for _ in range(2):
            async with database.write() as connection:
                assert await connection.scalar(text("SELECT pg_backend_pid()")) != old


# Poolers


async def test_statements_are_prepared_once_for_a_connection(database_url: str) -> None:
    async with opened(database_url, pool_size=1) as database:
        for _ in range(3):
            await database.fetch(ONE, {})

        assert (await database.fetch(PREPARED, {}))[0]["number"] == 2  # the other one is the question itself


async def test_no_statement_is_prepared_where_a_pooler_would_lose_it(database_url: str) -> None:
    async with opened(database_url, pool_size=1, prepared_statements=False) as database:
        for _ in range(3):
            await database.fetch(ONE, {})

        assert (await database.fetch(PREPARED, {}))[0]["number"] == 0
        async with database.write() as connection:
            for _ in range(3):
                await connection.execute(insert(Function).values(**function()))
            assert await connection.scalar(text("SELECT count(*) FROM pg_prepared_statements")) == 0


PGBOUNCER = """
[databases]
* = host={host} port={port} user={user} {password}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {listen_port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 3
logfile = {folder}/log
"""


@pytest.fixture
def pooled_url(database_url: str) -> Iterator[str]:
    """The URL of the database by way of a PgBouncer in transaction mode with three connections."""
    program = shutil.which("pgbouncer")
    if program is None:
        pytest.skip("no PgBouncer here; `apt-get install pgbouncer` adds this test to the nightly ones")
    url = urlsplit(database_url)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        listen_port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory(prefix="boxoffice-pgbouncer-") as name:
        folder = Path(name)
        configuration = folder / "pgbouncer.ini"
        configuration.write_text(
            PGBOUNCER.format(
                host=url.hostname,
                port=url.port,
                user=url.username,
                password=f"password={url.password}" if url.password else "",
                listen_port=listen_port,
                folder=folder,
            )
        )
        account = "nobody" if os.geteuid() == 0 else None  # it refuses to run as root
        if account is not None:
            for path in (folder, configuration):
                shutil.chown(path, account)
        process = subprocess.Popen(
            [program, "-q", configuration], user=account, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            _wait_for(listen_port, process)
            yield url._replace(netloc=f"{url.username}@127.0.0.1:{listen_port}").geturl()
        finally:
            process.kill()
            process.wait(PATIENCE)


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        assert process.poll() is None, "PgBouncer ended at its start"
        try:
            socket.create_connection(("127.0.0.1", port), timeout=PATIENCE).close()
        except ConnectionRefusedError:
            assert time.monotonic() < deadline, "PgBouncer does not listen"
            time.sleep(0.02)
        else:
            return


@pytest.mark.nightly
async def test_readers_and_writers_share_the_connections_of_a_pooler(pooled_url: str) -> None:
    echo = compile_statement("test.echo", text("SELECT CAST(:value AS text) AS value"), Row)
    double = compile_statement("test.double", text("SELECT CAST(:value AS integer) * 2 AS value"), Row)
    async with opened(pooled_url, pool_size=10, prepared_statements=False) as database:

        async def work(number: int) -> None:
            for turn in range(10):
                assert (await database.fetch(echo, {"value": f"{number} {turn}"}))[0]["value"] == f"{number} {turn}"
                assert (await database.fetch(double, {"value": number}))[0]["value"] == number * 2
                async with database.write() as connection:
                    await connection.execute(insert(Function).values(**function(metadata_=JSON)))

        await asyncio.gather(*(work(number) for number in range(10)))

        rows = await database.fetch(FUNCTIONS, {})
        assert len(rows) == 100
        assert rows[0]["metadata"] == JSON
