"""Money: an integer of minor units inside, a decimal string and a currency code outside."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

_EXPONENTS = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}
_EXPONENT_OF = {code: exponent for exponent, codes in _EXPONENTS.items() for code in codes.split()}


def minor_unit_digits(currency: str) -> int:
    """How many decimals a currency has (ISO 4217, table A.1); two, for those not listed."""
    return _EXPONENT_OF.get(currency, 2)


class Money(NamedTuple):
    """An amount in a currency: `minor` is in minor units (cents, for EUR)."""

    minor: int
    currency: str

    @property
    def amount(self) -> Decimal:
        """The amount in major units with the currency's own number of decimals: `Decimal("12.50")`."""
        return Decimal(self.minor).scaleb(-minor_unit_digits(self.currency))
