"""Who called what how often."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "operation_usage",
        sa.Column("client", sa.Text(), nullable=False),
        sa.Column("release", sa.Text(), nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("by_release", sa.Boolean(), nullable=False),
        sa.Column("hour", sa.DateTime(timezone=True), nullable=False),
        sa.Column("calls", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("errors", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("refused", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("cost", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("durations", postgresql.JSONB(none_as_null=True), nullable=False),
        sa.Column("last_seen", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("extract(epoch FROM hour) % 3600 = 0", name=op.f("ck_operation_usage_hour_is_whole")),
        sa.CheckConstraint(
            "calls >= 0 AND errors >= 0 AND refused >= 0 AND cost >= 0",
            name=op.f("ck_operation_usage_counts_not_negative"),
        ),
        sa.CheckConstraint("jsonb_typeof(durations) = 'object'", name=op.f("ck_operation_usage_durations_is_object")),
        sa.PrimaryKeyConstraint(
            "client", "release", "public_id", "by_release", "hour", name=op.f("pk_operation_usage")
        ),
    )
    op.create_index("ix_operation_usage_hour", "operation_usage", ["hour"], unique=False)


def downgrade() -> None:
    op.drop_table("operation_usage")
