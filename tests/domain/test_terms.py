"""What may be said of prices, vouchers, taxes and who may buy, before anything is looked up."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.money import minor_unit_digits
from domain.prices import WHOLE
from domain.terms import code, share, voucher_faults, worth
from domain.user_errors import Rejected


@given(st.integers(0, WHOLE))
def test_a_share_is_kept_to_the_last_of_six_decimals(millionths: int) -> None:
    assert share(1)(Decimal(millionths) / WHOLE) == millionths


@pytest.mark.parametrize("value", ["-0.01", "1.000001", "0.0000001", "NaN", "Infinity", "1E+9"])
def test_a_share_is_a_part_with_so_many_decimals(value: str) -> None:
    with pytest.raises(ValueError, match="six decimals"):
        share(1)(Decimal(value))


@pytest.mark.parametrize(("typed", "kept"), [(" friends-27 ", "FRIENDS-27"), ("A_B", "A_B"), ("007", "007")])
def test_a_code_is_the_same_in_whichever_case_it_is_typed(typed: str, kept: str) -> None:
    assert code(typed) == kept


@pytest.mark.parametrize("typed", ["", "AB", "-AB", "A" * 65, "ÄRGER", "A B C", "ABC\n\nD"])
def test_a_code_is_plain(typed: str) -> None:
    with pytest.raises(ValueError, match="plain letters"):
        code(typed)


@given(st.integers(0, 10**11), st.sampled_from(["EUR", "JPY", "KWD"]))
def test_an_amount_comes_to_minor_units_of_its_currency(minor: int, currency: str) -> None:
    amount = Decimal(minor).scaleb(-minor_unit_digits(currency))

    assert worth({"amount": amount}, currency)["amount"] == minor
    assert worth({"amount": amount, "currency": currency}, None)["amount"] == minor


@pytest.mark.parametrize(
    "values", [{"currency": "USD"}, {"amount": Decimal("0.001")}, {"amount": Decimal("1.5"), "currency": "JPY"}]
)
def test_an_amount_goes_with_its_currency(values: dict[str, Any]) -> None:
    with pytest.raises(Rejected) as rejected:
        worth(values, "EUR")

    assert [error.field for error in rejected.value.errors] == [("input", "amount")]


def test_what_becomes_of_another_kind_is_told_at_once() -> None:
    """So that whoever turns a share into an amount clears the one, and gives the other."""
    was = {"kind": "PERCENTAGE", "share_off": 500_000, "amount": None, "currency": None}

    assert list(voucher_faults(was)) == []
    faults = [fault.field for fault in voucher_faults({**was, "kind": "AMOUNT"})]
    assert faults == [("input", "shareOff"), ("input", "amount"), ("input", "currency")]
    becomes = {"kind": "AMOUNT", "share_off": None, "amount": 500, "currency": "EUR"}
    assert list(voucher_faults({**was, **becomes})) == []
