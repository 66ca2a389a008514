"""The taxes on what is sold, as clients see them."""

from __future__ import annotations

from decimal import Decimal

import strawberry

from auth.permissions import Permission
from resolvers.terms import rates_of
from schema.fields import column, derived
from schema.money import Money

PUBLIC = Permission.PUBLIC


@strawberry.type(description="What a tax comes to: in a registration, or on the price of one ticket.")
class TaxLine:
    """`resolvers.terms.TaxShown`, shown."""

    name: str = column("Its name.", permission=PUBLIC)
    rate: Decimal = derived(rates_of, 'Its rate: `"0.21"`.', permission=PUBLIC)
    is_included: bool = column("Whether it is in the price; else it comes on top.", permission=PUBLIC)
    amount: Money = column("What it comes to.", permission=PUBLIC)
