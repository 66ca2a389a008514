"""The tables tell their changes, and each is read once, when it becomes visible."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from db.changes import NOTHING, read_changes, remove_changes
from db.database import Database, DatabaseOptions, open_database
from db.followed import FOLLOWED
from db.models import Base
from domain.changes import Change, Snapshot
from tests.plugins.graph import Graph

TITLE = "UPDATE events SET title = title || '.' WHERE event_id = :key"


@pytest.fixture
async def since(graph: Graph) -> Snapshot:
    return (await read_changes(graph.owner, NOTHING)).snapshot


@asynccontextmanager
async def slow_writer(database_url: str) -> AsyncIterator[AsyncConnection]:
    """A transaction beside those of the shop's owner."""
    async with open_database(DatabaseOptions(database_url, pool_size=1)) as owner, owner.write() as connection:
        yield connection


async def told(graph: Graph, since: Snapshot) -> list[Change]:
    return (await read_changes(graph.owner, since)).changes


async def test_a_row_is_told_with_those_that_it_belongs_to_and_belonged_to(graph: Graph) -> None:
    one, two = graph.function(), graph.function()
    event = graph.event(one)
    await graph.flush()
    since = (await read_changes(graph.owner, NOTHING)).snapshot

    await graph.sql("UPDATE events SET function_id = :two", two=two)

    (change,) = await told(graph, since)
    assert (change.subject, change.keys) == ("events", (event,))
    assert set(change.owners) == {one, two}


async def test_a_link_is_a_change_of_what_it_links(graph: Graph) -> None:
    pool = graph.pool()
    ticket = graph.ticket(graph.event(), [pool])
    await graph.flush()
    since = (await read_changes(graph.owner, NOTHING)).snapshot

    await graph.sql("DELETE FROM ticket_pools")

    (change,) = await told(graph, since)
    assert (change.subject, change.keys) == ("event_tickets", (ticket,))


async def test_what_changes_nothing_is_not_told(graph: Graph, since: Snapshot) -> None:
    await graph.sql("UPDATE events SET title = 'x'")
    async with graph.owner.writing.connect() as connection:
        await connection.execute(text("INSERT INTO organisations VALUES (gen_random_uuid(), 'A', 'a', 'UTC')"))
        await connection.rollback()

    assert await told(graph, since) == []


async def test_of_many_rows_only_the_table_is_told(graph: Graph) -> None:
    for _ in range(101):
        graph.event()
    await graph.flush()
    since = (await read_changes(graph.owner, NOTHING)).snapshot

    await graph.sql("UPDATE events SET title = 'x'")
    (many,) = await told(graph, since)
    await graph.sql("DELETE FROM events WHERE event_id <> (SELECT event_id FROM events LIMIT 1)")
    await graph.sql("TRUNCATE events CASCADE")
    changes = await told(graph, since)

    assert (many.subject, many.keys) == ("events", None)
    assert "events" in {change.subject for change in changes if change.keys is None}


async def test_a_change_is_told_once_when_it_becomes_visible_in_whichever_order(
    graph: Graph, database_url: str
) -> None:
    early, late = graph.event(), graph.event()
    await graph.flush()
    start = (await read_changes(graph.owner, NOTHING)).snapshot

    async with slow_writer(database_url) as slow:
        await slow.execute(text(TITLE), {"key": early})
        await graph.sql(TITLE, key=late)
        first = await read_changes(graph.owner, start)
        again = await read_changes(graph.owner, first.snapshot)
    second = await read_changes(graph.owner, first.snapshot)

    def keys(changes: list[Change]) -> list[UUID]:
        return [key for change in changes for key in change.keys or ()]

    assert keys(first.changes) == [late]
    assert again.changes == []
    assert keys(second.changes) == [early]
    (slow_one,) = second.changes
    assert not first.snapshot.sees(slow_one.transaction)
    assert second.snapshot.sees(slow_one.transaction)


async def test_nothing_is_missed_of_many_writers_at_once(graph: Graph, database_url: str) -> None:
    events = [graph.event() for _ in range(8)]
    await graph.flush()
    seen: list[UUID] = []
    since = (await read_changes(graph.owner, NOTHING)).snapshot

    async def write(owner: Database, key: UUID) -> None:
        async with owner.write() as connection:
            await connection.execute(text(TITLE), {"key": key})
            await asyncio.sleep(0.001)

    async with open_database(DatabaseOptions(database_url, pool_size=8)) as owner:
        writing = [asyncio.create_task(write(owner, key)) for key in events * 4]
        while True:
            done = all(task.done() for task in writing)
            news = await read_changes(graph.owner, since)
            since = news.snapshot
            seen += [key for change in news.changes for key in change.keys or ()]
            if done:
                break
        await asyncio.gather(*writing)

    assert sorted(seen) == sorted(events * 4)


async def test_old_lines_are_removed(graph: Graph) -> None:
    graph.event()
    await graph.flush()
    before = await told(graph, NOTHING)
    await graph.sql("UPDATE events SET title = 'x'")
    newest = max(change.transaction for change in await told(graph, NOTHING))

    await remove_changes(graph.owner, newest)

    assert before
    assert [change.transaction for change in await told(graph, NOTHING)] == [newest]


def test_every_table_of_the_catalogue_is_followed_by_its_key() -> None:
    for name, followed in FOLLOWED.items():
        columns = Base.metadata.tables[name].columns
        assert {followed.key, *followed.owners} <= set(columns.keys())
        assert (followed.subject or name) in FOLLOWED
