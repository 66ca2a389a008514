"""The move from parent events to functions: how far it is, what it changed, and what each function was made of."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0013"
down_revision: str | None = "0012"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "function_migrations",
        sa.Column("migration_id", sa.Uuid(), nullable=False),
        sa.Column("phase", sa.Text(), nullable=False),
        sa.Column("parent_types", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column(
            "started_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column("migrated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_to", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "phase IN ('MIGRATING', 'MIGRATED', 'COMPLETE', 'ROLLING_BACK', 'ROLLED_BACK')",
            name=op.f("ck_function_migrations_phase_known"),
        ),
        sa.PrimaryKeyConstraint("migration_id", name=op.f("pk_function_migrations")),
    )
    op.create_table(
        "function_migration_changes",
        sa.Column("migration_id", sa.Uuid(), nullable=False),
        sa.Column("change_id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("table_name", sa.Text(), nullable=False),
        sa.Column("row_id", sa.Uuid(), nullable=False),
        sa.Column("column_name", sa.Text(), nullable=True),
        sa.Column("before", sa.Uuid(), nullable=True),
        sa.Column("after", sa.Uuid(), nullable=True),
        sa.Column("by_client", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.CheckConstraint(
            "column_name IN ('function_id', 'parent_event_id')",
            name=op.f("ck_function_migration_changes_column_name_known"),
        ),
        sa.CheckConstraint(
            "table_name IN ('events', 'functions')", name=op.f("ck_function_migration_changes_table_name_known")
        ),
        sa.ForeignKeyConstraint(
            ["migration_id"],
            ["function_migrations.migration_id"],
            name=op.f("fk_function_migration_changes_migration_id"),
        ),
        sa.PrimaryKeyConstraint("migration_id", "change_id", name=op.f("pk_function_migration_changes")),
    )
    op.create_index(
        "ix_function_migration_changes_made",
        "function_migration_changes",
        ["row_id"],
        unique=False,
        postgresql_where=sa.text("column_name IS NULL"),
    )
    op.create_table(
        "function_roots",
        sa.Column("function_id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("migration_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["events.event_id"], name=op.f("fk_function_roots_event_id")),
        sa.ForeignKeyConstraint(["function_id"], ["functions.function_id"], name=op.f("fk_function_roots_function_id")),
        sa.ForeignKeyConstraint(
            ["migration_id"], ["function_migrations.migration_id"], name=op.f("fk_function_roots_migration_id")
        ),
        sa.PrimaryKeyConstraint("function_id", name=op.f("pk_function_roots")),
        sa.UniqueConstraint("event_id", name=op.f("uq_function_roots_event_id")),
    )
    op.create_index(op.f("ix_function_roots_migration_id"), "function_roots", ["migration_id"], unique=False)


def downgrade() -> None:
    # A move that is under way keeps events in step by triggers that are not the schema's own.
    op.execute("DROP FUNCTION IF EXISTS keep_hierarchies_in_step() CASCADE")
    op.drop_table("function_roots")
    op.drop_table("function_migration_changes")
    op.drop_table("function_migrations")
