"""Migrations: up, down, and where the database stands."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from db.roles import provision, withdraw
from db.urls import SQLALCHEMY_DRIVER, asyncpg_dsn

LOCK_KEY = 0x626F786F
"""The advisory lock that lets one migration run at a time, however many processes start together."""

LOCK_TIMEOUT = "60s"
"""How long a migration waits for another one, or for a table that is in use."""


def alembic_config() -> Config:
    """Alembic's configuration, without an ini file."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    return config


def head() -> str:
    """The newest revision that this program knows."""
    revision = ScriptDirectory.from_config(alembic_config()).get_current_head()
    if revision is None:
        raise RuntimeError("db/migrations/versions holds no migration")
    return revision


def upgrade(database_url: str, revision: str = "head") -> None:
    """Bring the database up to `revision`. Safe to call from several processes at once.

    Raises:
        sqlalchemy.exc.DBAPIError: the database refused, or another migration held the lock for longer than a minute.
        RolesMissing: the roles that requests are served under are not there, and this one may not make them.
    """
    _run(database_url, lambda config: command.upgrade(config, revision), provision)


def downgrade(database_url: str, revision: str) -> None:
    """Take the database back to `revision`; `base` removes every table."""
    _run(database_url, lambda config: command.downgrade(config, revision), withdraw, ahead=True)


def current(database_url: str) -> str | None:
    """The revision that the database stands at, or None before the first migration."""

    async def ask() -> str | None:
        engine = _engine(database_url)
        try:
            async with engine.connect() as connection:
                return await connection.run_sync(
                    lambda sync: MigrationContext.configure(sync).get_current_revision(),
                )
        finally:
            await engine.dispose()

    return asyncio.run(ask())


def _engine(database_url: str) -> AsyncEngine:
    return create_async_engine(SQLALCHEMY_DRIVER, poolclass=NullPool, connect_args={"dsn": asyncpg_dsn(database_url)})


def _run(
    database_url: str, action: Callable[[Config], None], secure: Callable[[Connection], None], *, ahead: bool = False
) -> None:
    def locked(connection: Connection) -> None:
        connection.execute(text(f"SET lock_timeout = '{LOCK_TIMEOUT}'"))
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": LOCK_KEY})
        connection.commit()
        try:
            config = alembic_config()
            config.attributes["connection"] = connection
            if ahead:
                secure(connection)
                connection.commit()
            action(config)
            # What is declared of roles and rows fits the newest tables alone.
            if not ahead and MigrationContext.configure(connection).get_current_revision() == head():
                secure(connection)
            connection.commit()
        finally:
            connection.rollback()
            connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": LOCK_KEY})
            connection.commit()

    async def go() -> None:
        engine = _engine(database_url)
        try:
            async with engine.connect() as connection:
                await connection.run_sync(locked)
        finally:
            await engine.dispose()

    asyncio.run(go())
