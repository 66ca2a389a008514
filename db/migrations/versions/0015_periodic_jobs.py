"""What is done every so often."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0015"
down_revision: str | None = "0014"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "periodic_jobs",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("running_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("figures", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("failures", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.CheckConstraint("char_length(last_error) <= 10000", name=op.f("ck_periodic_jobs_last_error_length")),
        sa.CheckConstraint("failures >= 0", name=op.f("ck_periodic_jobs_failures_not_negative")),
        sa.CheckConstraint("jsonb_typeof(figures) = 'object'", name=op.f("ck_periodic_jobs_figures_is_object")),
        sa.CheckConstraint(
            "name ~ '[^[:space:]]' AND char_length(name) <= 100", name=op.f("ck_periodic_jobs_name_well_formed")
        ),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_periodic_jobs")),
    )


def downgrade() -> None:
    op.drop_table("periodic_jobs")
