"""What staff alone see: private columns, and indexes of all rows, hidden ones included."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0008"
down_revision: str | None = "0007"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

EVENT_INDEXES = {
    f"ix_events_{scope + '_' if scope else ''}any_{order}": [*([f"{scope}_id"] if scope else []), order, "event_id"]
    for scope in ("function", "organisation", None)
    for order in ("event_start", "title", "created_at")
}


def upgrade() -> None:
    op.add_column("functions", sa.Column("private_metadata", postgresql.JSONB(), nullable=True))
    op.create_check_constraint(
        op.f("ck_functions_private_metadata_is_object"), "functions", "jsonb_typeof(private_metadata) = 'object'"
    )
    op.add_column("organisations", sa.Column("payout_account_id", sa.Text(), nullable=True))
    op.create_check_constraint(
        op.f("ck_organisations_payout_account_id_well_formed"),
        "organisations",
        "payout_account_id ~ '[^[:space:]]' AND char_length(payout_account_id) <= 100",
    )
    for name, keys in EVENT_INDEXES.items():
        op.create_index(name, "events", keys, unique=False)
    drafts = sa.text("NOT is_published")
    op.create_index("ix_events_drafts", "events", ["event_start", "event_id"], postgresql_where=drafts)
    keys = ["organisation_id", "event_start", "event_id"]
    op.create_index("ix_events_organisation_drafts", "events", keys, postgresql_where=drafts)
    op.create_index("ix_functions_any", "functions", ["sort_date", "function_id"], unique=False)
    keys = ["organisation_id", "sort_date", "function_id"]
    op.create_index("ix_functions_organisation_any", "functions", keys, unique=False)


def downgrade() -> None:
    op.drop_index("ix_functions_organisation_any", table_name="functions")
    op.drop_index("ix_functions_any", table_name="functions")
    op.drop_index("ix_events_organisation_drafts", table_name="events")
    op.drop_index("ix_events_drafts", table_name="events")
    for name in EVENT_INDEXES:
        op.drop_index(name, table_name="events")
    op.drop_column("organisations", "payout_account_id")
    op.drop_column("functions", "private_metadata")
