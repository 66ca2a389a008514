"""Who asks: one immutable value, made once a request."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from enum import Enum
from typing import Final, NamedTuple

from domain.members import OrgRole

__all__ = ["ADMIN", "ANONYMOUS", "Membership", "OrgRole", "Role", "Viewer"]


class Role(Enum):
    """What a viewer is to this installation. Staff are customers who work for an organisation (`OrgRole`)."""

    ANONYMOUS = "anonymous"
    CUSTOMER = "customer"
    GUEST = "guest"
    PARTNER = "partner"
    ADMIN = "admin"


class Membership(NamedTuple):
    """For whom someone works, and as what; the same person may have several roles."""

    organisation_id: uuid.UUID
    role: OrgRole


@dataclass(frozen=True, slots=True)
class Viewer:
    """The one on whose behalf an operation runs.

    Attributes:
        role: what they are to the installation.
        subject: whom a token names; None without one.
        customer_id: their row; None for anyone without an account.
        memberships: the organisations that they work for, and as what; empty for all but staff.
        client_id: the client of the registry that a partner is; None for all others.
        grants: what a partner was granted; empty for all others.
        registration_id: the one registration that a guest may see; None for all others.
    """

    role: Role
    subject: str | None = None
    customer_id: uuid.UUID | None = None
    memberships: frozenset[Membership] = frozenset()
    client_id: uuid.UUID | None = None
    grants: frozenset[str] = frozenset()
    registration_id: uuid.UUID | None = None

    @property
    def is_staff(self) -> bool:
        """Whether they work for any organisation."""
        return bool(self.memberships)

    def works_as(self, *roles: OrgRole) -> frozenset[uuid.UUID]:
        """The organisations for which they work in one of some roles."""
        return frozenset(each.organisation_id for each in self.memberships if each.role in roles)


ANONYMOUS: Final = Viewer(Role.ANONYMOUS)
"""Anyone without a credential."""

ADMIN: Final = Viewer(Role.ADMIN)
"""The operator, who may see everything that is not deleted."""
