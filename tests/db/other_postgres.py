"""Run the tests of the database room on another PostgreSQL than the one in the wheel, such as the oldest supported.

    python tests/db/other_postgres.py /usr/lib/postgresql/15/bin [arguments for pytest]

The folder holds `initdb` and `postgres`. The server runs on a free port of 127.0.0.1, on data in a temporary folder, as
an ordinary user (as `postgres`, or else `nobody`, when root asks), and is gone at the end.
"""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 60.0
"""How long the server may take to start, and to stop."""
SETTINGS = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off", "max_connections=100")
"""As the server from the wheel has them in tests."""


def main() -> int:
    """Start the server, run pytest, and end with its exit code."""
    if len(sys.argv) < 2:
        sys.stderr.write(__doc__ or "")
        return 2
    with (
        tempfile.TemporaryDirectory(prefix="boxoffice-other-postgres-") as name,
        server(Path(sys.argv[1]), Path(name)) as url,
    ):
        command = [sys.executable, "-m", "pytest", "tests/db", "-q", *sys.argv[2:]]
        environment = {**os.environ, "BOXOFFICE_TEST_POSTGRES_URL": url}
        return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode


@contextmanager
def server(programs: Path, folder: Path) -> Iterator[str]:
    """The URL of a superuser of a new server."""
    account = _account()
    data = folder / "data"
    if account is not None:
        shutil.chown(folder, account)
    initdb = [programs / "initdb", f"--pgdata={data}", "--username=postgres", "--auth=trust", "--encoding=UTF8"]
    subprocess.run(
        [*initdb, "--locale=C", "--no-sync"], user=account, stdout=subprocess.DEVNULL, check=True, timeout=SECONDS
    )
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = ("listen_addresses=127.0.0.1", f"port={port}", "unix_socket_directories=", *SETTINGS)
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [programs / "postgres", "-D", data, *(part for each in settings for part in ("-c", each))],
            user=account,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        deadline = time.monotonic() + SECONDS
        while subprocess.run(
            [programs / "pg_isready", "-h", "127.0.0.1", "-p", str(port)], stdout=subprocess.DEVNULL, check=False
        ).returncode:
            if process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit((folder / "log").read_text())
            time.sleep(0.1)
        yield f"postgresql://postgres@127.0.0.1:{port}/postgres"
    finally:
        process.terminate()
        try:
            process.wait(SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(SECONDS)


def _account() -> str | None:
    """Whom the server runs as, when root starts it: PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in known else "nobody"


if __name__ == "__main__":
    sys.exit(main())
