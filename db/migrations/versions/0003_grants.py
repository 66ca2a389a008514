"""Grants of partners."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("clients", sa.Column("is_partner", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.create_table(
        "client_grants",
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("granted_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("granted_by", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "granted_by ~ '[^[:space:]]' AND char_length(granted_by) <= 500",
            name=op.f("ck_client_grants_granted_by_well_formed"),
        ),
        sa.CheckConstraint(
            "name ~ '^[A-Za-z_][A-Za-z0-9_]*([.][A-Za-z_][A-Za-z0-9_]*)?$' AND char_length(name) <= 200",
            name=op.f("ck_client_grants_name_well_formed"),
        ),
        sa.ForeignKeyConstraint(["client_id"], ["clients.client_id"], name=op.f("fk_client_grants_client_id")),
        sa.PrimaryKeyConstraint("client_id", "name", name=op.f("pk_client_grants")),
    )


def downgrade() -> None:
    op.drop_table("client_grants")
    op.drop_column("clients", "is_partner")
