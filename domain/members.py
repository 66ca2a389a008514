"""Who works for an organisation, and as what."""

from __future__ import annotations

from enum import Enum


class OrgRole(Enum):
    """What a member of an organisation does there."""

    OWNER = "OWNER"
    MANAGER = "MANAGER"
    FINANCE = "FINANCE"
    DOOR = "DOOR"
