"""Lists of what was deleted, the last first."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0025"
down_revision: str | None = "0024"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

KEYS = {"functions": "function_id", "events": "event_id", "event_tickets": "ticket_id"}


def upgrade() -> None:
    deleted = sa.text("deleted_at IS NOT NULL")
    for table, key in KEYS.items():
        op.create_index(f"ix_{table}_deleted", table, ["deleted_at", key], postgresql_where=deleted)


def downgrade() -> None:
    for table in KEYS:
        op.drop_index(f"ix_{table}_deleted", table)
