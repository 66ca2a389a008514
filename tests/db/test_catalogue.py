"""What the catalogue says of the tables is what PostgreSQL has, once migrated."""

import re
from collections.abc import AsyncIterator

import asyncpg
import pytest

from db.catalogue import Column, tables

COLUMNS = """
SELECT a.attname, a.atttypid, a.atttypmod, a.attnotnull, a.attgenerated, pg_get_expr(d.adbin, d.adrelid) AS expression
FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE a.attrelid = $1::regclass AND a.attnum > 0 AND NOT a.attisdropped
"""
CONSTRAINTS = """
SELECT conname, pg_get_constraintdef(oid) AS definition FROM pg_constraint
WHERE conrelid = $1::regclass AND contype IN ('p', 'f', 'u', 'c')
"""


@pytest.fixture
async def connection(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(re.sub(r"^postgresql\+\w+", "postgresql", database_url))
    yield connection
    await connection.close()


async def test_every_table_is_described(connection: asyncpg.Connection) -> None:
    rows = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")

    assert {each.name for each in tables()} == {row["tablename"] for row in rows} - {"alembic_version"}
    assert all(each.description for each in tables())


async def test_columns_are_described_as_they_are(connection: asyncpg.Connection) -> None:
    """A table made from the descriptions has the same: types, nulls, defaults and what is generated."""
    for table in tables():
        await connection.execute(f"CREATE TABLE again ({', '.join(map(declaration, table.columns))})")
        there, again = [await connection.fetch(COLUMNS, name) for name in (table.name, "again")]
        await connection.execute("DROP TABLE again")

        assert {row["attname"]: row for row in again} == {row["attname"]: row for row in there}


def declaration(column: Column) -> str:
    default = "" if column.default is None else f" DEFAULT {column.default}"
    generated = "" if column.generated is None else f" GENERATED ALWAYS AS ({column.generated}) STORED"
    return f"{column.name} {column.type}{default}{generated}{'' if column.nullable else ' NOT NULL'}"


async def test_keys_are_described_as_they_are(connection: asyncpg.Connection) -> None:
    rows = await connection.fetch(
        """
        SELECT c.conrelid::regclass::text AS table, a.attname AS column, c.contype = 'p' AS primary,
               c.confrelid::regclass || '.' || (SELECT attname FROM pg_attribute
                                                WHERE attrelid = c.confrelid AND attnum = c.confkey[1]) AS target
        FROM pg_constraint c JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = ANY (c.conkey)
        WHERE c.conrelid = ANY ($1::text[]::regclass[]) AND c.contype IN ('p', 'f')
        """,
        [table.name for table in tables()],
    )
    columns = [(table.name, each) for table in tables() for each in table.columns]

    assert {(table, each.name) for table, each in columns if each.in_primary_key} == {
        (row["table"], row["column"]) for row in rows if row["primary"]
    }
    assert {(table, each.name, target) for table, each in columns for target in each.references} == {
        (row["table"], row["column"], row["target"]) for row in rows if not row["primary"]
    }


async def test_constraints_are_described_as_they_are(connection: asyncpg.Connection) -> None:
    """Made again from their descriptions, they are the same: PostgreSQL says each its own way."""
    for table in tables():
        there = {row["conname"]: row["definition"] for row in await connection.fetch(CONSTRAINTS, table.name)}
        transaction = connection.transaction()
        await transaction.start()
        await connection.execute(f"CREATE TABLE again (LIKE {table.name})")
        for each in table.constraints:
            await connection.execute(f"ALTER TABLE again ADD CONSTRAINT again_{each.name} {each.definition}")
        again = {row["conname"]: row["definition"] for row in await connection.fetch(CONSTRAINTS, "again")}
        await transaction.rollback()

        assert {f"again_{name}"[:63]: definition for name, definition in there.items()} == again


async def test_indexes_are_described_as_they_are(connection: asyncpg.Connection) -> None:
    rows = await connection.fetch(
        """
        SELECT c.relname, pg_get_indexdef(i.indexrelid) AS definition
        FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
        WHERE i.indrelid = ANY ($1::text[]::regclass[])
              AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = i.indexrelid AND contype IN ('p', 'u'))
        """,
        [table.name for table in tables()],
    )

    assert {each.name: plain(each.definition) for table in tables() for each in table.indexes} == {
        row["relname"]: plain(row["definition"]) for row in rows
    }


def plain(definition: str) -> str:
    """An index without what PostgreSQL adds when it says it again: its schema, the usual method, quotes, brackets."""
    said = definition.replace("public.", "").replace(" USING btree", "")
    return re.sub(r"[()\s]+", " ", said.replace('"', "")).strip()
