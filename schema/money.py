"""Money, as clients see it."""

from __future__ import annotations

from decimal import Decimal

import strawberry

from db.statements.written import Value
from domain.money import amounts
from schema.fields import column, derived
from schema.scalars import CurrencyCode


@strawberry.type(description="An amount in a currency.")
class Money:
    """`domain.money.Money`, shown."""

    amount: Decimal = derived(
        amounts,
        'In major units, with as many decimals as the currency has: `"12.50"`.',
        written=('"', Value("amount", ("minor", "currency")), '"'),
    )
    currency: CurrencyCode = column("The currency.")


PRICE = {"minor": "price_amount", "currency": "price_currency"}
"""The columns in which rows have a price."""
