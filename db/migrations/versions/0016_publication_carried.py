"""Tickets, packages, their items and taxes carry whether what they belong to is public."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0016"
down_revision: str | None = "0015"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

CARRIED = {
    "event_tickets": ("events", "event_id", "event_is_public", "is_published AND deleted_at IS NULL"),
    "packages": ("functions", "function_id", "function_is_public", "is_active AND deleted_at IS NULL"),
    "package_items": (
        "packages",
        "package_id",
        "package_is_public",
        "function_is_public AND is_active AND deleted_at IS NULL",
    ),
    "ticket_taxes": (
        "event_tickets",
        "ticket_id",
        "ticket_is_public",
        "event_is_public AND is_active AND deleted_at IS NULL",
    ),
}


def upgrade() -> None:
    for table, (parent, key, column, public) in CARRIED.items():
        op.add_column(table, sa.Column(column, sa.Boolean(), nullable=True))
        op.execute(
            f"UPDATE {table} SET {column} = parent.is_public "  # noqa: S608 - names from above
            f"FROM (SELECT {key}, {public} AS is_public FROM {parent}) AS parent WHERE parent.{key} = {table}.{key}"
        )
        op.alter_column(table, column, nullable=False)
        for statement in _keeping(table, parent, key, column, public):
            op.execute(statement)


def _keeping(table: str, parent: str, key: str, column: str, public: str) -> Sequence[str]:
    return (
        f"""
    CREATE FUNCTION take_{column}() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
    BEGIN
        SELECT {public} INTO NEW.{column} FROM {parent} WHERE {key} = NEW.{key} FOR SHARE;
        NEW.{column} := coalesce(NEW.{column}, false); -- what has no parent, its foreign key refuses
        RETURN NEW;
    END $$
    """,  # noqa: S608 - the same
        f"CREATE TRIGGER tr_{table}_take_insert BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION take_{column}()",
        f"CREATE TRIGGER tr_{table}_take_update BEFORE UPDATE OF {key}, {column} ON {table} FOR EACH ROW EXECUTE FUNCTION take_{column}()",
        f"""
    CREATE FUNCTION give_{column}() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
    BEGIN
        IF NOT EXISTS (
            SELECT {key}, {public} FROM new_rows EXCEPT SELECT {key}, {public} FROM old_rows
        ) THEN
            RETURN NULL;
        ELSIF current_setting('transaction_isolation') <> 'read committed' THEN
            RAISE EXCEPTION 'rows of {parent} are published and hidden in READ COMMITTED transactions only'
            USING DETAIL = 'Rows of {table} that others add meanwhile might be missed.';
        END IF;
        UPDATE {table} SET {column} = changed.is_public FROM (
            SELECT {key}, {public} AS is_public FROM new_rows EXCEPT SELECT {key}, {public} FROM old_rows
        ) AS changed WHERE {table}.{key} = changed.{key} AND {table}.{column} <> changed.is_public;
        RETURN NULL;
    END $$
    """,  # noqa: S608 - the same
        f"CREATE TRIGGER tr_{parent}_give AFTER UPDATE ON {parent} REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION give_{column}()",
    )


def downgrade() -> None:
    for table in reversed(CARRIED):
        column = CARRIED[table][2]
        op.execute(f"DROP FUNCTION take_{column}() CASCADE")
        op.execute(f"DROP FUNCTION give_{column}() CASCADE")
        op.drop_column(table, column)
