import datetime as dt
from collections.abc import AsyncIterator
from dataclasses import replace

import asyncpg
import pytest

from commands import seed as seeding
from commands.seed import AlreadySeeded, SeedInProgress, SeedPlan, seed
from commands.seeding.tables import COLUMNS
from db.database import Database, DatabaseOptions, open_database
from domain.errors import InvalidArgument
from tests.plugins.graph import Graph

PLAN = SeedPlan(functions=6, events_per_function=25, organisations=4, random_seed=3)

TABLES = {
    "organisations": "organisations",
    "functions": "functions",
    "events": "events",
    "tickets": "event_tickets",
    "pools": "capacity_pools",
    "packages": "packages",
    "package_items": "package_items",
}


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    async with open_database(DatabaseOptions(database_url, pool_size=2)) as database:
        yield database


@pytest.fixture
async def plain(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(database_url)
    yield connection
    await connection.close()


@pytest.fixture
def indexes_last(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a large plan does on empty tables."""
    monkeypatch.setattr(seeding, "WORTHWHILE", 0)


async def contents(plain: asyncpg.Connection) -> dict[str, list[str]]:
    """Every row of every table that is seeded, as text."""
    found = {}
    for table in COLUMNS:
        name = table.__tablename__
        rows = await plain.fetch(f"SELECT t::text AS row FROM {name} AS t")  # noqa: S608 - names from the models
        found[name] = sorted(row["row"] for row in rows)
    return found


async def count_rows(plain: asyncpg.Connection) -> dict[str, int]:
    counted = {}
    for kind, table in TABLES.items():
        counted[kind] = await plain.fetchval(f"SELECT count(*) FROM {table}")  # noqa: S608 - named above
    return counted


async def definitions(plain: asyncpg.Connection) -> list[str]:
    rows = await plain.fetch(
        "SELECT indexdef AS definition FROM pg_indexes WHERE schemaname = 'public' UNION ALL "
        "SELECT conrelid::regclass || conname || pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'f'"
    )
    return sorted(row["definition"] for row in rows)


async def test_the_same_plan_makes_the_same_rows_byte_for_byte(
    database: Database, plain: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    await seed(database, PLAN)
    first = await contents(plain)
    for table in reversed(first):
        await plain.execute(f"DELETE FROM {table}")  # noqa: S608 - names from the models
    monkeypatch.setattr(seeding, "WORTHWHILE", 0)
    monkeypatch.setattr(seeding, "CHUNK", 7)
    await seed(database, PLAN)

    assert await contents(plain) == first


async def test_there_are_as_many_rows_as_it_says(database: Database, plain: asyncpg.Connection) -> None:
    counts = await seed(database, PLAN)

    found = await count_rows(plain)
    assert found == {kind: getattr(counts, kind) for kind in TABLES}
    assert found == {
        "organisations": 4,
        "functions": 6,
        "events": 150,
        "tickets": 300,
        "pools": 150,
        "packages": 12,
        "package_items": 36,
    }
    assert str(counts) == (
        "4 organisations, 6 functions, 150 events, 300 tickets, 150 pools, 12 packages and 36 package items"
    )


async def test_every_row_that_is_public_is_reached_through_the_api(graph: Graph, plain: asyncpg.Connection) -> None:
    await seed(graph.owner, PLAN)
    data = await graph.data(
        """{ functions(first: 100) { totalCount nodes {
               organisation { slug }
               packages { nodes { price { amount } items { quantity allocatedPrice { amount } ticket { id } } } }
               events(first: 100) { totalCount nodes {
                 id hierarchy { source } childEvents(first: 10) { id }
                 tickets { totalCount nodes { price { amount currency } availability { state } } } } } } }
             events { totalCount } }"""
    )
    functions = data["functions"]["nodes"]
    events = [event for function in functions for event in function["events"]["nodes"]]
    tickets = [ticket for event in events for ticket in event["tickets"]["nodes"]]
    packages = [package for function in functions for package in function["packages"]["nodes"]]

    published = await plain.fetchval("SELECT count(*) FROM events WHERE is_published")
    assert 0 < published < 150
    assert data["functions"]["totalCount"] == len(functions) == 6
    assert all(function["organisation"] for function in functions)
    assert data["events"]["totalCount"] == len(events) == published
    assert len(tickets) == 2 * published
    assert any(event["childEvents"] for event in events)
    assert {ticket["availability"]["state"] for ticket in tickets} >= {"AVAILABLE", "LOW", "HELD", "SOLD_OUT"}
    assert len(packages) == 12
    for package in packages:
        parts = [float(item["allocatedPrice"]["amount"]) for item in package["items"]]
        assert sum(parts) == pytest.approx(float(package["price"]["amount"]))


async def test_a_seed_that_was_used_is_refused_whatever_the_plan(database: Database, plain: asyncpg.Connection) -> None:
    await seed(database, PLAN)
    before = await contents(plain)
    other = replace(PLAN, functions=1, organisations=1, first_day=dt.date(2030, 6, 1))

    for plan in (PLAN, other):
        with pytest.raises(AlreadySeeded, match="seed 3 already; pass another --seed"):
            await seed(database, plan)
    assert await contents(plain) == before


async def test_another_seed_adds_to_what_is_there(database: Database, plain: asyncpg.Connection) -> None:
    await seed(database, PLAN)
    before = await contents(plain)
    await seed(database, replace(PLAN, random_seed=4))
    after = await contents(plain)

    for table, rows in before.items():
        assert set(rows) < set(after[table])
        assert len(after[table]) == 2 * len(rows)


async def test_indexes_built_last_are_those_that_were_there(
    database: Database, plain: asyncpg.Connection, indexes_last: None
) -> None:
    before = await definitions(plain)
    told = []
    await seed(database, PLAN, lambda what, done, total: told.append((what, done, total)))

    assert await definitions(plain) == before
    steps = [step for step in told if step[0] == "indexes"]
    assert steps[0][1] == 0
    assert steps[-1][1] == steps[-1][2] > 20


async def test_indexes_stay_where_there_are_rows_that_somebody_may_want(database: Database, indexes_last: None) -> None:
    await seed(database, PLAN)
    told = set()
    await seed(database, replace(PLAN, random_seed=4), lambda what, _done, _total: told.add(what))

    assert "indexes" not in told


async def test_progress_is_told_from_none_to_all(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seeding, "CHUNK", 100)
    told = []
    await seed(database, PLAN, lambda what, done, total: told.append((what, done, total)))

    assert [step for step in told if step[0] == "events"] == [
        ("events", 0, 150),
        ("events", 100, 150),
        ("events", 150, 150),
    ]
    assert {total for what, _, total in told if what == "tickets"} == {300}


async def test_a_failure_midway_leaves_nothing_and_every_index_in_place(
    database: Database, plain: asyncpg.Connection, indexes_last: None
) -> None:
    before = await definitions(plain)

    def fail(what: str, done: int, _total: int) -> None:
        if what == "tickets" and done:
            raise ConnectionAbortedError

    with pytest.raises(ConnectionAbortedError):
        await seed(database, PLAN, fail)
    assert not any((await contents(plain)).values())
    assert await definitions(plain) == before
    await seed(database, PLAN)


async def test_two_at_once_are_refused(database: Database, plain: asyncpg.Connection) -> None:
    async with plain.transaction():
        await plain.execute("SELECT pg_advisory_xact_lock($1)", seeding._LOCK)
        with pytest.raises(SeedInProgress, match="wait for its end"):
            await seed(database, PLAN)


@pytest.mark.parametrize(
    ("functions", "events", "tickets", "packages"),
    [(0, 0, 0, 0), (3, 0, 2, 2), (3, 2, 0, 2), (2, 1, 1, 5), (1, 2, 9, 1)],
)
async def test_small_plans_make_what_they_can(
    database: Database, plain: asyncpg.Connection, functions: int, events: int, tickets: int, packages: int
) -> None:
    plan = SeedPlan(
        functions=functions, events_per_function=events, tickets_per_event=tickets, packages_per_function=packages
    )
    counts = await seed(database, plan)

    found = await count_rows(plain)
    assert found == {kind: getattr(counts, kind) for kind in TABLES}
    assert found["packages"] == (functions * packages if events and tickets else 0)


@pytest.mark.parametrize(
    ("wrong", "least"),
    [
        ({"functions": -1}, 0),
        ({"tickets_per_event": -2}, 0),
        ({"random_seed": -1}, 0),
        ({"organisations": 0}, 1),
    ],
)
def test_a_plan_says_which_number_cannot_be(wrong: dict[str, int], least: int) -> None:
    with pytest.raises(InvalidArgument, match=f"`{next(iter(wrong))}` is .*; it must be {least} or more"):
        replace(PLAN, **wrong)
