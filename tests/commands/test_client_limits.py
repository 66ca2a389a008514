"""`boxoffice clients limits`: what a client may spend, and whether it may ask for the schema."""

import pytest

from commands.clients import create_client, rate_called, set_limits
from commands.registering import Author, UnknownClient
from db.database import DatabaseOptions, open_database
from db.statements.registry import CLIENTS
from domain.buckets import Rate
from domain.errors import InvalidArgument
from domain.registry import POLICIES
from persisted_queries.loading import load_registry
from schema.target import target

PERSON = Author("tests")
LIMITS = {"introspection": False, "rate_capacity": 70, "rate_restored": 1.5}


async def test_limits_are_written_once_and_served(database_url: str) -> None:
    async with open_database(DatabaseOptions(database_url)) as database:
        await create_client(database, "web", POLICIES["open"], PERSON)
        before = (await load_registry(database, target())).clients["web"]
        changed = [await set_limits(database, "web", PERSON, LIMITS) for _ in range(2)]
        after = await load_registry(database, target())
        rows = await database.fetch(CLIENTS, {})

    assert changed == [True, False]
    assert (before.introspection, before.rate, before.viewer_rate) == (True, None, None)
    web = after.clients["web"]
    assert (web.introspection, web.rate, web.viewer_rate) == (False, Rate(70, 1.5), None)
    assert [row["name"] for row in rows] == ["web"]


async def test_limits_go_back_to_what_they_are_by_default(database_url: str) -> None:
    async with open_database(DatabaseOptions(database_url)) as database:
        await create_client(database, "web", POLICIES["open"], PERSON)
        await set_limits(database, "web", PERSON, LIMITS)
        await set_limits(database, "web", PERSON, {"rate_capacity": None, "rate_restored": None})
        web = (await load_registry(database, target())).clients["web"]

    assert (web.introspection, web.rate) == (False, None)


async def test_a_client_that_is_not_there_has_no_limits(database_url: str) -> None:
    async with open_database(DatabaseOptions(database_url)) as database:
        with pytest.raises(UnknownClient):
            await set_limits(database, "nobody", PERSON, LIMITS)


def test_a_rate_of_the_command_line_may_be_the_default() -> None:
    assert rate_called("default") is None
    assert rate_called("10/0.5") == Rate(10, 0.5)
    with pytest.raises(InvalidArgument, match="or write `default`"):
        rate_called("10")
