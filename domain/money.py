"""Money: an integer of minor units inside, a decimal string and a currency code outside."""

from __future__ import annotations

from collections.abc import Iterable
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
    def amount(self) -> str:
        """The amount in major units, with as many decimals as its currency has: `12.50`."""
        digits = minor_unit_digits(self.currency)
        if not digits:
            return str(self.minor)
        whole, part = divmod(abs(self.minor), 10**digits)
        return f"{'-' if self.minor < 0 else ''}{whole}.{part:0{digits}}"


def amounts(moneys: Iterable[Money]) -> list[str]:
    """The `amount` of each, in less time: most are so many hundredths."""
    return [
        "%d.%02d" % divmod(money[0], 100)  # noqa: UP031 - takes two thirds of the time that `format` does
        if money[1] not in _EXPONENT_OF and money[0] >= 0
        else money.amount
        for money in moneys
    ]
