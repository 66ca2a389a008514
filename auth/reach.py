"""How far a viewer sees beyond what anyone does, as values that statements take."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from auth.permissions import Permission, organisations_of
from auth.viewer import Role, Viewer
from db.deployment import Within
from db.visibility import ROW_PERMISSIONS, Reach

NO_FURTHER: Final = Reach()
"""What anyone sees."""


@lru_cache(maxsize=1024)
def reach_of(viewer: Viewer, within: Within | None = None) -> Reach:
    """What a viewer's statements are told; remembered for those who ask again, as they are now.

    Args:
        viewer: who asks.
        within: what the deployment shows; None for everything.
    """
    if viewer.role is Role.ANONYMOUS:
        return NO_FURTHER if within is None else Reach(within=within)
    is_admin = viewer.role is Role.ADMIN
    return Reach(
        {name: tuple(sorted(organisations_of(viewer, Permission(name)))) for name in ROW_PERMISSIONS},
        viewer.customer_id,
        sees_all=is_admin,
        every_field=is_admin or (viewer.role is Role.PARTNER and bool(viewer.grants)),
        registrations=() if viewer.registration_id is None else (viewer.registration_id,),
        within=within,
    )
