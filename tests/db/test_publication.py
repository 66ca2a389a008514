"""A row that belongs to another carries whether that one is public, and is never out of step with it."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable

import asyncpg
import pytest

from db.models import Event, Function, Package, PackageItem, Ticket
from db.publication import CARRIED
from tests.db.rows import NOON, add

Write = Callable[[asyncpg.Connection, uuid.UUID], Awaitable[None]]

PATIENCE = 10.0

WAITING = "SELECT count(*) FROM pg_stat_activity WHERE pid = $1 AND wait_event_type = 'Lock'"


async def carried(connection: asyncpg.Connection) -> list[bool]:
    """What the one row of each table that carries something carries."""
    return [
        await connection.fetchval(f"SELECT {its.column} FROM {table}")  # noqa: S608 - names from the declarations
        for table, its in CARRIED.items()
    ]


async def family(connection: asyncpg.Connection) -> None:
    """A ticket of a public event, in a public package of a public function."""
    function = await add(connection, Function, is_active=True)
    event = await add(connection, Event, function_id=function, is_published=True)
    package = await add(connection, Package, function_id=function, is_active=True)
    await add(connection, PackageItem, package_id=package, ticket_id=await add(connection, Ticket, event_id=event))


@pytest.mark.parametrize(
    ("change", "undo", "hidden"),
    [
        ("UPDATE events SET is_published = false", "UPDATE events SET is_published = true", {"event_tickets"}),
        ("UPDATE events SET deleted_at = now()", "UPDATE events SET deleted_at = NULL", {"event_tickets"}),
        (
            "UPDATE functions SET is_active = false",
            "UPDATE functions SET is_active = true",
            {"packages", "package_items"},
        ),
        (
            "UPDATE functions SET deleted_at = now()",
            "UPDATE functions SET deleted_at = NULL",
            {"packages", "package_items"},
        ),
        ("UPDATE packages SET is_active = false", "UPDATE packages SET is_active = true", {"package_items"}),
        ("UPDATE packages SET deleted_at = now()", "UPDATE packages SET deleted_at = NULL", {"package_items"}),
    ],
)
async def test_what_belongs_to_a_row_follows_it(
    connection: asyncpg.Connection, change: str, undo: str, hidden: set[str]
) -> None:
    await family(connection)
    assert await carried(connection) == [True, True, True]

    await connection.execute(change)
    assert await carried(connection) == [table not in hidden for table in CARRIED]

    await connection.execute(undo)
    assert await carried(connection) == [True, True, True]


async def test_whoever_adds_a_row_need_not_know(connection: asyncpg.Connection) -> None:
    public, draft = [await add(connection, Event, is_published=each) for each in (True, False)]
    for event in (public, draft):
        await add(connection, Ticket, event_id=event)

    rows = await connection.fetch("SELECT event_id, event_is_public FROM event_tickets")
    assert {row["event_id"]: row["event_is_public"] for row in rows} == {public: True, draft: False}


async def test_a_row_that_moves_carries_what_its_new_parent_says(connection: asyncpg.Connection) -> None:
    public, draft = [await add(connection, Event, is_published=each) for each in (True, False)]
    await add(connection, Ticket, event_id=draft)

    await connection.execute("UPDATE event_tickets SET event_id = $1", public)

    assert await connection.fetchval("SELECT event_is_public FROM event_tickets")


async def test_nothing_carries_what_its_parent_does_not_say(connection: asyncpg.Connection) -> None:
    draft = await add(connection, Event, is_published=False)
    with pytest.raises(asyncpg.ForeignKeyViolationError):
        async with connection.transaction():
            await add(connection, Ticket, event_id=draft, event_is_public=True)
    await add(connection, Ticket, event_id=draft)

    with pytest.raises(asyncpg.ForeignKeyViolationError):
        await connection.execute("UPDATE event_tickets SET event_is_public = true")


async def test_a_change_of_what_is_carried_is_no_new_version_of_a_row(connection: asyncpg.Connection) -> None:
    event = await add(connection, Event, is_published=False)
    await add(connection, Ticket, event_id=event, updated_at=NOON)

    await connection.execute("UPDATE events SET is_published = true")

    row = await connection.fetchrow("SELECT event_is_public, version, updated_at FROM event_tickets")
    assert tuple(row) == (True, 1, NOON)


async def _hide(connection: asyncpg.Connection, event: uuid.UUID) -> None:
    await connection.execute("UPDATE events SET is_published = false WHERE event_id = $1", event)


async def _add(connection: asyncpg.Connection, event: uuid.UUID) -> None:
    await add(connection, Ticket, event_id=event)


@pytest.mark.parametrize(("first", "second"), [(_hide, _add), (_add, _hide)], ids=["hidden first", "added first"])
async def test_a_row_that_is_added_while_its_parent_is_hidden_is_hidden(
    database_url: str, first: Write, second: Write
) -> None:
    one, other = [await asyncpg.connect(database_url, timeout=10, command_timeout=30) for _ in range(2)]
    try:
        event = await add(one, Event, is_published=True)
        async with one.transaction():
            await first(one, event)
            waiting = asyncio.create_task(second(other, event))
            async with asyncio.timeout(PATIENCE):
                while not await one.fetchval(WAITING, other.get_server_pid()):  # noqa: ASYNC110 - in another process
                    await asyncio.sleep(0.02)
        await asyncio.wait_for(waiting, PATIENCE)

        assert await one.fetchval("SELECT event_is_public FROM event_tickets") is False
    finally:
        for connection in (one, other):
            await connection.close(timeout=10)
