"""Which rows are public, and what carries that: to know whether anyone may see a row, nothing else is looked up.

A ticket is public only while its event is. So it carries whether that is so, in a column that triggers keep and nobody
sets: whoever adds a row, or moves it to another parent, has it filled in, and whoever publishes or hides a parent
writes it into all that belongs to it, in the same statement.

It is never out of step. Adding a row holds its parent (FOR SHARE), so that of adding and hiding one waits for the other
and sees what it did. Orders are not held up: they hold an event as foreign keys do, which goes with a change of all but
its key. A foreign key over both columns would keep the copy by itself, but makes what is carried a part of the parent's
key; then to hide an event is to wait until no order is under way.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import DDL, MetaData, event


@dataclass(frozen=True, slots=True)
class Carried:
    """What the rows of a table carry.

    Attributes:
        column: the table's own, true while the parent is public.
        parent: the table of what its rows belong to, one of `PUBLIC`.
        key: the column by which they do, of the same name in both.
    """

    column: str
    parent: str
    key: str


CARRIED: Final[Mapping[str, Carried]] = {
    "event_tickets": Carried("event_is_public", "events", "event_id"),
    "packages": Carried("function_is_public", "functions", "function_id"),
    "package_items": Carried("package_is_public", "packages", "package_id"),
    "ticket_taxes": Carried("ticket_is_public", "event_tickets", "ticket_id"),
}

PUBLIC: Final[Mapping[str, str]] = {
    "functions": "is_active AND deleted_at IS NULL",
    "events": "is_published AND deleted_at IS NULL",
    "event_tickets": "event_is_public AND is_active AND deleted_at IS NULL",
    "packages": "function_is_public AND is_active AND deleted_at IS NULL",
    "package_items": "package_is_public",
    "ticket_taxes": "ticket_is_public",
}
"""What has to hold of a row for anyone to see it."""


def statements(table: str) -> Iterator[str]:
    """What keeps the column that a table carries."""
    its = CARRIED[table]
    public = PUBLIC[its.parent]
    # With their owner's rights: whoever may write one row is not let to all that this looks at.
    yield f"""
    CREATE FUNCTION take_{its.column}() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
    BEGIN
        SELECT {public} INTO NEW.{its.column} FROM {its.parent} WHERE {its.key} = NEW.{its.key} FOR SHARE;
        NEW.{its.column} := coalesce(NEW.{its.column}, false); -- what has no parent, its foreign key refuses
        RETURN NEW;
    END $$
    """  # noqa: S608 - names from the declarations
    for operation in ("INSERT", f"UPDATE OF {its.key}, {its.column}"):
        yield (
            f"CREATE TRIGGER tr_{table}_take_{operation.partition(' ')[0].lower()} BEFORE {operation} ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION take_{its.column}()"
        )
    yield f"""
    CREATE FUNCTION give_{its.column}() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
    BEGIN
        IF NOT EXISTS (
            SELECT {its.key}, {public} FROM new_rows EXCEPT SELECT {its.key}, {public} FROM old_rows
        ) THEN
            RETURN NULL;
        ELSIF current_setting('transaction_isolation') <> 'read committed' THEN
            RAISE EXCEPTION 'rows of {its.parent} are published and hidden in READ COMMITTED transactions only'
            USING DETAIL = 'Rows of {table} that others add meanwhile might be missed.';
        END IF;
        UPDATE {table} SET {its.column} = changed.is_public FROM (
            SELECT {its.key}, {public} AS is_public FROM new_rows EXCEPT SELECT {its.key}, {public} FROM old_rows
        ) AS changed WHERE {table}.{its.key} = changed.{its.key} AND {table}.{its.column} <> changed.is_public;
        RETURN NULL;
    END $$
    """  # noqa: S608 - names from the declarations
    yield (
        f"CREATE TRIGGER tr_{its.parent}_give AFTER UPDATE ON {its.parent} "
        "REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows "
        f"FOR EACH STATEMENT EXECUTE FUNCTION give_{its.column}()"
    )


def carry(metadata: MetaData) -> None:
    """Make these triggers when tables are made from the models; their migration has the same words."""
    for statement in (each for table in CARRIED for each in statements(table)):
        ddl = DDL(statement)  # type: ignore[no-untyped-call] # SQLAlchemy types no DDL's constructor
        event.listen(metadata, "after_create", ddl)
