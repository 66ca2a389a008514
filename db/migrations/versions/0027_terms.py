"""Rules on who may buy count their changes, and are deleted softly; a seller's vouchers are listed."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0027"
down_revision: str | None = "0026"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

TABLE = "eligibility_rules"
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    for name in ("created_at", "updated_at"):
        op.add_column(TABLE, sa.Column(name, MOMENT, server_default=sa.text("now()"), nullable=False))
    op.add_column(TABLE, sa.Column("deleted_at", MOMENT, nullable=True))
    op.add_column(TABLE, sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False))
    op.create_check_constraint(op.f("ck_eligibility_rules_version_positive"), TABLE, "version >= 1")
    op.create_index("ix_vouchers_organisation_id", "vouchers", ["organisation_id", "voucher_id"])


def downgrade() -> None:
    op.drop_index("ix_vouchers_organisation_id", "vouchers")
    for name in ("version", "deleted_at", "updated_at", "created_at"):
        op.drop_column(TABLE, name)
