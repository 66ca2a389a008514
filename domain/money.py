"""Money: an integer of minor units inside, a decimal string and a currency code outside."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache, partial
from itertools import starmap
from typing import NamedTuple

USUAL_DIGITS = 2
"""How many decimals most currencies have."""

CURRENCIES_BY_DIGITS = {
    digits: tuple(codes.split())
    for digits, codes in (
        (0, "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"),
        (3, "BHD IQD JOD KWD LYD OMR TND"),
        (4, "CLF UYW"),
    )
}
"""The currencies that have another number of decimals (ISO 4217, table A.1)."""

_DIGITS_OF = {code: digits for digits, codes in CURRENCIES_BY_DIGITS.items() for code in codes}


def minor_unit_digits(currency: str) -> int:
    """How many decimals a currency has (ISO 4217, table A.1)."""
    return _DIGITS_OF.get(currency, USUAL_DIGITS)


class Money(NamedTuple):
    """An amount in a currency: `minor` is in minor units (cents, for EUR)."""

    minor: int
    currency: str

    @property
    def amount(self) -> str:
        """The amount in major units, with as many decimals as its currency has: `12.50`."""
        return _amount(self.minor, self.currency)


@lru_cache(maxsize=8192)  # few prices are asked, many times over
def _amount(minor: int, currency: str) -> str:
    digits = minor_unit_digits(currency)
    if not digits:
        return str(minor)
    whole, part = divmod(abs(minor), 10**digits)
    return f"{'-' if minor < 0 else ''}{whole}.{part:0{digits}}"


def moneys(pairs: Iterable[tuple[int, str]]) -> list[Money]:
    """Minor units and currencies as money, without a call of Python for each."""
    return list(map(_MONEY, pairs))


_MONEY = partial(tuple.__new__, Money)


def amounts(moneys: Iterable[Money]) -> list[str]:
    """The `amount` of each, without a call of Python for each."""
    return list(starmap(_amount, moneys))
