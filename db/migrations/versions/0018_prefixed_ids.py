"""Ids of documents may have any prefix that clients may send: `x-` and what their tool calls itself."""

from collections.abc import Sequence

from alembic import op

revision: str = "0018"
down_revision: str | None = "0017"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

NAME = "ck_release_operations_public_id_well_formed"


def upgrade() -> None:
    _check("^((sha256|x-[A-Za-z0-9._~-]+):)?[A-Za-z0-9._~-]+$")


def downgrade() -> None:
    _check("^([a-z0-9-]+:)?[A-Za-z0-9._~-]+$", not_valid=True)


def _check(pattern: str, *, not_valid: bool = False) -> None:
    op.drop_constraint(op.f(NAME), "release_operations")
    condition = f"public_id ~ '{pattern}' AND length(public_id) <= 300"
    op.create_check_constraint(op.f(NAME), "release_operations", condition, postgresql_not_valid=not_valid)
