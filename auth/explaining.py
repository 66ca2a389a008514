"""Who may look behind an answer."""

from __future__ import annotations

from enum import Enum

from auth.viewer import Role, Viewer


class ExplainTo(Enum):
    """Who may ask how an answer to a request of theirs is come by."""

    NOBODY = "nobody"
    ADMINISTRATORS = "administrators"
    ANYONE = "anyone"

    def allows(self, viewer: Viewer) -> bool:
        """Whether this viewer may."""
        return self is ExplainTo.ANYONE or (self is ExplainTo.ADMINISTRATORS and viewer.role is Role.ADMIN)
