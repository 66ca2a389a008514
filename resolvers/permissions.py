"""Whether a viewer has a permission of one row, for resolvers that show more to those who have it."""

from __future__ import annotations

from auth.permissions import Permission, permits
from db.rows import Row
from db.visibility import may
from resolvers.context import Context


def has(context: Context, row: Row, permission: Permission, coordinate: str) -> bool:
    """Whether the viewer has a permission of this row.

    Args:
        context: the request.
        row: of a type that `has_verdicts`, read with `may(permission)`.
        permission: what is needed.
        coordinate: the field that needs it, as `Type.field`.
    """
    return permits(context.viewer, permission, coordinate) and bool(row[may(permission.value)])
