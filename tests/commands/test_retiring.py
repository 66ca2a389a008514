"""Ending releases: who would break is told, and force is needed where anyone would."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from typing import Any

import pytest

from commands import clients, registry, retiring
from commands.registering import Author
from db.database import Database, DatabaseOptions, open_database
from db.statements.registry import LOG, RELEASES
from db.usage import add_usage
from domain.registry import POLICIES
from persisted_queries.compiling import Candidate
from persisted_queries.usage import Called, Usage
from schema.target import target

PERSON = Author("someone")
COUNT = Candidate("Count", "query Count { functions { totalCount } }")
NAMES = Candidate("Names", "query Names($n: Int) { functions(first: $n) { nodes { name } } }")
DAY = dt.timedelta(days=1)


@pytest.fixture
async def web(database_url: str) -> AsyncIterator[Database]:
    """A database with the client `web`, of which 1.0 has `Count` and `Names`, and 1.1 `Count`."""
    async with open_database(DatabaseOptions(database_url, pool_size=4)) as database:
        await clients.create_client(database, "web", POLICIES["ids-only"], PERSON)
        await registry.publish(database, target(), "web", "1.0", [COUNT, NAMES], PERSON)
        await registry.publish(database, target(), "web", "1.1", [COUNT], PERSON)
        yield database


async def call(database: Database, *called: Called, ago: dt.timedelta = DAY) -> None:
    at = dt.datetime.now(dt.UTC) - ago
    usage = Usage(at.timestamp)
    for each in called:
        usage.answered(each, 0.01, failed=False)
    await usage.flush(lambda rows: add_usage(database, rows))


async def newest(database: Database) -> dict[str, Any]:
    (row,) = await database.fetch(LOG, {"client": None, "most": 1})
    return dict(row)


async def state(database: Database, release: str) -> str:
    (found,) = [row["state"] for row in await database.fetch(RELEASES, {}) if row["name"] == release]
    return found


async def test_a_dry_run_tells_who_would_break_and_does_nothing(web: Database) -> None:
    await call(web, *[Called("web", "1.0", "Names")] * 6)
    await call(web, Called("web", "1.0", "Names"), ago=40 * DAY)
    await call(web, Called("web", "1.0", "Count", by_release=True), Called("web", "1.0", "Count"))
    await call(web, *[Called("web", "1.1", "Count")] * 6, *[Called()] * 14)
    before = await newest(web)

    told = await retiring.retire(web, "web", "1.0", PERSON, dry_run=True)

    assert (told.lost, told.kept) == (("Names",), ("Count",))
    assert {each.public_id: each.calls for each in told.in_use} == {"Names": 6, "Count": 1}
    assert (told.calls, told.calls_per_day) == (7, 0.23)
    assert (told.share_of_client, told.share_of_all) == (7 / 14, 7 / 28)
    assert told.last_seen is not None
    assert dt.datetime.now(dt.UTC) - told.last_seen < 1.1 * DAY
    assert told.objections == ("it was called 7 times within 30 days",)
    assert await state(web, "1.0") == "active"
    assert await newest(web) == before


async def test_retiring_what_is_in_use_needs_force_and_leaves_the_figures_in_the_log(web: Database) -> None:
    await call(web, Called("web", "1.0", "Names"), Called("web", "1.1", "Count"))

    with pytest.raises(retiring.StillServed, match=r"called 1 time within 30 days.*--force"):
        await retiring.retire(web, "web", "1.0", PERSON)
    assert await state(web, "1.0") == "active"
    await retiring.retire(web, "web", "1.0", PERSON, force=True)

    assert await state(web, "1.0") == "retired"
    details = (await newest(web))["details"]
    assert details["forced"] == ["it was called 1 time within 30 days"]
    assert (details["before"], details["lost"], details["calls"]) == ("active", 1, 1)
    assert (details["share_of_client"], details["share_of_all"]) == (0.5, 0.5)
    with pytest.raises(registry.InvalidTransition, match="is retired"):
        await registry.activate(web, "web", "1.0", PERSON)


async def test_what_was_never_called_is_in_use_while_it_is_young(web: Database) -> None:
    with pytest.raises(retiring.StillServed, match="younger"):
        await retiring.retire(web, "web", "1.0", PERSON)


async def test_calls_that_another_release_answers_are_no_objection(web: Database) -> None:
    await call(web, Called("web", "1.0", "Count"))
    await registry.deprecate(web, "web", "1.0", PERSON, sunset=dt.datetime.now(dt.UTC) + dt.timedelta(milliseconds=300))
    await asyncio.sleep(0.4)

    retirement = await retiring.retire(web, "web", "1.0", PERSON)

    assert (retirement.objections, retirement.calls) == ((), 0)


async def test_what_is_called_past_its_sunset_needs_force(web: Database) -> None:
    await call(web, Called("web", "1.0", "Names"))
    await registry.deprecate(web, "web", "1.0", PERSON, sunset=dt.datetime.now(dt.UTC) + dt.timedelta(milliseconds=300))
    await asyncio.sleep(0.4)

    with pytest.raises(retiring.StillServed, match="called 1 time"):
        await retiring.retire(web, "web", "1.0", PERSON)


async def test_what_is_pinned_is_not_retired(web: Database) -> None:
    await registry.pin(web, "web", "1.0", PERSON, pinned=True)

    with pytest.raises(retiring.Pinned):
        await retiring.retire(web, "web", "1.0", PERSON, force=True)

    await registry.pin(web, "web", "1.0", PERSON, pinned=False)
    await retiring.retire(web, "web", "1.0", PERSON, force=True)
    entries = await web.fetch(LOG, {"client": None, "most": 3})
    assert [entry["action"] for entry in entries] == ["retire", "unpin", "pin"]
