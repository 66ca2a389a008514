"""Collecting: what nobody uses ends, what ended and is not asked for is let go, what is pinned stays."""

import datetime as dt
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text

from commands import clients, collecting, registry, retiring
from commands.collecting import Collected, Why
from commands.registering import Author
from db.database import Database, DatabaseOptions, open_database
from db.statements.registry import LOG, RELEASES
from db.usage import add_usage
from domain.registry import POLICIES
from persisted_queries.compiling import Candidate
from persisted_queries.loading import load_registry
from persisted_queries.usage import Called, Usage
from schema.target import target

PERSON = Author("someone")
COUNT = Candidate("Count", "query Count { functions { totalCount } }")
NAMES = Candidate("Names", "query Names { functions { nodes { name } } }")
DAY = dt.timedelta(days=1)
SPAN = 30 * DAY


@pytest.fixture
async def web(database_url: str) -> AsyncIterator[Database]:
    """A database with the client `web`, of which usage is known for as long as it takes."""
    async with open_database(DatabaseOptions(database_url, pool_size=4)) as database:
        await clients.create_client(database, "web", POLICIES["ids-only"], PERSON)
        await call(database, Called(), ago=100 * DAY)
        yield database


async def publish(database: Database, release: str, *operations: Candidate, ago: dt.timedelta, **more: bool) -> None:
    await registry.publish(database, target(), "web", release, operations, PERSON, **more)
    await age(database, release, "published_at", ago)


async def age(database: Database, release: str, column: str, ago: dt.timedelta) -> None:
    async with database.write() as connection:
        values = {"at": dt.datetime.now(dt.UTC) - ago, "name": release}
        await connection.execute(text(f"UPDATE releases SET {column} = :at WHERE name = :name"), values)  # noqa: S608 - one of two columns


async def call(database: Database, called: Called, *, ago: dt.timedelta, refused: bool = False) -> None:
    usage = Usage((dt.datetime.now(dt.UTC) - ago).timestamp)
    if refused:
        usage.refused(called)
    else:
        usage.answered(called, 0.01, failed=False)
    await usage.flush(lambda rows: add_usage(database, rows))


async def states(database: Database) -> dict[str, str]:
    return {row["name"]: row["state"] for row in await database.fetch(RELEASES, {})}


async def collect(database: Database, *, dry_run: bool = False) -> tuple[Collected, ...]:
    return await collecting.collect(database, PERSON, unused_for=SPAN, dry_run=dry_run)


async def test_what_nobody_uses_is_retired_and_noted(web: Database) -> None:
    await publish(web, "pending", COUNT, ago=40 * DAY, activate=False)
    await publish(web, "unused", COUNT, ago=40 * DAY)
    await publish(web, "used", COUNT, ago=40 * DAY)
    await publish(web, "pinned", COUNT, ago=40 * DAY)
    await publish(web, "young", NAMES, ago=20 * DAY)
    await publish(web, "newest", COUNT, ago=10 * DAY)
    await registry.pin(web, "web", "pinned", PERSON, pinned=True)
    await call(web, Called("web", "unused", "Count"), ago=35 * DAY)
    await call(web, Called("web", "used", "Count"), ago=25 * DAY)

    would = await collect(web, dry_run=True)
    before = await states(web)
    did = await collect(web)

    assert would == did == (Collected("web", "pending", Why.NEVER_SERVED), Collected("web", "unused", Why.UNUSED))
    assert set(before.values()) == {"pending", "active"}
    after = await states(web)
    assert {name for name, state in after.items() if state == "retired"} == {"pending", "unused"}
    entries = await web.fetch(LOG, {"client": "web", "most": 2})
    assert [(each["action"], each["release"], each["details"]["why"]) for each in entries] == [
        ("collect", "unused", "unused"),
        ("collect", "pending", "never served"),
    ]


async def test_the_newest_that_is_served_stays_though_nobody_calls_it(web: Database) -> None:
    await publish(web, "only", COUNT, ago=90 * DAY)

    assert await collect(web) == ()


async def test_what_ended_lets_its_operations_go_once_it_is_not_asked_for(web: Database) -> None:
    for name, operation in (("ended", NAMES), ("asked-for", COUNT)):
        await publish(web, name, operation, ago=90 * DAY)
        await retiring.retire(web, "web", name, PERSON, force=True)
        await age(web, name, "retired_at", 40 * DAY)
    await call(web, Called("web", "asked-for", "Count"), ago=2 * DAY, refused=True)

    assert await collect(web) == (Collected("web", "ended", Why.ENDED, 1),)

    loaded = await load_registry(web, target())
    client = loaded.clients["web"].client_id
    assert loaded.find(client, "Names") is None
    assert loaded.find(client, "Count") is not None
    assert await states(web) == {"ended": "retired", "asked-for": "retired"}
    assert await collect(web) == ()
    again = await registry.publish(web, target(), "web", "ended", [NAMES], PERSON)
    assert not again.is_new


async def test_where_usage_is_not_known_for_so_long_nothing_is_taken_to_be_unused(web: Database) -> None:
    async with web.write() as connection:
        await connection.execute(text("DELETE FROM operation_usage"))
    await call(web, Called(), ago=5 * DAY)
    await publish(web, "old", COUNT, ago=90 * DAY)
    await publish(web, "newest", COUNT, ago=80 * DAY)

    assert await collect(web) == ()
