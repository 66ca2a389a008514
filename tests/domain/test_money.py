"""Money has as many decimals as ISO 4217 gives its currency."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.money import Money, amounts, minor_unit_digits

AMOUNTS = [
    (1250, "EUR", "12.50"),
    (0, "EUR", "0.00"),
    (5, "USD", "0.05"),
    (1250, "JPY", "1250"),
    (0, "ISK", "0"),
    (1250, "KWD", "1.250"),
    (7, "BHD", "0.007"),
    (0, "TND", "0.000"),
    (-1250, "EUR", "-12.50"),
    (-5, "USD", "-0.05"),
    (-7, "JPY", "-7"),
    (12_500, "CLF", "1.2500"),
    (1, "UYW", "0.0001"),
    (2**63 - 1, "EUR", "92233720368547758.07"),
    (2**63 - 1, "JPY", "9223372036854775807"),
    (2**63 - 1, "CLF", "922337203685477.5807"),
]


@pytest.mark.parametrize(("minor", "currency", "amount"), AMOUNTS)
def test_an_amount_is_written_with_the_decimals_of_its_currency(minor: int, currency: str, amount: str) -> None:
    assert Money(minor, currency).amount == amount
    assert amounts([Money(minor, currency)]) == [amount]


@given(st.integers(-(2**63), 2**63 - 1), st.sampled_from(["JPY", "EUR", "KWD", "CLF"]))
def test_no_minor_unit_is_lost_and_no_exponent_written(minor: int, currency: str) -> None:
    text = Money(minor, currency).amount

    assert "E" not in text
    assert int(text.replace(".", "")) == minor
    assert Decimal(text) * 10 ** minor_unit_digits(currency) == minor
    assert amounts([Money(minor, currency)] * 2) == [text] * 2


@pytest.mark.parametrize(
    ("digits", "currencies"),
    [
        (0, "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"),
        (2, "AUD CHF EUR GBP HUF MGA MRU MXN PLN SEK TWD USD ZAR"),
        (3, "BHD IQD JOD KWD LYD OMR TND"),
        (4, "CLF UYW"),
    ],
)
def test_the_digits_are_those_of_the_standard(digits: int, currencies: str) -> None:
    """ISO 4217, table A.1."""
    assert {minor_unit_digits(currency) for currency in currencies.split()} == {digits}
