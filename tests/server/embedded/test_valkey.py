"""Valkey from a wheel: it starts anywhere, keeps its keys, and leaves nothing running."""

import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import AuthenticationError

from server.embedded.errors import DataFolderInUseError
from server.embedded.valkey import DATABASES, valkey

Servers = Callable[[], list[psutil.Process]]
Owner = Callable[..., tuple[subprocess.Popen[str], str]]


async def remember(url: str) -> None:
    async with Redis.from_url(url) as client:
        await client.set("kept", "42")


async def remembered(url: str) -> str | None:
    async with Redis.from_url(url, decode_responses=True) as client:
        value: str | None = await client.get("kept")
        return value


async def test_a_second_start_finds_the_keys_of_the_first(folder: Path) -> None:
    async with valkey(folder) as url:
        await remember(url)
    async with valkey(folder) as url:
        assert await remembered(url) == "42"


async def test_keys_that_need_not_last_do_not(folder: Path) -> None:
    async with valkey(folder, durable=False) as url:
        await remember(url)
    async with valkey(folder, durable=False) as url:
        assert await remembered(url) is None


async def test_only_who_has_the_password_gets_in(folder: Path) -> None:
    at_once = Retry(NoBackoff(), retries=0)
    async with valkey(folder, durable=False) as url, Redis(port=urlsplit(url).port or 0, retry=at_once) as client:
        with pytest.raises(AuthenticationError):
            await client.get("kept")


async def test_there_is_a_database_for_every_worker(folder: Path) -> None:
    async with valkey(folder, durable=False) as url:
        last = urlsplit(url)._replace(path=f"/{DATABASES - 1}").geturl()
        await remember(last)

        assert (await remembered(last), await remembered(url)) == ("42", None)


async def test_two_run_at_once_on_two_folders(folder: Path) -> None:
    async with valkey(folder / "one", durable=False) as one, valkey(folder / "two", durable=False) as two:
        await remember(one)

        assert await remembered(two) is None


async def test_a_second_start_on_the_same_folder_is_refused_and_names_the_process(folder: Path) -> None:
    async with valkey(folder, durable=False):
        with pytest.raises(DataFolderInUseError, match=rf"in use by the process {os.getpid()}\."):
            async with valkey(folder, durable=False):
                pass


async def test_ctrl_c_in_a_terminal_leaves_it_to_the_owner_to_stop_the_server(
    owner: Owner, servers_on: Servers, folder: Path
) -> None:
    program, url = owner("valkey")
    await remember(url)
    os.killpg(program.pid, signal.SIGINT)
    output, _ = program.communicate(timeout=30)

    assert output == "stopped\n"
    assert not servers_on()
    async with valkey(folder) as url:
        assert await remembered(url) == "42"


async def test_the_server_of_a_killed_owner_is_stopped_and_its_keys_kept(
    folder: Path, owner: Owner, servers_on: Servers
) -> None:
    program, url = owner("valkey")
    await remember(url)
    program.kill()
    program.wait(timeout=10)
    (orphan,) = servers_on()
    async with valkey(folder) as url:
        assert await remembered(url) == "42"
        assert orphan not in servers_on()
