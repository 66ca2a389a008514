"""What a field may ask of its viewer. A permission stands beside the field, in `schema/`.

A permission is a rule in two halves (`RULES`). Whether a viewer has it at all depends on the viewer alone, and is
decided once per field of an operation. Of which rows it holds depends on the organisation a row belongs to, and is
decided by the statement that reads the row (`db.visibility`).
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final

from auth.viewer import OrgRole, Role, Viewer


class Permission(Enum):
    """Who may see a field."""

    PUBLIC = "PUBLIC"
    CUSTOMER = "CUSTOMER"
    STAFF = "STAFF"
    INTERNAL = "INTERNAL"
    DOOR = "DOOR"
    FINANCE = "FINANCE"
    MANAGER = "MANAGER"
    OWNER = "OWNER"
    ADMIN = "ADMIN"


@dataclass(frozen=True, slots=True)
class Rule:
    """Who has a permission; administrators have every one.

    Attributes:
        description: in words, for the documentation.
        roles: staff who work in one of these roles have it, of the rows of their organisation.
        customer: customers have it, of rows that are theirs.
        anyone: everybody has it, of every row that they may see.
        grantable: a partner may be granted it, of every row that the partner may see.
    """

    description: str
    roles: frozenset[OrgRole] = frozenset()
    customer: bool = False
    anyone: bool = False
    grantable: bool = True


RULES: Final[Mapping[Permission, Rule]] = {
    Permission.PUBLIC: Rule("Anyone.", anyone=True),
    Permission.CUSTOMER: Rule("The customer to whom it belongs, and administrators.", customer=True),
    Permission.STAFF: Rule("Staff of the organisation, in any role, and administrators.", roles=frozenset(OrgRole)),
    Permission.INTERNAL: Rule(
        "Staff of the organisation, in any role, and administrators; never a partner: it is about people.",
        roles=frozenset(OrgRole),
        grantable=False,
    ),
    Permission.DOOR: Rule(
        "Staff of the organisation who stand at its door or run it (`DOOR`, `MANAGER`, `OWNER`), and administrators.",
        roles=frozenset({OrgRole.DOOR, OrgRole.MANAGER, OrgRole.OWNER}),
    ),
    Permission.FINANCE: Rule(
        "Staff of the organisation who handle its money (`FINANCE`, `OWNER`), and administrators.",
        roles=frozenset({OrgRole.FINANCE, OrgRole.OWNER}),
    ),
    Permission.MANAGER: Rule(
        "Staff of the organisation who run it (`MANAGER`, `OWNER`), and administrators.",
        roles=frozenset({OrgRole.MANAGER, OrgRole.OWNER}),
    ),
    Permission.OWNER: Rule(
        "Staff of the organisation who own it, and administrators.", roles=frozenset({OrgRole.OWNER})
    ),
    Permission.ADMIN: Rule("Administrators.", grantable=False),
}
"""What each permission means: the one table that decides it."""

FOR_PEOPLE: Final = frozenset(permission.value for permission, rule in RULES.items() if not rule.grantable)
"""The names of those that no partner may be granted."""

DESCRIPTIONS: Final = {permission: rule.description for permission, rule in RULES.items()}


def permits(viewer: Viewer, permission: Permission, coordinate: str | None = None) -> bool:
    """Whether the viewer has a permission of any row at all.

    Args:
        viewer: who asks.
        permission: what is needed.
        coordinate: the field that needs it (`Type.field`), since a partner may be granted single fields. No grant
            holds of a mutation: it opens what may be seen.
    """
    rule = RULES[permission]
    if rule.anyone or viewer.role is Role.ADMIN:
        return True
    if viewer.role is Role.PARTNER:
        granted = permission.value in viewer.grants or coordinate in viewer.grants
        return rule.grantable and granted and not (coordinate or "").startswith("Mutation.")
    return (rule.customer and viewer.customer_id is not None) or bool(organisations_of(viewer, permission))


def organisations_of(viewer: Viewer, permission: Permission) -> frozenset[uuid.UUID]:
    """The organisations of whose rows a viewer has a permission by working there."""
    roles = RULES[permission].roles
    return viewer.works_as(*roles) if roles else frozenset()
