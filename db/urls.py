"""One spelling of a database's address for every user of it."""

from __future__ import annotations

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

SQLALCHEMY_DRIVER = "postgresql+asyncpg://"
"""SQLAlchemy's name for asyncpg; where to connect to is told to asyncpg itself."""

SCHEMES = frozenset({"postgres", "postgresql", "postgresql+asyncpg"})


def parse(database_url: str) -> URL:
    """Read a PostgreSQL URL.

    Raises:
        ValueError: it is not a URL, or not one of PostgreSQL.
    """
    try:
        url = make_url(database_url)
    except (ArgumentError, ValueError) as error:
        raise ValueError("not a URL; expected postgresql://user:password@host:5432/database") from error
    if url.drivername not in SCHEMES:
        raise ValueError(f"scheme {url.drivername!r} is not PostgreSQL's; expected postgresql://…")
    if not url.database:
        raise ValueError("names no database; expected postgresql://user:password@host:5432/database")
    return url


def asyncpg_dsn(database_url: str) -> str:
    """The URL as asyncpg reads it, password, `sslmode` and all; SQLAlchemy is handed the same (`connect_args`)."""
    return parse(database_url).set(drivername="postgresql").render_as_string(hide_password=False)
