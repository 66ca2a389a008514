"""Whether what a row belongs to is public, carried by the row itself: to know who may see it, nothing is looked up.

A composite foreign key holds what is carried to the truth. It names the parent together with the parent's `is_public`,
so a row can only say what its parent says, and ON UPDATE CASCADE brings every change of it, in the same statement.
Whoever adds a row or moves it to another parent need not know: triggers fill it in.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import DDL, ForeignKeyConstraint, MetaData, event


@dataclass(frozen=True, slots=True)
class Carried:
    """What the rows of a table carry.

    Attributes:
        column: the table's own, true while the parent is public.
        parent: the table of what its rows belong to; it has a column `is_public`.
        key: the column by which they do, of the same name in both.
    """

    column: str
    parent: str
    key: str


CARRIED: Final[Mapping[str, Carried]] = {
    "event_tickets": Carried("event_is_public", "events", "event_id"),
    "packages": Carried("function_is_public", "functions", "function_id"),
    "package_items": Carried("package_is_public", "packages", "package_id"),
}


def carrying(table: str) -> ForeignKeyConstraint:
    """The foreign key by which a table carries its parent's publication."""
    its = CARRIED[table]
    return ForeignKeyConstraint(
        [its.key, its.column], [f"{its.parent}.{its.key}", f"{its.parent}.is_public"], onupdate="CASCADE"
    )


def statements(table: str) -> Iterator[str]:
    """What fills in the carried column, where whoever writes a row does not."""
    its = CARRIED[table]
    # The lock is the one that the foreign key takes in a moment: until then, the parent must not change its mind.
    yield f"""
    CREATE FUNCTION carry_{its.column}() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        SELECT is_public INTO NEW.{its.column} FROM {its.parent} WHERE {its.key} = NEW.{its.key} FOR KEY SHARE;
        NEW.{its.column} := coalesce(NEW.{its.column}, false); -- the foreign key refuses what has no parent
        RETURN NEW;
    END $$
    """  # noqa: S608 - names from the declarations
    for when, condition in (
        ("INSERT", f"NEW.{its.column} IS NULL"),
        (f"UPDATE OF {its.key}", f"NEW.{its.key} <> OLD.{its.key}"),
    ):
        yield (
            f"CREATE TRIGGER tr_{table}_carry_{when.partition(' ')[0].lower()} BEFORE {when} ON {table} "
            f"FOR EACH ROW WHEN ({condition}) EXECUTE FUNCTION carry_{its.column}()"
        )


def carry(metadata: MetaData) -> None:
    """Make these triggers when tables are made from the models; their migration has the same words."""
    for statement in (each for table in CARRIED for each in statements(table)):
        ddl = DDL(statement)  # type: ignore[no-untyped-call] # SQLAlchemy types no DDL's constructor
        event.listen(metadata, "after_create", ddl)
