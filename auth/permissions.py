"""What a field may ask of its viewer. A permission stands beside the field, in `schema/`."""

from __future__ import annotations

from enum import Enum

from auth.viewer import Role, Viewer


class Permission(Enum):
    """Who may see a field, as far as the viewer alone decides it."""

    PUBLIC = "PUBLIC"
    STAFF = "STAFF"


DESCRIPTIONS = {
    Permission.PUBLIC: "Anyone.",
    Permission.STAFF: "Staff of the organisation, and administrators.",
}


def permits(viewer: Viewer, permission: Permission) -> bool:
    """Whether the viewer has the permission, whatever the row."""
    return permission is Permission.PUBLIC or viewer.role is Role.ADMIN
