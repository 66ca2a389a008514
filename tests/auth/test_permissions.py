"""A permission says who may see a field, as far as the viewer alone decides it."""

import dataclasses

import pytest

from auth.permissions import DESCRIPTIONS, RULES, Permission, organisations_of, permits
from auth.reach import reach_of
from auth.viewer import ADMIN, ANONYMOUS, Membership, OrgRole, Role, Viewer
from db.visibility import ROW_PERMISSIONS, Sight
from domain.ids import uuid7

MINE, OTHER = uuid7(), uuid7()
P = Permission


def staff(role: OrgRole) -> Viewer:
    return Viewer(Role.CUSTOMER, customer_id=uuid7(), memberships=frozenset({Membership(MINE, role)}))


HAS = {
    "anonymous": (ANONYMOUS, {P.PUBLIC}),
    "a customer": (Viewer(Role.CUSTOMER, customer_id=uuid7()), {P.PUBLIC, P.CUSTOMER}),
    "a customer without an account": (Viewer(Role.CUSTOMER), {P.PUBLIC}),
    "a guest": (Viewer(Role.GUEST, registration_id=uuid7()), {P.PUBLIC}),
    "the door": (staff(OrgRole.DOOR), {P.PUBLIC, P.CUSTOMER, P.STAFF, P.INTERNAL, P.DOOR}),
    "finance": (staff(OrgRole.FINANCE), {P.PUBLIC, P.CUSTOMER, P.STAFF, P.INTERNAL, P.FINANCE}),
    "a manager": (staff(OrgRole.MANAGER), {P.PUBLIC, P.CUSTOMER, P.STAFF, P.INTERNAL, P.DOOR, P.MANAGER}),
    "an owner": (staff(OrgRole.OWNER), set(P) - {P.ADMIN}),
    "a partner": (Viewer(Role.PARTNER), {P.PUBLIC}),
    "a partner with grants": (Viewer(Role.PARTNER, grants=frozenset({"DOOR"})), {P.PUBLIC, P.DOOR}),
    "a partner who was granted too much": (Viewer(Role.PARTNER, grants=frozenset({"ADMIN", "INTERNAL"})), {P.PUBLIC}),
    "an admin": (ADMIN, set(P)),
}


@pytest.mark.parametrize(("viewer", "has"), HAS.values(), ids=HAS)
def test_a_viewer_has_what_the_table_says_and_nothing_else(viewer: Viewer, has: set[Permission]) -> None:
    assert {permission for permission in Permission if permits(viewer, permission)} == has


def test_a_partner_may_be_granted_a_single_field() -> None:
    partner = Viewer(Role.PARTNER, grants=frozenset({"Ticket.pools"}))

    assert permits(partner, P.STAFF, "Ticket.pools")
    assert not permits(partner, P.STAFF, "CapacityPool.sold")
    assert not permits(Viewer(Role.CUSTOMER, grants=frozenset({"Ticket.pools"})), P.STAFF, "Ticket.pools")


def test_staff_have_a_permission_of_the_rows_of_their_organisation_alone() -> None:
    viewer = Viewer(
        Role.CUSTOMER, memberships=frozenset({Membership(MINE, OrgRole.DOOR), Membership(OTHER, OrgRole.FINANCE)})
    )

    assert organisations_of(viewer, P.STAFF) == {MINE, OTHER}
    assert organisations_of(viewer, P.DOOR) == {MINE}
    assert organisations_of(viewer, P.FINANCE) == {OTHER}
    assert organisations_of(viewer, P.OWNER) == frozenset()


def test_statements_know_the_permissions_that_hold_of_some_rows() -> None:
    assert set(ROW_PERMISSIONS) == {each.value for each in P if RULES[each].roles}
    assert reach_of(Viewer(Role.CUSTOMER, customer_id=uuid7())).sight is Sight.PUBLIC
    assert reach_of(Viewer(Role.PARTNER)).sight is Sight.PUBLIC
    assert reach_of(staff(OrgRole.DOOR)).sight is Sight.PRIVILEGED


@pytest.mark.parametrize("permission", Permission)
def test_every_permission_is_described(permission: Permission) -> None:
    assert DESCRIPTIONS[permission].endswith(".")


@pytest.mark.parametrize("viewer", [ANONYMOUS, ADMIN])
def test_who_asks_cannot_be_changed_on_the_way(viewer: Viewer) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        viewer.role = Role.ADMIN  # type: ignore[misc] # what the test is about
