"""Tickets, packages and their items carry whether what they belong to is public; rewrites these tables and events."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0012"
down_revision: str | None = "0011"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

PUBLIC = {
    "functions": "is_active AND deleted_at IS NULL",
    "events": "is_published AND deleted_at IS NULL",
    "packages": "function_is_public AND is_active AND deleted_at IS NULL",
}

CARRIED = {
    "event_tickets": ("events", "event_id", "event_is_public"),
    "packages": ("functions", "function_id", "function_is_public"),
    "package_items": ("packages", "package_id", "package_is_public"),
}


def upgrade() -> None:
    _say("functions", "function_id")
    _say("events", "event_id")
    _carry("event_tickets")
    _carry("packages")
    _say("packages", "package_id")
    _carry("package_items")


def _say(table: str, key: str) -> None:
    """A row says whether it is public."""
    op.add_column(
        table, sa.Column("is_public", sa.Boolean(), sa.Computed(PUBLIC[table], persisted=True), nullable=False)
    )
    op.create_unique_constraint(op.f(f"uq_{table}_{key}_is_public"), table, [key, "is_public"])


def _carry(table: str) -> None:
    """A row carries what its parent says."""
    parent, key, column = CARRIED[table]
    op.add_column(table, sa.Column(column, sa.Boolean(), nullable=True))
    op.execute(f"UPDATE {table} SET {column} = {parent}.is_public FROM {parent} WHERE {parent}.{key} = {table}.{key}")  # noqa: S608 - names from above
    op.alter_column(table, column, nullable=False)
    op.drop_constraint(op.f(f"fk_{table}_{key}"), table)
    op.create_foreign_key(
        op.f(f"fk_{table}_{key}_{column}"), table, parent, [key, column], [key, "is_public"], onupdate="CASCADE"
    )
    op.execute(
        f"""
        CREATE FUNCTION carry_{column}() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            SELECT is_public INTO NEW.{column} FROM {parent} WHERE {key} = NEW.{key} FOR KEY SHARE;
            NEW.{column} := coalesce(NEW.{column}, false); -- the foreign key refuses what has no parent
            RETURN NEW;
        END $$
        """  # noqa: S608 - the same
    )
    for name, when, condition in (
        ("insert", "INSERT", f"NEW.{column} IS NULL"),
        ("update", f"UPDATE OF {key}", f"NEW.{key} <> OLD.{key}"),
    ):
        op.execute(
            f"CREATE TRIGGER tr_{table}_carry_{name} BEFORE {when} ON {table} "
            f"FOR EACH ROW WHEN ({condition}) EXECUTE FUNCTION carry_{column}()"
        )


def downgrade() -> None:
    for table in reversed(CARRIED):
        parent, key, column = CARRIED[table]
        op.execute(f"DROP FUNCTION carry_{column}() CASCADE")
        op.drop_constraint(op.f(f"fk_{table}_{key}_{column}"), table)
        op.create_foreign_key(op.f(f"fk_{table}_{key}"), table, parent, [key], [key])
        op.drop_constraint(op.f(f"uq_{parent}_{key}_is_public"), parent)
        op.drop_column(parent, "is_public")
        op.drop_column(table, column)
