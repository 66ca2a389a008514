"""On which terms something is sold, as clients see it: who may buy it, and the taxes on it."""

from __future__ import annotations

from decimal import Decimal

import strawberry

from auth.permissions import Permission
from resolvers.terms import codes_of, rates_of, viewer_meets
from schema.enums import EligibilityCode
from schema.fields import column, derived, edge
from schema.money import Money

PUBLIC = Permission.PUBLIC


@strawberry.type(description="What a tax comes to: in a registration, or on the price of one ticket.")
class TaxLine:
    """`resolvers.terms.TaxShown`, shown."""

    name: str = column("Its name.", permission=PUBLIC)
    rate: Decimal = derived(rates_of, 'Its rate: `"0.21"`.', permission=PUBLIC)
    is_included: bool = column("Whether it is in the price; else it comes on top.", permission=PUBLIC)
    amount: Money = column("What it comes to.", permission=PUBLIC)


@strawberry.type(description="Who may buy something: of several rules, one that is met is enough.")
class EligibilityRule:
    """A row of `eligibility_rules`."""

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
