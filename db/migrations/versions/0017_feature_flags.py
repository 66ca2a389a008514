"""Feature flags that somebody has changed."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0017"
down_revision: str | None = "0016"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "feature_flags",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("rollout_percentage", sa.Integer(), nullable=False),
        sa.Column("segments", postgresql.JSONB(none_as_null=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "key ~ '[^[:space:]]' AND char_length(key) <= 100", name=op.f("ck_feature_flags_key_well_formed")
        ),
        sa.CheckConstraint("rollout_percentage BETWEEN 0 AND 100", name=op.f("ck_feature_flags_percentage_is_part")),
        sa.CheckConstraint("jsonb_typeof(segments) = 'object'", name=op.f("ck_feature_flags_segments_is_object")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_feature_flags")),
    )


def downgrade() -> None:
    op.drop_table("feature_flags")
