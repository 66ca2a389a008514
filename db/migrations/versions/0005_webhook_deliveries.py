"""Webhooks that were received."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "webhook_deliveries",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("delivery_id", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("result", postgresql.JSONB(), server_default=sa.text("'{}'::jsonb"), nullable=False),
        sa.CheckConstraint(
            "source ~ '[^[:space:]]' AND char_length(source) <= 100",
            name=op.f("ck_webhook_deliveries_source_well_formed"),
        ),
        sa.CheckConstraint(
            "delivery_id <> '' AND char_length(delivery_id) <= 255",
            name=op.f("ck_webhook_deliveries_delivery_id_well_formed"),
        ),
        sa.CheckConstraint(
            "type ~ '[^[:space:]]' AND char_length(type) <= 100", name=op.f("ck_webhook_deliveries_type_well_formed")
        ),
        sa.CheckConstraint("jsonb_typeof(result) = 'object'", name=op.f("ck_webhook_deliveries_result_is_object")),
        sa.PrimaryKeyConstraint("source", "delivery_id", name=op.f("pk_webhook_deliveries")),
    )
    op.create_index("ix_webhook_deliveries_received_at", "webhook_deliveries", ["received_at"], unique=False)


def downgrade() -> None:
    op.drop_table("webhook_deliveries")
