"""What is deleted takes with it what belongs to it, and restoring brings back exactly that."""

import asyncio
import datetime as dt
import uuid

import asyncpg
import pytest

from db.database import Database
from db.models import (
    Base,
    CapacityPool,
    Event,
    Function,
    Organisation,
    Package,
    PackageItem,
    Recorded,
    Ticket,
    TicketPool,
)
from db.pricing_models import Dated
from db.soft_delete import BELONGINGS, KEYS, Model, OwnerDeleted, SlugTaken, restore, soft_delete
from domain.ids import uuid7
from tests.db.rows import NOON, add

LATER = NOON + dt.timedelta(hours=1)
LATEST = NOON + dt.timedelta(hours=2)
PATIENCE = 10.0


async def gone(rows: asyncpg.Connection, at: dt.datetime) -> set[uuid.UUID]:
    """The keys of everything that was deleted at a moment."""
    found = [
        await rows.fetch(f"SELECT {key.name} AS key FROM {model.__tablename__} WHERE deleted_at = $1", at)  # noqa: S608 - from the models
        for model, key in KEYS.items()
    ]
    return {row["key"] for each in found for row in each}


async def alive(rows: asyncpg.Connection) -> int:
    counts = [
        await rows.fetchval(f"SELECT count(*) FROM {model.__tablename__} WHERE deleted_at IS NULL")  # noqa: S608 - from the models
        for model in KEYS
    ]
    return sum(counts)


class Shop:
    """Two functions of one organisation with all that belongs to them, and the old hierarchy beside."""

    async def fill(self, rows: asyncpg.Connection) -> None:
        self.organisation = await add(rows, Organisation)
        own = {"organisation_id": self.organisation}
        self.function = await add(rows, Function, **own)
        self.event = await add(rows, Event, function_id=self.function, **own)
        self.ticket = await add(rows, Ticket, event_id=self.event)
        self.pool = await add(rows, CapacityPool, **own)
        await add(rows, TicketPool, ticket_id=self.ticket, pool_id=self.pool)
        self.package = await add(rows, Package, function_id=self.function)
        await add(rows, PackageItem, package_id=self.package, ticket_id=self.ticket)
        self.other_function = await add(rows, Function, **own)
        self.other_event = await add(rows, Event, function_id=self.other_function, **own)
        self.other_ticket = await add(rows, Ticket, event_id=self.other_event)
        self.parent = await add(rows, Event, **own)
        self.child = await add(rows, Event, parent_event_id=self.parent, **own)
        self.grandchild = await add(rows, Event, parent_event_id=self.child, **own)
        self.child_ticket = await add(rows, Ticket, event_id=self.grandchild)
        self.adopted = await add(rows, Event, parent_event_id=self.parent, function_id=self.function, **own)
        self.stranger = await add(rows, Event)  # and its organisation

    def everything(self) -> set[uuid.UUID]:
        return set(vars(self).values())


@pytest.fixture
async def shop(rows: asyncpg.Connection) -> Shop:
    shop = Shop()
    await shop.fill(rows)
    return shop


WHOLE = [
    (
        Organisation,
        "organisation",
        (
            *("function", "event", "ticket", "pool", "package", "other_function", "other_event", "other_ticket"),
            *("parent", "child", "grandchild", "child_ticket", "adopted"),
        ),
    ),
    (Function, "function", ("event", "ticket", "package", "adopted")),
    (Function, "other_function", ("other_event", "other_ticket")),
    (Event, "event", ("ticket",)),
    (Event, "parent", ("child", "grandchild", "child_ticket")),
    (Event, "grandchild", ("child_ticket",)),
    (Event, "adopted", ()),
    (CapacityPool, "pool", ("ticket",)),
    (Ticket, "ticket", ()),
    (Package, "package", ()),
]


@pytest.mark.parametrize(("model", "name", "belongings"), WHOLE, ids=[name for _, name, _ in WHOLE])
async def test_what_belongs_to_a_row_goes_and_comes_with_it(
    database: Database, rows: asyncpg.Connection, shop: Shop, model: Model, name: str, belongings: tuple[str, ...]
) -> None:
    key = getattr(shop, name)
    whole = {key, *(getattr(shop, belonging) for belonging in belongings)}
    before = await alive(rows)

    async with database.write() as connection:
        deleted = await soft_delete(connection, model, [key], at=NOON)

    assert await gone(rows, NOON) == whole
    assert sum(deleted.values()) == len(whole)
    assert before - await alive(rows) == len(whole)

    async with database.write() as connection:
        restored = await restore(connection, model, [key], at=LATER)

    assert await gone(rows, NOON) == set()
    assert restored == deleted
    assert await alive(rows) == before


async def test_the_answer_counts_by_table(database: Database, shop: Shop) -> None:
    async with database.write() as connection:
        deleted = await soft_delete(connection, Function, [shop.function, shop.other_function], at=NOON)

    assert deleted == {"functions": 2, "events": 3, "event_tickets": 2, "packages": 1}
    assert deleted["organisations"] == 0


async def test_what_was_deleted_before_stays_deleted(database: Database, rows: asyncpg.Connection, shop: Shop) -> None:
    async with database.write() as connection:
        await soft_delete(connection, Ticket, [shop.ticket], at=NOON)
    async with database.write() as connection:
        await soft_delete(connection, Event, [shop.adopted], at=LATER)
    async with database.write() as connection:
        await soft_delete(connection, Function, [shop.function], at=LATEST)

    assert await gone(rows, NOON) == {shop.ticket}
    assert await gone(rows, LATER) == {shop.adopted}
    assert await gone(rows, LATEST) == {shop.function, shop.event, shop.package}

    async with database.write() as connection:
        await restore(connection, Function, [shop.function], at=LATEST)

    assert await gone(rows, NOON) == {shop.ticket}
    assert await gone(rows, LATER) == {shop.adopted}
    assert await gone(rows, LATEST) == set()


async def test_deleting_counts_as_a_change(database: Database, rows: asyncpg.Connection, shop: Shop) -> None:
    async def state(key: uuid.UUID) -> tuple[object, ...]:
        row = await rows.fetchrow("SELECT version, updated_at, deleted_at FROM events WHERE event_id = $1", key)
        return tuple(row)

    async with database.write() as connection:
        await soft_delete(connection, Function, [shop.function], at=NOON)
    assert await state(shop.event) == (2, NOON, NOON)

    async with database.write() as connection:
        await restore(connection, Function, [shop.function], at=LATER)
    assert await state(shop.event) == (3, LATER, None)
    assert (await state(shop.other_event))[0] == 1


async def test_deleting_again_changes_nothing(database: Database, rows: asyncpg.Connection, shop: Shop) -> None:
    for at, count in ((NOON, 5), (LATER, 0)):
        async with database.write() as connection:
            assert sum((await soft_delete(connection, Function, [shop.function], at=at)).values()) == count

    assert await gone(rows, LATER) == set()


async def test_restoring_what_is_not_deleted_changes_nothing(database: Database, shop: Shop) -> None:
    async with database.write() as connection:
        assert await restore(connection, Function, [shop.function, uuid7()], at=NOON) == {}


async def test_nothing_is_a_fine_number_of_rows(database: Database, shop: Shop) -> None:
    async with database.write() as connection:
        assert await soft_delete(connection, Event, [], at=NOON) == {}
        assert await soft_delete(connection, Event, [uuid7()], at=NOON) == {}
        assert await restore(connection, Event, [], at=NOON) == {}


async def test_rows_of_several_moments_are_restored_each_with_its_own(
    database: Database, rows: asyncpg.Connection, shop: Shop
) -> None:
    for key, at in ((shop.event, NOON), (shop.other_event, LATER)):
        async with database.write() as connection:
            await soft_delete(connection, Event, [key], at=at)

    async with database.write() as connection:
        restored = await restore(connection, Event, [shop.event, shop.other_event], at=LATEST)

    assert restored == {"events": 2, "event_tickets": 2}


async def test_what_belongs_to_something_deleted_is_not_restored_alone(
    database: Database, rows: asyncpg.Connection, shop: Shop
) -> None:
    async def restore_event() -> None:
        async with database.write() as connection:
            await restore(connection, Event, [shop.event], at=LATER)

    async with database.write() as connection:
        await soft_delete(connection, Function, [shop.function], at=NOON)
    deleted = await gone(rows, NOON)
    with pytest.raises(OwnerDeleted, match="1 of events"):
        await restore_event()

    assert await gone(rows, NOON) == deleted


async def test_a_ticket_is_not_restored_without_its_pool(
    database: Database, rows: asyncpg.Connection, shop: Shop
) -> None:
    """It would be sold without limit."""

    async def restore_ticket() -> None:
        async with database.write() as connection:
            await restore(connection, Ticket, [shop.ticket], at=LATER)

    async with database.write() as connection:
        await soft_delete(connection, CapacityPool, [shop.pool], at=NOON)
    with pytest.raises(OwnerDeleted):
        await restore_ticket()

    assert shop.ticket in await gone(rows, NOON)


async def test_what_has_another_deleted_owner_stays_deleted(
    database: Database, rows: asyncpg.Connection, shop: Shop
) -> None:
    guest = await add(rows, Event, function_id=shop.function)
    host = await rows.fetchval("SELECT organisation_id FROM events WHERE event_id = $1", guest)
    for model, key, at in ((Function, shop.function, NOON), (Organisation, host, LATER)):
        async with database.write() as connection:
            await soft_delete(connection, model, [key], at=at)

    async with database.write() as connection:
        await restore(connection, Function, [shop.function], at=LATEST)

    assert await gone(rows, NOON) == {guest}


async def test_a_child_and_its_parent_are_restored_in_one_go(
    database: Database, rows: asyncpg.Connection, shop: Shop
) -> None:
    for key, at in ((shop.child, NOON), (shop.parent, LATER)):
        async with database.write() as connection:
            await soft_delete(connection, Event, [key], at=at)

    async with database.write() as connection:
        restored = await restore(connection, Event, [shop.child, shop.parent], at=LATEST)

    assert restored == {"events": 3, "event_tickets": 1}


async def test_a_function_without_organisation_is_restored(database: Database, rows: asyncpg.Connection) -> None:
    function = await add(rows, Function)
    await add(rows, Organisation, deleted_at=NOON)
    async with database.write() as connection:
        await soft_delete(connection, Function, [function], at=LATER)
        assert await restore(connection, Function, [function], at=LATEST) == {"functions": 1}


async def test_parents_that_go_round_in_a_circle_end(database: Database, rows: asyncpg.Connection) -> None:
    first = await add(rows, Event)
    second = await add(rows, Event, parent_event_id=first)
    await rows.execute("UPDATE events SET parent_event_id = $1 WHERE event_id = $2", second, first)

    async with asyncio.timeout(PATIENCE), database.write() as connection:
        assert await soft_delete(connection, Event, [first], at=NOON) == {"events": 2}


async def test_a_slug_that_was_taken_since_is_told(database: Database, rows: asyncpg.Connection) -> None:
    function = await add(rows, Function, slug="winterfest")

    async def restore_function() -> None:
        async with database.write() as connection:
            await restore(connection, Function, [function], at=LATER)

    async with database.write() as connection:
        await soft_delete(connection, Function, [function], at=NOON)
    await add(rows, Function, slug="winterfest")
    with pytest.raises(SlugTaken):
        await restore_function()

    assert await gone(rows, NOON) == {function}


async def test_an_undone_transaction_deletes_nothing(database: Database, rows: asyncpg.Connection, shop: Shop) -> None:
    before = await alive(rows)

    async def delete() -> None:
        async with database.write() as connection:
            await soft_delete(connection, Organisation, [shop.organisation], at=NOON)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await delete()

    assert await alive(rows) == before


async def test_two_who_delete_the_same_delete_it_once(database: Database, shop: Shop) -> None:
    """From both ends of the hierarchy, again and again: neither waits for the other for good."""

    async def delete(model: Model, key: uuid.UUID, at: dt.datetime) -> int:
        async with database.write() as connection:
            return sum((await soft_delete(connection, model, [key], at=at)).values())

    async with asyncio.timeout(PATIENCE):
        counts = await asyncio.gather(
            delete(Organisation, shop.organisation, NOON),
            delete(Event, shop.parent, LATER),
            delete(Event, shop.event, LATER),
            delete(Function, shop.function, LATER),
        )

    assert sum(counts) == 14


async def test_a_change_under_way_is_not_lost(database: Database, rows: asyncpg.Connection, shop: Shop) -> None:
    changed, deleting = asyncio.Event(), asyncio.Event()

    async def change() -> None:
        async with rows.transaction():
            await rows.execute("UPDATE events SET title = 'New', version = version + 1 WHERE event_id = $1", shop.event)
            changed.set()
            await deleting.wait()
            await asyncio.sleep(0.1)

    async def delete() -> None:
        await changed.wait()
        async with database.write() as connection:
            deleting.set()
            await soft_delete(connection, Event, [shop.event], at=NOON)

    async with asyncio.timeout(PATIENCE):
        await asyncio.gather(change(), delete())

    row = await rows.fetchrow("SELECT title, version, deleted_at FROM events WHERE event_id = $1", shop.event)
    assert tuple(row) == ("New", 3, NOON)


def test_every_table_that_can_be_deleted_from_is_known() -> None:
    recorded = {mapper.class_ for mapper in Base.registry.mappers if issubclass(mapper.class_, Recorded | Dated)}

    assert set(KEYS) == recorded


SAID = {"price_rules", "vouchers", "eligibility_rules", "taxes"}
"""What is said of something stays when that goes, and waits for it."""


def test_every_link_to_a_deletable_row_is_decided_on() -> None:
    """A new foreign key has to say whether its row goes with what it points to."""
    deletable = {model.__tablename__ for model in KEYS}
    links = {
        (table.name, key.column.table.name)
        for table in Base.metadata.tables.values()
        if table.name in deletable
        for key in table.foreign_keys
        if key.column.table.name in deletable
    }

    links = {(table, owner) for table, owner in links if table not in SAID}
    followed = {(each.model.__tablename__, each.owner.__tablename__) for each in BELONGINGS}
    assert followed == links | {("event_tickets", "capacity_pools")}


def test_owners_come_before_what_belongs_to_them() -> None:
    order = list(KEYS)

    assert all(order.index(each.owner) <= order.index(each.model) for each in BELONGINGS)
