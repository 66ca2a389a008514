"""Limits of clients: what they and their viewers may spend, and whether they may ask for the schema."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0009"
down_revision: str | None = "0008"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

RATES = (("rate_capacity", "rate_restored"), ("viewer_capacity", "viewer_restored"))


def upgrade() -> None:
    op.add_column("clients", sa.Column("introspection", sa.Boolean(), server_default=sa.text("true"), nullable=False))
    for capacity, restored in RATES:
        op.add_column("clients", sa.Column(capacity, sa.Integer(), nullable=True))
        op.add_column("clients", sa.Column(restored, sa.Float(), nullable=True))
        op.create_check_constraint(
            op.f(f"ck_clients_{capacity}_with_rate"),
            "clients",
            f"({capacity} IS NULL) = ({restored} IS NULL) AND {capacity} >= 1 AND {restored} BETWEEN 0.001 AND 100000",
        )


def downgrade() -> None:
    for capacity, restored in RATES:
        op.drop_constraint(op.f(f"ck_clients_{capacity}_with_rate"), "clients")
        op.drop_column("clients", restored)
        op.drop_column("clients", capacity)
    op.drop_column("clients", "introspection")
