"""Who may buy what is sold, as clients see it."""

from __future__ import annotations

import strawberry

from auth.permissions import Permission
from resolvers.registrations import item_of
from resolvers.staff_terms import asked_for
from resolvers.terms import codes_of, viewer_meets
from schema.enums import EligibilityCode
from schema.fields import column, derived, edge
from schema.node import Node, global_id
from schema.organisation import Organisation
from schema.registration import Purchasable

PUBLIC = Permission.PUBLIC
STAFFS = Permission.INTERNAL
"""The terms of a seller are its staff's to see, and no partner's."""

VERSION = "Counts its changes; a change names the version that it was made on."


@strawberry.type(description="Who may buy something: of several rules, one that is met is enough.")
class EligibilityRule(Node):
    """A row of `eligibility_rules`: seen with the ticket or the package that it is about."""

    id: strawberry.ID = global_id("EligibilityRule", "rule_id", PUBLIC)
    code: EligibilityCode = derived(  # type: ignore[valid-type] # an enum by another name
        codes_of, "What is asked for.", reads=["kind"], permission=PUBLIC
    )
    description: str = column("The same in words.", permission=PUBLIC)
    viewer_eligible: bool | None = edge(
        viewer_meets,
        "Whether you meet it; null where that hangs on the code that you order with.",
        reads=["kind", "description", "membership", "member_of_id", "organisation_id"],
        permission=PUBLIC,
    )
    membership: str | None = column("The kind of member that it asks for; null for any.", permission=STAFFS)
    member_of: Organisation | None = edge(
        asked_for, "The organisation that it asks for.", reads=["member_of_id"], permission=STAFFS
    )
    item: Purchasable | None = edge(item_of, "What it is about.", reads=["ticket_id", "package_id"], permission=STAFFS)
    version: int | None = column(VERSION, permission=STAFFS)
