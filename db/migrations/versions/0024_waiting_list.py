"""What comes free is kept for those who wait: pools say that they are awaited, entries of which function they are."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0024"
down_revision: str | None = "0023"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("capacity_pools", sa.Column("awaited", sa.Integer(), server_default=sa.text("0"), nullable=False))
    op.create_check_constraint(op.f("ck_capacity_pools_awaited_not_negative"), "capacity_pools", "awaited >= 0")
    op.create_index("ix_capacity_pools_awaited", "capacity_pools", ["pool_id"], postgresql_where=sa.text("awaited > 0"))
    op.add_column("waiting_list_entries", sa.Column("function_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_waiting_list_entries_function_id"),
        "waiting_list_entries",
        "functions",
        ["function_id"],
        ["function_id"],
    )
    op.drop_index("ix_waiting_list_entries_customer_id", "waiting_list_entries")
    op.create_index("ix_waiting_list_entries_customer_id", "waiting_list_entries", ["customer_id", "position"])


def downgrade() -> None:
    op.drop_index("ix_waiting_list_entries_customer_id", "waiting_list_entries")
    op.create_index("ix_waiting_list_entries_customer_id", "waiting_list_entries", ["customer_id"])
    op.drop_constraint(op.f("fk_waiting_list_entries_function_id"), "waiting_list_entries")
    op.drop_column("waiting_list_entries", "function_id")
    op.drop_index("ix_capacity_pools_awaited", "capacity_pools")
    op.drop_column("capacity_pools", "awaited")
