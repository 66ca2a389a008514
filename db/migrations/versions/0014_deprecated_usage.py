"""How many calls asked for a deprecated field."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0014"
down_revision: str | None = "0013"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

COUNTS = "calls >= 0 AND errors >= 0 AND refused >= 0 AND cost >= 0"


def upgrade() -> None:
    op.add_column(
        "operation_usage", sa.Column("deprecated", sa.BigInteger(), server_default=sa.text("0"), nullable=False)
    )
    op.drop_constraint(op.f("ck_operation_usage_counts_not_negative"), "operation_usage", type_="check")
    op.create_check_constraint(
        op.f("ck_operation_usage_counts_not_negative"), "operation_usage", f"{COUNTS} AND deprecated >= 0"
    )


def downgrade() -> None:
    op.drop_constraint(op.f("ck_operation_usage_counts_not_negative"), "operation_usage", type_="check")
    op.drop_column("operation_usage", "deprecated")
    op.create_check_constraint(op.f("ck_operation_usage_counts_not_negative"), "operation_usage", COUNTS)
