"""A place knows the pools that it was taken from: it goes back to them, whatever its ticket draws on by then."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0028"
down_revision: str | None = "0027"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column(
        "attendees", sa.Column("pool_ids", sa.ARRAY(sa.Uuid()), server_default=sa.text("'{}'"), nullable=False)
    )
    op.execute("""
        UPDATE attendees SET pool_ids = ARRAY(
            SELECT pool_id FROM ticket_pools WHERE ticket_pools.ticket_id = attendees.ticket_id ORDER BY pool_id
        )
    """)


def downgrade() -> None:
    op.drop_column("attendees", "pool_ids")
