"""A row that belongs to another carries whether that one is public, and is never out of step with it."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable

import asyncpg
import pytest

from db.models import Event, Function, Package, PackageItem, Ticket
from db.pricing_models import TicketTax
from db.publication import CARRIED
from tests.db.rows import NOON, add

Write = Callable[[asyncpg.Connection, uuid.UUID], Awaitable[None]]

PATIENCE = 10.0

WAITING = "SELECT count(*) FROM pg_stat_activity WHERE pid = $1 AND wait_event_type = 'Lock'"


async def carried(connection: asyncpg.Connection) -> dict[str, bool]:
    """What the one row of each table that carries something carries."""
    return {
        table: await connection.fetchval(f"SELECT {its.column} FROM {table}")  # noqa: S608 - names from the declarations
        for table, its in CARRIED.items()
    }


async def family(connection: asyncpg.Connection) -> None:
    """A public ticket of a public event, with a tax, in a public package of a public function."""
    function = await add(connection, Function, is_active=True)
    event = await add(connection, Event, function_id=function, is_published=True)
    package = await add(connection, Package, function_id=function, is_active=True)
    ticket = await add(connection, Ticket, event_id=event, is_active=True)
    await add(connection, PackageItem, package_id=package, ticket_id=ticket)
    await add(connection, TicketTax, ticket_id=ticket)


TICKETS = {"event_tickets", "ticket_taxes"}
PACKAGES = {"packages", "package_items"}


@pytest.mark.parametrize(
    ("table", "flag", "hidden"),
    [
        ("events", "is_published", TICKETS),
        ("functions", "is_active", PACKAGES),
        ("event_tickets", "is_active", {"ticket_taxes"}),
        ("packages", "is_active", {"package_items"}),
    ],
)
async def test_what_belongs_to_a_row_follows_it(
    connection: asyncpg.Connection, table: str, flag: str, hidden: set[str]
) -> None:
    await family(connection)
    assert await carried(connection) == dict.fromkeys(CARRIED, True)

    for change, undo in ((f"{flag} = false", f"{flag} = true"), ("deleted_at = now()", "deleted_at = NULL")):
        await connection.execute(f"UPDATE {table} SET {change}")  # noqa: S608 - from the list above
        assert await carried(connection) == {each: each not in hidden for each in CARRIED}

        await connection.execute(f"UPDATE {table} SET {undo}")  # noqa: S608 - the same
        assert await carried(connection) == dict.fromkeys(CARRIED, True)


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

    await add(connection, Ticket, event_id=draft, event_is_public=True)
    await connection.execute("UPDATE event_tickets SET event_is_public = true")

    assert await connection.fetchval("SELECT event_is_public FROM event_tickets") is False


async def test_a_change_of_what_is_carried_is_no_new_version_of_a_row(connection: asyncpg.Connection) -> None:
    event = await add(connection, Event, is_published=False)
    await add(connection, Ticket, event_id=event, updated_at=NOON)

    await connection.execute("UPDATE events SET is_published = true")

    row = await connection.fetchrow("SELECT event_is_public, version, updated_at FROM event_tickets")
    assert tuple(row) == (True, 1, NOON)


async def test_publishing_is_refused_where_rows_that_others_add_might_be_missed(database_url: str) -> None:
    connection = await asyncpg.connect(database_url, timeout=10, command_timeout=30)
    try:
        event = await add(connection, Event, is_published=True)
        async with connection.transaction(isolation="repeatable_read"):
            await connection.execute("UPDATE events SET title = 'Another'")
        with pytest.raises(asyncpg.RaiseError, match="READ COMMITTED"):
            async with connection.transaction(isolation="repeatable_read"):
                await _hide(connection, event)
    finally:
        await connection.close(timeout=10)


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


async def test_hiding_an_event_waits_for_no_order(database_url: str) -> None:
    """An order holds its event as each row does that points to it; so it may stay open while others hide the event."""
    buyer, staff = [await asyncpg.connect(database_url, timeout=10, command_timeout=30) for _ in range(2)]
    try:
        event = await add(buyer, Event, is_published=True)
        await add(buyer, Ticket, event_id=event)
        async with buyer.transaction():
            await buyer.execute("SELECT FROM events WHERE event_id = $1 FOR KEY SHARE", event)
            await buyer.execute("SELECT FROM event_tickets WHERE event_id = $1 FOR KEY SHARE", event)

            await asyncio.wait_for(_hide(staff, event), PATIENCE)
    finally:
        for connection in (buyer, staff):
            await connection.close(timeout=10)
