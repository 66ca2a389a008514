"""PostgreSQL from a wheel: it starts anywhere, keeps its data, and leaves nothing running."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import psutil
import pytest

from server.embedded import process
from server.embedded.data_folder import DataFolder
from server.embedded.errors import DataFolderInUseError, EmbeddedServerError
from server.embedded.postgres import postgres

Servers = Callable[[], list[psutil.Process]]
Owner = Callable[..., tuple[subprocess.Popen[str], str]]


async def ask(url: str, query: str) -> Any:
    connection = await asyncpg.connect(url, timeout=10)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close(timeout=10)


async def remember(url: str) -> None:
    await ask(url, "CREATE TABLE kept AS SELECT 42 AS answer")


async def remembered(url: str) -> int:
    answer: int = await ask(url, "SELECT answer FROM kept")
    return answer


async def test_a_second_start_finds_the_data_of_the_first(folder: Path) -> None:
    async with postgres(folder) as url:
        await remember(url)
    async with postgres(folder) as url:
        assert await remembered(url) == 42


async def test_text_is_unicode_and_time_is_utc_whatever_the_machine_says(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "POSIX")
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    monkeypatch.setenv("PGDATA", "/nonexistent")
    monkeypatch.setenv("PGSSLMODE", "require")
    async with postgres(folder, durable=False) as url:
        monkeypatch.delenv("PGSSLMODE")

        assert await ask(url, "SELECT upper('žluť')") == "ŽLUŤ"
        assert await ask(url, "SELECT current_setting('timezone')") == "UTC"


async def test_data_is_safe_from_a_crash_unless_it_is_thrown_away_anyway(folder: Path) -> None:
    async with postgres(folder) as url:
        assert await ask(url, "SELECT current_setting('fsync')") == "on"
    async with postgres(folder, durable=False) as url:
        assert await ask(url, "SELECT current_setting('fsync')") == "off"


async def test_only_the_role_with_its_password_gets_in(folder: Path) -> None:
    async with postgres(folder, durable=False) as url:
        port = urlsplit(url).port
        with pytest.raises(asyncpg.InvalidPasswordError):
            await ask(f"postgresql://boxoffice:guess@127.0.0.1:{port}/boxoffice", "SELECT 1")
        with pytest.raises(asyncpg.InvalidAuthorizationSpecificationError):
            await ask(f"postgresql://postgres@127.0.0.1:{port}/postgres", "SELECT 1")


async def test_the_role_is_bound_by_row_level_security_and_may_create_databases(folder: Path) -> None:
    async with postgres(folder, durable=False) as url:
        rights = "SELECT (rolsuper, rolbypassrls, rolcreatedb) FROM pg_roles WHERE rolname = current_user"

        assert await ask(url, rights) == (False, False, True)


async def test_a_lost_password_is_replaced(folder: Path) -> None:
    async with postgres(folder) as url:
        await remember(url)
    (folder / "postgres" / "password").unlink()
    async with postgres(folder) as url:
        assert await remembered(url) == 42


async def test_data_that_was_removed_by_hand_begins_anew(folder: Path) -> None:
    async with postgres(folder, durable=False):
        pass
    shutil.rmtree(folder / "postgres" / "data")
    async with postgres(folder, durable=False) as url:
        assert await ask(url, "SELECT 1") == 1


async def test_two_run_at_once_on_two_folders(folder: Path) -> None:
    async with postgres(folder / "one", durable=False) as one, postgres(folder / "two", durable=False) as two:
        await remember(one)

        assert await ask(two, "SELECT to_regclass('kept')") is None


async def test_a_second_start_on_the_same_folder_is_refused_and_names_the_process(folder: Path) -> None:
    async with postgres(folder, durable=False):
        with pytest.raises(DataFolderInUseError, match=rf"in use by the process {os.getpid()}\."):
            async with postgres(folder, durable=False):
                pass


async def test_nothing_is_left_running_when_the_body_fails(folder: Path, servers_on: Servers) -> None:
    async def fail() -> None:
        async with postgres(folder, durable=False):
            assert servers_on()
            raise RuntimeError("the body")

    with pytest.raises(RuntimeError, match="the body"):
        await fail()

    assert not servers_on()


async def test_a_server_that_does_not_stop_is_killed_with_all_its_processes(
    folder: Path, servers_on: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "STOP_SECONDS", 0.2)
    async with postgres(folder, durable=False):
        for server in servers_on():
            server.suspend()

    assert not servers_on()


async def test_ctrl_c_in_a_terminal_leaves_it_to_the_owner_to_stop_the_server(
    folder: Path, owner: Owner, servers_on: Servers
) -> None:
    program, url = owner("postgres")
    await remember(url)
    os.killpg(program.pid, signal.SIGINT)
    output, _ = program.communicate(timeout=30)

    assert output == "stopped\n"
    assert not servers_on()
    assert "database system is shut down" in (folder / "postgres" / "log").read_text()


async def test_the_server_of_a_killed_owner_is_stopped_and_its_data_kept(
    folder: Path, owner: Owner, servers_on: Servers
) -> None:
    program, url = owner("postgres")
    await remember(url)
    program.kill()
    program.wait(timeout=10)
    orphans = servers_on()
    assert orphans

    async with postgres(folder) as url:
        assert await remembered(url) == 42
        assert not set(orphans) & set(servers_on())


WITHOUT_A_COMMAND_LINE = """
import ctypes, mmap, time
from pathlib import Path

Path("/proc/self/comm").write_text("postgres")
start, end = map(int, Path("/proc/self/stat").read_text().rpartition(")")[2].split()[45:47])
first = start - start % mmap.PAGESIZE
assert ctypes.CDLL(None).munmap(ctypes.c_void_p(first), ctypes.c_size_t(end - first)) == 0
print("here", flush=True)
time.sleep(60)
"""
"""Lets go of the memory that its arguments are in, as the kernel does for every process that ends."""


@pytest.fixture
def ending(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process of PostgreSQL's name on the folder whose command line is gone already."""
    if sys.platform != "linux":
        pytest.skip("command lines are read from /proc")
    (folder / "postgres" / "data").mkdir(parents=True)
    command = [sys.executable, "-c", WITHOUT_A_COMMAND_LINE]
    with subprocess.Popen(command, cwd=folder / "postgres" / "data", stdout=subprocess.PIPE) as program:
        assert program.stdout is not None
        assert program.stdout.readline() == b"here\n"
        yield program
        program.kill()


async def test_a_process_that_is_about_to_end_is_waited_for(
    folder: Path, ending: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "STOP_SECONDS", 0.2)
    home = DataFolder(folder / "postgres", None)
    await process.stop_strays(home, "postgres", signal.SIGINT)
    assert ending.wait(timeout=10) == -signal.SIGKILL  # in vain, and so ended


async def test_the_server_of_a_killed_owner_is_found_without_the_right_to_trace(
    folder: Path, owner: Owner, servers_on: Servers, as_root: None
) -> None:
    if not shutil.which("setpriv"):
        pytest.skip("needs setpriv of util-linux to give up a capability")
    program, url = owner("postgres")
    await remember(url)
    program.kill()
    program.wait(timeout=10)
    orphans = servers_on()
    _, url = owner("postgres", "setpriv", "--bounding-set=-sys_ptrace", "--inh-caps=-sys_ptrace")

    assert await remembered(url) == 42
    assert not set(orphans) & set(servers_on())


async def test_data_survives_the_kill_of_every_process(folder: Path, owner: Owner, servers_on: Servers) -> None:
    program, url = owner("postgres")
    await remember(url)
    program.kill()
    program.wait(timeout=10)
    for server in servers_on():
        server.kill()
    async with postgres(folder) as url:
        assert await remembered(url) == 42


async def test_data_survives_the_kill_of_the_postmaster_alone(folder: Path, servers_on: Servers) -> None:
    async with postgres(folder) as url:
        await remember(url)
        next(server for server in servers_on() if server.cmdline()[1:2] == ["-D"]).kill()
    async with postgres(folder) as url:
        assert await remembered(url) == 42


async def test_a_stale_pid_file_that_names_a_living_process_does_no_harm(
    folder: Path, sleeper: subprocess.Popen[bytes]
) -> None:
    async with postgres(folder) as url:
        await remember(url)
    data = folder / "postgres" / "data"
    (data / "postmaster.pid").write_text(f"{sleeper.pid}\n{data}\n0\n1\n\n127.0.0.1\n0 0\nready\n")
    async with postgres(folder) as url:
        assert await remembered(url) == 42
    assert sleeper.poll() is None


@pytest.fixture
def sleeper(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process of the user that runs the servers, and no server."""
    user = "nobody" if os.geteuid() == 0 else None
    with subprocess.Popen(["sleep", "60"], user=user, cwd="/") as process:
        yield process
        process.kill()


async def test_an_interrupted_first_start_leaves_nothing_in_the_way(folder: Path) -> None:
    half_made = folder / "postgres" / "data.new"
    half_made.mkdir(parents=True)
    (half_made / "PG_VERSION").write_text("18\n")
    async with postgres(folder, durable=False) as url:
        assert await ask(url, "SELECT 1") == 1


async def test_data_of_another_major_version_is_refused(folder: Path) -> None:
    async with postgres(folder, durable=False):
        pass
    (folder / "postgres" / "data" / "PG_VERSION").write_text("17\n")
    with pytest.raises(EmbeddedServerError, match="is of PostgreSQL 17, and this is PostgreSQL 18"):
        async with postgres(folder, durable=False):
            pass


async def test_a_server_that_cannot_start_says_why(folder: Path) -> None:
    async with postgres(folder, durable=False):
        pass
    (folder / "postgres" / "data" / "postgresql.auto.conf").write_text("no_such_setting = 1\n")
    with pytest.raises(EmbeddedServerError, match="unrecognized configuration parameter"):
        async with postgres(folder, durable=False):
            pass


async def test_a_port_that_was_taken_meanwhile_is_given_up_for_another(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listener = await asyncio.start_server(lambda _reader, writer: writer.close(), "127.0.0.1", 0)
    taken = listener.sockets[0].getsockname()[1]
    choose = process._free_port
    choices = iter([taken, choose()])
    monkeypatch.setattr(process, "_free_port", lambda: next(choices))
    async with listener, postgres(folder, durable=False) as url:
        assert urlsplit(url).port != taken
        assert await ask(url, "SELECT 1") == 1
