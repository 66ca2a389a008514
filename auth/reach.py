"""How far a viewer sees beyond what anyone does, as values that statements take."""

from __future__ import annotations

from auth.permissions import Permission, organisations_of
from auth.viewer import Role, Viewer
from db.visibility import ROW_PERMISSIONS, Reach


def reach_of(viewer: Viewer) -> Reach | None:
    """What a viewer's statements are told; None for a viewer who sees the rows and columns that anyone sees."""
    is_admin = viewer.role is Role.ADMIN
    granted = viewer.role is Role.PARTNER and bool(viewer.grants)
    if not (is_admin or granted or viewer.is_staff):
        return None
    return Reach(
        {name: tuple(sorted(organisations_of(viewer, Permission(name)))) for name in ROW_PERMISSIONS},
        sees_all=is_admin,
        every_field=is_admin or granted,
    )
