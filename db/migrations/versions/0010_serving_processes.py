"""Which processes serve the registry, and at which version."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0010"
down_revision: str | None = "0009"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "serving_processes",
        sa.Column("process_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("beat", sa.BigInteger(), nullable=False),
        sa.Column("lease", sa.Float(), nullable=False),
        sa.Column("beaten_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("lease > 0", name=op.f("ck_serving_processes_lease_positive")),
        sa.CheckConstraint(
            "name ~ '[^[:space:]]' AND char_length(name) <= 500", name=op.f("ck_serving_processes_name_well_formed")
        ),
        sa.PrimaryKeyConstraint("process_id", name=op.f("pk_serving_processes")),
    )


def downgrade() -> None:
    op.drop_table("serving_processes")
