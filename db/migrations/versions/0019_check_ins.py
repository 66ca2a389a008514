"""Codes that were shown at doors."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0019"
down_revision: str | None = "0018"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "check_ins",
        sa.Column("check_in_id", sa.Uuid(), nullable=False),
        sa.Column("attendee_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("place", sa.Text(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "at >= '0001-01-02 00:00:00+00'::timestamptz AND at < '9999-12-31 00:00:00+00'::timestamptz",
            name=op.f("ck_check_ins_at_representable"),
        ),
        sa.CheckConstraint(
            "place ~ '[^[:space:]]' AND char_length(place) <= 100", name=op.f("ck_check_ins_place_well_formed")
        ),
        sa.ForeignKeyConstraint(["attendee_id"], ["attendees.attendee_id"], name=op.f("fk_check_ins_attendee_id")),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.customer_id"], name=op.f("fk_check_ins_customer_id")),
        sa.PrimaryKeyConstraint("check_in_id", name=op.f("pk_check_ins")),
    )
    op.create_index(
        "uq_check_ins_attendee_at_place",
        "check_ins",
        ["attendee_id", "at", sa.literal_column("coalesce(place, '')")],
        unique=True,
    )


def downgrade() -> None:
    op.drop_table("check_ins")
