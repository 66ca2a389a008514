"""One spelling of a database's address for every user of it."""

import pytest

from db.urls import asyncpg_dsn, parse


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+asyncpg"])
def test_every_usual_scheme_becomes_the_drivers_own(scheme: str) -> None:
    assert asyncpg_dsn(f"{scheme}://user@host:5433/shop") == "postgresql://user@host:5433/shop"


def test_passwords_and_options_are_kept() -> None:
    url = "postgresql://user:p%40ss%2Fword@host/shop?sslmode=verify-full"

    assert asyncpg_dsn(url) == url


def test_a_password_is_not_shown_by_accident() -> None:
    assert "secret" not in repr(parse("postgresql://user:secret@host/shop"))


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("", "not a URL"),
        ("shop", "not a URL"),
        ("postgresql://host:port/shop", "not a URL"),
        ("mysql://host/shop", "'mysql' is not PostgreSQL's"),
        ("postgresql+psycopg://host/shop", r"'postgresql\+psycopg' is not PostgreSQL's"),
        ("postgresql://host", "names no database"),
        ("postgresql://host/", "names no database"),
    ],
)
def test_anything_else_is_refused_with_what_would_be_right(url: str, why: str) -> None:
    with pytest.raises(ValueError, match=f"{why}.*expected postgresql://"):
        parse(url)
