"""Money, as clients see it."""

from __future__ import annotations

from decimal import Decimal

import strawberry

from domain.money import amounts
from schema.fields import column, derived
from schema.scalars import CurrencyCode


@strawberry.type(description="An amount in a currency.")
class Money:
    """`domain.money.Money`, shown."""

    amount: Decimal = derived(amounts, 'In major units, with as many decimals as the currency has: `"12.50"`.')
    currency: CurrencyCode = column("The currency.")
