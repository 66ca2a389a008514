"""Published operations keep which statements they come to."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0021"
down_revision: str | None = "0020"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("operations", sa.Column("statements", postgresql.JSONB(), nullable=True))
    op.create_check_constraint(
        op.f("ck_operations_statements_is_array"), "operations", "jsonb_typeof(statements) = 'array'"
    )


def downgrade() -> None:
    op.drop_column("operations", "statements")
