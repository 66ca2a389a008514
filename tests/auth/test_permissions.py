"""A permission says who may see a field, as far as the viewer alone decides it."""

import dataclasses

import pytest

from auth.permissions import DESCRIPTIONS, Permission, permits
from auth.viewer import ADMIN, ANONYMOUS, Role, Viewer

SEES = {
    Role.ANONYMOUS: {Permission.PUBLIC},
    Role.CUSTOMER: {Permission.PUBLIC},
    Role.GUEST: {Permission.PUBLIC},
    Role.PARTNER: {Permission.PUBLIC},
    Role.ADMIN: {Permission.PUBLIC, Permission.STAFF},
}


@pytest.mark.parametrize("role", Role)
def test_a_role_sees_what_the_table_says_and_nothing_else(role: Role) -> None:
    assert {permission for permission in Permission if permits(Viewer(role), permission)} == SEES[role]


@pytest.mark.parametrize("permission", Permission)
def test_every_permission_is_described(permission: Permission) -> None:
    assert DESCRIPTIONS[permission].endswith(".")


@pytest.mark.parametrize("viewer", [ANONYMOUS, ADMIN])
def test_who_asks_cannot_be_changed_on_the_way(viewer: Viewer) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        viewer.role = Role.ADMIN  # type: ignore[misc] # what the test is about
