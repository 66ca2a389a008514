"""Migrations go up and down, one at a time, and end at what the models say."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import asyncpg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from db.migrate import LOCK_KEY, alembic_config, current, downgrade, head, upgrade
from db.models import Base
from db.roles import provision
from db.urls import SQLALCHEMY_DRIVER, asyncpg_dsn
from tests.plugins.servers import execute, with_database

PATIENCE = 30.0
"""Seconds within which two migrations must have come to an end."""

# Everything that a database can hold besides rows, by name, in words that do not depend on the order of its making.
CATALOG = {
    "tables": """
        SELECT relname, relkind, relpersistence, relrowsecurity, reloptions::text
        FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind <> 'i'
    """,
    "columns": """
        SELECT attrelid::regclass::text, attname, format_type(atttypid, atttypmod), attnotnull, attgenerated,
               attidentity, attcollation::regcollation::text, pg_get_expr(adbin, adrelid)
        FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
        LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
        WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND attnum > 0 AND NOT attisdropped
    """,
    "constraints": """
        SELECT conrelid::regclass::text, conname, contype, convalidated, pg_get_constraintdef(oid)
        FROM pg_constraint WHERE connamespace = 'public'::regnamespace
    """,
    "indexes": """
        SELECT indexrelid::regclass::text, indisunique, indisvalid, indisready, pg_get_indexdef(indexrelid)
        FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid WHERE relnamespace = 'public'::regnamespace
    """,
    "triggers": "SELECT tgrelid::regclass::text, tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal",
    "functions": "SELECT oid::regprocedure::text FROM pg_proc WHERE pronamespace = 'public'::regnamespace",
    "types": """
        SELECT oid::regtype::text FROM pg_type
        WHERE typnamespace = 'public'::regnamespace AND typrelid = 0 AND typelem = 0
    """,
    "extensions": "SELECT extname FROM pg_extension",
    "schemas": "SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_'",
}

WAITING = """
    SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = database
    WHERE locktype = 'advisory' AND NOT granted AND datname = current_database()
"""

OLD_ROWS = """
    WITH kinds AS (SELECT gen_random_uuid() AS key, kind FROM unnest(ARRAY['public', 'draft']) AS kind),
    organisation AS (
        INSERT INTO organisations (organisation_id, name, slug, timezone)
        SELECT key, kind, kind, 'UTC' FROM kinds
    ),
    function AS (
        INSERT INTO functions (function_id, name, slug, timezone, is_active)
        SELECT key, kind, kind, 'UTC', kind = 'public' FROM kinds
    ),
    event AS (
        INSERT INTO events (event_id, organisation_id, title, slug, timezone, event_start, is_published)
        SELECT key, key, kind, kind, 'UTC', now(), kind = 'public' FROM kinds
    ),
    ticket AS (
        INSERT INTO event_tickets (ticket_id, event_id, name, price_amount, price_currency)
        SELECT key, key, kind, 100, 'EUR' FROM kinds
    ),
    package AS (
        INSERT INTO packages (package_id, function_id, name, price_amount, price_currency, is_active)
        SELECT key, key, kind, 100, 'EUR', true FROM kinds
    )
    INSERT INTO package_items (package_id, ticket_id, allocated_amount) SELECT key, key, 100 FROM kinds
"""
"""A function, an event, a ticket, a package and its item that are public; and such as are not. All of one key."""

CARRIED = """
    SELECT packages.name, event_is_public, function_is_public, package_is_public
    FROM event_tickets JOIN packages ON package_id = ticket_id JOIN package_items USING (package_id) ORDER BY 1
"""

Catalog = dict[str, list[tuple[object, ...]]]


@pytest.fixture
def empty_url(postgres_server: str) -> Iterator[str]:
    """The URL of a database with nothing in it."""
    name = f"test_{uuid4().hex}"
    execute(postgres_server, f"CREATE DATABASE {name} TEMPLATE template0")
    yield with_database(postgres_server, name)
    execute(postgres_server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def created_url(postgres_server: str) -> Iterator[str]:
    """The URL of a database whose tables SQLAlchemy made from the models."""
    name = f"test_{uuid4().hex}"
    execute(postgres_server, f"CREATE DATABASE {name} TEMPLATE template0")
    url = with_database(postgres_server, name)

    async def create() -> None:
        engine = create_async_engine(SQLALCHEMY_DRIVER, poolclass=NullPool, connect_args={"dsn": asyncpg_dsn(url)})
        async with engine.begin() as connection:
            await connection.run_sync(Base.metadata.create_all)
            await connection.execute(text("CREATE TABLE alembic_version (version_num varchar(32))"))
            await connection.run_sync(provision)
        await engine.dispose()

    asyncio.run(create())
    yield url
    execute(postgres_server, f"DROP DATABASE {name} WITH (FORCE)")


def catalog(url: str) -> Catalog:
    async def read() -> Catalog:
        # Constants in constraints are shown in the zone of the session.
        connection = await asyncpg.connect(url, timeout=10, command_timeout=30, server_settings={"timezone": "UTC"})
        try:
            return {
                kind: sorted((tuple(row) for row in await connection.fetch(query)), key=repr)
                for kind, query in CATALOG.items()
            }
        finally:
            await connection.close(timeout=10)

    return asyncio.run(read())


def without_alembic(found: Catalog) -> Catalog:
    return {kind: [row for row in rows if "alembic_version" not in str(row[0])] for kind, rows in found.items()}


def test_there_is_one_head() -> None:
    assert ScriptDirectory.from_config(alembic_config()).get_heads() == [head()]


def test_every_migration_can_be_undone() -> None:
    for script in ScriptDirectory.from_config(alembic_config()).walk_revisions():
        assert callable(script.module.upgrade)
        assert callable(script.module.downgrade)


def test_migrating_ends_at_what_the_models_say(empty_url: str, created_url: str) -> None:
    upgrade(empty_url)

    migrated, created = without_alembic(catalog(empty_url)), without_alembic(catalog(created_url))
    for kind in CATALOG:
        assert migrated[kind] == created[kind], kind
    assert {row[0] for row in created["tables"] if row[1] == b"r"} == set(Base.metadata.tables)
    assert {row[0] for row in created["indexes"]} >= {
        index.name for table in Base.metadata.tables.values() for index in table.indexes
    }


def test_alembic_finds_nothing_left_to_do(empty_url: str) -> None:
    upgrade(empty_url)

    def compare(connection: Connection) -> list[object]:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        return list(compare_metadata(context, Base.metadata))

    async def run() -> list[object]:
        engine = create_async_engine(
            SQLALCHEMY_DRIVER, poolclass=NullPool, connect_args={"dsn": asyncpg_dsn(empty_url)}
        )
        async with engine.connect() as connection:
            found = await connection.run_sync(compare)
        await engine.dispose()
        return found

    assert asyncio.run(run()) == []


def test_going_down_to_the_base_leaves_nothing(empty_url: str) -> None:
    nothing = catalog(empty_url)
    upgrade(empty_url)
    assert catalog(empty_url) != nothing

    downgrade(empty_url, "base")

    left = catalog(empty_url)
    assert current(empty_url) is None
    assert [row[0] for row in left["tables"]] == ["alembic_version"]
    assert without_alembic(left) == nothing


def test_going_down_and_up_again_comes_back_to_the_same(empty_url: str) -> None:
    upgrade(empty_url)
    first = catalog(empty_url)
    downgrade(empty_url, "base")
    upgrade(empty_url)

    assert current(empty_url) == head()
    assert catalog(empty_url) == first


def test_rows_that_are_there_carry_what_their_parents_say(empty_url: str) -> None:
    upgrade(empty_url, "0015")
    execute(empty_url, OLD_ROWS)

    upgrade(empty_url)

    async def read() -> list[tuple[object, ...]]:
        connection = await asyncpg.connect(empty_url, timeout=10, command_timeout=30)
        try:
            return [tuple(row) for row in await connection.fetch(CARRIED)]
        finally:
            await connection.close(timeout=10)

    assert asyncio.run(read()) == [("draft", False, False, False), ("public", True, True, True)]


def test_migrating_what_is_migrated_does_nothing(empty_url: str) -> None:
    upgrade(empty_url)
    before = catalog(empty_url)

    upgrade(empty_url)

    assert catalog(empty_url) == before


def test_a_database_that_was_never_migrated_stands_nowhere(empty_url: str) -> None:
    assert current(empty_url) is None


def test_two_migrations_at_once_take_turns(empty_url: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        for migration in [pool.submit(upgrade, empty_url) for _ in range(4)]:
            migration.result(PATIENCE)

    assert current(empty_url) == head()


async def test_a_migration_waits_for_the_one_that_runs(empty_url: str) -> None:
    running = await asyncpg.connect(empty_url, timeout=10, command_timeout=30)
    try:
        await running.execute("SELECT pg_advisory_lock($1)", LOCK_KEY)
        waiting = asyncio.create_task(asyncio.to_thread(upgrade, empty_url))
        async with asyncio.timeout(PATIENCE):
            while not await running.fetchval(WAITING):  # noqa: ASYNC110 - another process brings it about
                await asyncio.sleep(0.02)

        assert await running.fetchval("SELECT to_regclass('alembic_version')") is None

        await running.execute("SELECT pg_advisory_unlock($1)", LOCK_KEY)
        await asyncio.wait_for(waiting, PATIENCE)
        assert await running.fetchval("SELECT version_num FROM alembic_version") == head()
    finally:
        await running.close(timeout=10)


def test_the_lock_is_free_after_a_migration_failed(empty_url: str) -> None:
    execute(empty_url, "CREATE TABLE functions ()")
    with pytest.raises(Exception, match="functions"):
        upgrade(empty_url)

    assert [row[0] for row in catalog(empty_url)["tables"]] == ["functions"]  # all of it, or nothing
    execute(empty_url, "DROP TABLE functions")
    upgrade(empty_url)
    assert current(empty_url) == head()
