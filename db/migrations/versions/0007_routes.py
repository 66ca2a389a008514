"""Named routes, clients that anyone may call by theirs, and keys that publish."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0007"
down_revision: str | None = "0006"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("clients", sa.Column("is_public", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.create_check_constraint(op.f("ck_clients_no_public_partner"), "clients", "NOT (is_public AND is_partner)")
    op.add_column("client_keys", sa.Column("purpose", sa.Text(), server_default=sa.text("'call'"), nullable=False))
    op.create_check_constraint(op.f("ck_client_keys_purpose_known"), "client_keys", "purpose IN ('call', 'publish')")
    op.add_column("release_operations", sa.Column("route", sa.Text(), nullable=True))
    op.create_check_constraint(
        op.f("ck_release_operations_route_well_formed"),
        "release_operations",
        "route ~ '^GET /api(/[A-Za-z0-9._~{}-]+)+$' AND char_length(route) <= 304",
    )
    op.create_unique_constraint(
        op.f("uq_release_operations_release_id_route"), "release_operations", ["release_id", "route"]
    )


def downgrade() -> None:
    op.drop_constraint(op.f("uq_release_operations_release_id_route"), "release_operations")
    op.drop_constraint(op.f("ck_release_operations_route_well_formed"), "release_operations")
    op.drop_column("release_operations", "route")
    op.drop_constraint(op.f("ck_client_keys_purpose_known"), "client_keys")
    op.drop_column("client_keys", "purpose")
    op.drop_constraint(op.f("ck_clients_no_public_partner"), "clients")
    op.drop_column("clients", "is_public")
