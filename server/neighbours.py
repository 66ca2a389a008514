"""The servers this one stands on: those the settings name, or ones it starts by itself.

While servers of its own run, `DATA_FOLDER/running.json` (readable by its owner alone) says where, so that `boxoffice
seed` or `import` in another terminal reaches the database of a `boxoffice serve` that is under way.
"""

from __future__ import annotations

import asyncio
import json
import os
import secrets
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from pydantic import SecretStr

from db.database import DatabaseOptions
from server.embedded.errors import DataFolderInUseError
from server.embedded.postgres import postgres
from server.embedded.valkey import valkey
from server.settings import Settings

_RUNNING = "running.json"
_KEY_FILE = "secret_key"


@asynccontextmanager
async def neighbours(settings: Settings, *, share: bool = False) -> AsyncIterator[Settings]:
    """Start what the settings leave out, and fill in where it is; stop it at the end.

    Args:
        settings: as the operator gave them.
        share: where a `boxoffice serve` already runs servers on the data folder, use those.

    Yields:
        The settings with `database_url`, `redis_url` and `secret_key` set.

    Raises:
        EmbeddedServerError: a server cannot be started, or another process runs one on the same data folder.
    """
    folder = settings.data_folder.resolve()
    async with AsyncExitStack() as stack:
        found: dict[str, SecretStr] = {}
        try:
            if settings.database_url is None:
                url = await stack.enter_async_context(postgres(folder))
                # Whatever PGSSLMODE says of other servers: this one speaks on the loopback alone.
                found["database_url"] = SecretStr(f"{url}?sslmode=disable")
            if settings.redis_url is None:
                found["redis_url"] = SecretStr(await stack.enter_async_context(valkey(folder)))
        except DataFolderInUseError:
            shared = _read_running(folder) if share else None
            if shared is None:
                raise
            found = {name: SecretStr(url) for name, url in shared.items()}
        else:
            if found:
                await asyncio.to_thread(_write_running, folder, found)
                stack.callback((folder / _RUNNING).unlink, missing_ok=True)
        yield (await with_secret_key(settings)).model_copy(update=found)


async def with_secret_key(settings: Settings) -> Settings:
    """The settings with `secret_key` set: the one they have, or that of the installation in the data folder."""
    if settings.secret_key is not None:
        return settings
    key = await asyncio.to_thread(_secret_key, settings.data_folder.resolve())
    return settings.model_copy(update={"secret_key": SecretStr(key)})


def _read_running(folder: Path) -> dict[str, str] | None:
    try:
        urls: dict[str, str] = json.loads((folder / _RUNNING).read_text())
    except (FileNotFoundError, ValueError):
        return None
    return urls


def _write_running(folder: Path, urls: dict[str, SecretStr]) -> None:
    text = json.dumps({name: url.get_secret_value() for name, url in urls.items()})
    _write_private(folder / _RUNNING, text)


def _secret_key(folder: Path) -> str:
    """The key of an installation that has its data here: made once, kept beside it."""
    file = folder / _KEY_FILE
    if not file.exists():
        _write_private(file, secrets.token_hex(32))
    return file.read_text()


def _write_private(file: Path, text: str) -> None:
    """Write a file that nobody but its owner ever sees, whole or not at all."""
    new = file.with_suffix(f".{os.getpid()}.new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
        stream.write(text)
    new.replace(file)


def database_options(settings: Settings) -> DatabaseOptions:
    """How the settings say that the database is reached."""
    assert settings.database_url is not None, "filled in before anything asks"
    return DatabaseOptions(
        url=settings.database_url.get_secret_value(),
        pool_size=settings.database_pool_size,
        writers=settings.database_write_pool_size,
        timeout=settings.database_timeout_seconds,
        prepared_statements=settings.database_prepared_statements,
    )
