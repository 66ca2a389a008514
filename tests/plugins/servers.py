"""One PostgreSQL and one Valkey for a whole test run, started when a test first asks for one.

The process that was started as pytest owns the servers. Under xdist the workers know only its folder: they write
``wanted`` there and read ``servers.json``, so that a run of pure tests starts nothing. Servers that the user has
are never touched.

The folder is in memory where there is room for it, and so is whatever else a test makes by `tempfile`: the thousands of
databases that a run copies and drops are a few hundred files each, which is most of what they would cost on a disk.
"""

import asyncio
import fcntl
import json
import os
import shutil
import signal
import tempfile
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit
from uuid import uuid4

import asyncpg
import psutil
import pytest
from redis import Redis
from xdist.workermanage import WorkerController

from server.embedded.postgres import postgres
from server.embedded.process import READY_SECONDS
from server.embedded.valkey import DATABASES, valkey

POLL_SECONDS = 0.02
TEMPLATE = "boxoffice_template"
MEMORY = Path("/dev/shm")  # noqa: S108 - folders in it are made by `mkdtemp`
ROOM = 8 << 30
"""Bytes; a run has been seen to write a quarter of it."""

FOLDER = pytest.StashKey[Path]()
END = pytest.StashKey[Callable[[], None]]()

T = TypeVar("T")


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    for name in ("DATABASE_URL", "REDIS_URL"):
        os.environ.pop(name, None)
    if hasattr(config, "workerinput"):
        config.stash[FOLDER] = Path(config.workerinput["servers_folder"])
        return
    # What `timeout` and a CI service send ends the run as Ctrl-C does, servers included.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", tempfile.gettempdir())  # `tmp_path` stays where people look for it
    folder = config.stash[FOLDER] = Path(tempfile.mkdtemp(prefix="boxoffice-tests-", dir=_roomy_memory()))
    folder.chmod(0o711)  # as root, PostgreSQL runs as another user and must get through
    others = folder / "tmp"
    others.mkdir()
    others.chmod(0o1777)  # any user's, as the usual one is
    tempfile.tempdir = os.environ["TMPDIR"] = str(others)
    ended = threading.Event()
    thread = threading.Thread(target=_own_servers, args=(folder, ended), name="servers")
    thread.start()

    def end() -> None:
        ended.set()
        thread.join()

    config.stash[END] = end


@pytest.hookimpl(optionalhook=True)  # one of xdist's
def pytest_configure_node(node: WorkerController) -> None:
    node.workerinput["servers_folder"] = str(node.config.stash[FOLDER])


def pytest_sessionfinish() -> None:
    while _clerks:
        _clerks.popitem()[1].close()


def pytest_unconfigure(config: pytest.Config) -> None:
    if END in config.stash:
        config.stash[END]()


@pytest.fixture(scope="session")
def postgres_server(pytestconfig: pytest.Config) -> str:
    """The URL of the role and database that may create other databases."""
    return _servers(pytestconfig)["postgres"]


@pytest.fixture(scope="session")
def template_database(postgres_server: str, pytestconfig: pytest.Config) -> str:
    """The name of a database with every migration and no rows, made once for all workers."""
    folder = pytestconfig.stash[FOLDER]
    with (folder / "template.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "template.done").exists():
            # Here, so that tests below the database run while its code does not.
            from db.migrate import upgrade  # noqa: PLC0415

            execute(postgres_server, f"DROP DATABASE IF EXISTS {TEMPLATE} WITH (FORCE)", f"CREATE DATABASE {TEMPLATE}")
            in_thread(lambda: upgrade(with_database(postgres_server, TEMPLATE)))
            # A connection to the template would stop every other test from copying it.
            execute(postgres_server, f"ALTER DATABASE {TEMPLATE} WITH ALLOW_CONNECTIONS false")
            (folder / "template.done").touch()
    return TEMPLATE


@pytest.fixture
def database_url(postgres_server: str, template_database: str) -> Iterator[str]:
    """The URL of a database of this test alone: migrated, empty, gone afterwards."""
    with database_from(postgres_server, template_database) as url:
        yield url


@contextmanager
def database_from(postgres_server: str, template: str) -> Iterator[str]:
    """The URL of a copy of a database; for what several tests share, as a fixture of theirs."""
    name = f"test_{uuid4().hex}"
    clerk = clerk_of(postgres_server)
    clerk.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
    yield with_database(postgres_server, name)
    clerk.execute(f"DROP DATABASE {name} WITH (FORCE)")


class Clerk:
    """A connection that is kept to make and drop databases by, on an event loop in a thread of its own."""

    def __init__(self, url: str) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="clerk", daemon=True)
        self._thread.start()
        self._connection: asyncpg.Connection = self._wait_for(asyncpg.connect(url, timeout=10))

    def execute(self, statement: str) -> None:
        """Run a statement, outside of a transaction."""
        self._wait_for(self._connection.execute(statement, timeout=60))

    def close(self) -> None:
        self._wait_for(self._connection.close(timeout=10))
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _wait_for(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()


_clerks: dict[str, Clerk] = {}


def clerk_of(url: str) -> Clerk:
    """The clerk of a server, who stays until the end of the run."""
    if url not in _clerks:
        _clerks[url] = Clerk(url)
    return _clerks[url]


@pytest.fixture
def redis_url(pytestconfig: pytest.Config, worker_id: str) -> str:
    """The URL of a numbered database of this worker alone, empty.

    Channels of PUBLISH and SUBSCRIBE, scripts and FLUSHALL know no numbered databases: name channels uniquely.
    """
    url = _numbered(pytestconfig, worker_id, 0)
    with Redis.from_url(url, socket_timeout=10) as client:
        client.flushdb()
    return url


@pytest.fixture(scope="session")
def kept_redis_url(pytestconfig: pytest.Config, worker_id: str) -> str:
    """The URL of another such database, for servers that several tests share: nobody empties it."""
    return _numbered(pytestconfig, worker_id, DATABASES // 2)


def _roomy_memory() -> Path | None:
    """A folder in memory with room for all that a run writes; None where there is no such folder."""
    try:
        free = shutil.disk_usage(MEMORY).free
    except OSError:
        return None
    has_room = min(free, psutil.virtual_memory().available) >= ROOM and os.access(MEMORY, os.W_OK)
    return MEMORY if has_room else None


def _numbered(config: pytest.Config, worker_id: str, first: int) -> str:
    number = 0 if worker_id == "master" else 1 + int(worker_id.removeprefix("gw"))
    assert number < DATABASES // 2
    return with_database(_servers(config)["valkey"], str(first + number))


def with_database(url: str, name: str) -> str:
    """Return ``url`` with another database."""
    return urlsplit(url)._replace(path=f"/{name}").geturl()


def execute(url: str, *statements: str) -> None:
    """Run statements one by one, outside of a transaction."""

    async def run() -> None:
        connection = await asyncpg.connect(url, timeout=10)
        try:
            for statement in statements:
                await connection.execute(statement, timeout=60)
        finally:
            await connection.close(timeout=10)

    in_thread(lambda: asyncio.run(run()))


def in_thread(function: Callable[[], T]) -> T:
    """Call it where no event loop runs: neither loop then knows of the other."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(function).result()


def _servers(config: pytest.Config) -> dict[str, str]:
    folder = config.stash[FOLDER]
    (folder / "wanted").touch()
    deadline = time.monotonic() + 2 * READY_SECONDS
    while not (folder / "servers.json").exists():
        if time.monotonic() > deadline:
            pytest.fail(f"The servers of this run did not start within {2 * READY_SECONDS:.0f} seconds.")
        time.sleep(POLL_SECONDS)
    answer: dict[str, str] = json.loads((folder / "servers.json").read_text())
    if "error" in answer:
        pytest.fail(f"The servers of this run could not be started: {answer['error']}")
    return answer


def _own_servers(folder: Path, ended: threading.Event) -> None:
    def over() -> bool:  # a pytest that dies without its hooks leaves no servers either
        return ended.is_set() or not threading.main_thread().is_alive()

    def tell(answer: dict[str, str]) -> None:
        (folder / "answer").write_text(json.dumps(answer))
        (folder / "answer").rename(folder / "servers.json")

    async def until(condition: Callable[[], bool]) -> None:
        while not condition():  # noqa: ASYNC110 - other processes and threads bring it about
            await asyncio.sleep(POLL_SECONDS)

    async def own() -> None:
        await until(lambda: over() or (folder / "wanted").exists())
        if not over():
            async with postgres(folder, durable=False) as database, valkey(folder, durable=False) as keys:
                tell({"postgres": database, "valkey": keys})
                await until(over)

    try:
        asyncio.run(own())
    except BaseException as error:
        tell({"error": str(error)})
        raise
    finally:
        for path in (folder / "postgres", folder / "valkey", folder):
            shutil.rmtree(path.resolve(), ignore_errors=True)
