"""On which terms something is sold, as clients see it: who may buy it, and the taxes on it."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

import strawberry

from auth.permissions import Permission
from resolvers.staff_terms import asked_for, package_of, ticket_of
from resolvers.terms import codes_of, rates_of, viewer_meets
from schema.enums import EligibilityCode
from schema.fields import column, derived, edge
from schema.money import Money
from schema.node import Node, global_id

if TYPE_CHECKING:
    from schema.organisation import Organisation
    from schema.package import Package
    from schema.ticket import Ticket

PUBLIC = Permission.PUBLIC
STAFFS = Permission.INTERNAL
"""The terms of a seller are its staff's to see, and no partner's."""

VERSION = "Counts its changes; a change names the version that it was made on."


@strawberry.type(description="What a tax comes to: in a registration, or on the price of one ticket.")
class TaxLine:
    """`resolvers.terms.TaxShown`, shown."""

    name: str = column("Its name.", permission=PUBLIC)
    rate: Decimal = derived(rates_of, 'Its rate: `"0.21"`.', permission=PUBLIC)
    is_included: bool = column("Whether it is in the price; else it comes on top.", permission=PUBLIC)
    amount: Money = column("What it comes to.", permission=PUBLIC)


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
        reads=["kind", "membership", "member_of_id", "organisation_id"],
        permission=PUBLIC,
    )
    membership: str | None = column("The kind of member that it asks for; null for any.", permission=STAFFS)
    member_of: Annotated[Organisation, strawberry.lazy("schema.organisation")] | None = edge(
        asked_for, "The organisation that it asks for.", reads=["member_of_id"], permission=STAFFS
    )
    ticket: Annotated[Ticket, strawberry.lazy("schema.ticket")] | None = edge(
        ticket_of, "The ticket that it is about.", reads=["ticket_id"], permission=STAFFS
    )
    package: Annotated[Package, strawberry.lazy("schema.package")] | None = edge(
        package_of, "The package that it is about.", reads=["package_id"], permission=STAFFS
    )
    version: int | None = column(VERSION, permission=STAFFS)
