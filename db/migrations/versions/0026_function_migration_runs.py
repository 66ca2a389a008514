"""What administrators ask workers to do about the move to functions."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0026"
down_revision: str | None = "0025"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

TABLE = "function_migration_runs"


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("migration_id", sa.Uuid(), nullable=True),
        sa.Column("parent_types", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("actor_role", sa.Text(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=True),
        sa.Column("request_id", sa.Text(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("progressed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("functions", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("events", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("remaining", sa.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.CheckConstraint("kind IN ('MIGRATE', 'ROLL_BACK')", name=op.f("ck_function_migration_runs_kind_known")),
        sa.CheckConstraint(
            "reason ~ '[^[:space:]]' AND char_length(reason) <= 500",
            name=op.f("ck_function_migration_runs_reason_well_formed"),
        ),
        sa.CheckConstraint(
            "actor ~ '[^[:space:]]' AND char_length(actor) <= 500",
            name=op.f("ck_function_migration_runs_actor_well_formed"),
        ),
        sa.CheckConstraint(
            "actor_role IN ('operator', 'anonymous', 'customer', 'staff', 'guest', 'partner', 'admin')",
            name=op.f("ck_function_migration_runs_actor_role_known"),
        ),
        sa.CheckConstraint("functions >= 0", name=op.f("ck_function_migration_runs_functions_not_negative")),
        sa.CheckConstraint("events >= 0", name=op.f("ck_function_migration_runs_events_not_negative")),
        sa.CheckConstraint("char_length(failure) <= 10000", name=op.f("ck_function_migration_runs_failure_length")),
        sa.ForeignKeyConstraint(
            ["migration_id"],
            ["function_migrations.migration_id"],
            name=op.f("fk_function_migration_runs_migration_id"),
        ),
        sa.ForeignKeyConstraint(
            ["client_id"], ["clients.client_id"], name=op.f("fk_function_migration_runs_client_id")
        ),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_function_migration_runs")),
    )
    op.create_index(op.f("ix_function_migration_runs_migration_id"), TABLE, ["migration_id"])
    op.create_index(
        "uq_function_migration_runs_under_way",
        TABLE,
        [sa.text("(ended_at IS NULL)")],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_table(TABLE)
