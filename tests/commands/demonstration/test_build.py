import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commands.demonstration.build import minor_units, rows_of, shares
from commands.demonstration.load import ORGANISATIONS
from db import models

TODAY = dt.date(2027, 3, 28)


@pytest.mark.parametrize(
    ("price", "currency", "minor"),
    [("12.50", "EUR", 1250), ("3500", "JPY", 3500), ("7.500", "KWD", 7500), ("0", "CLP", 0)],
)
def test_a_price_is_read_in_the_decimals_of_its_currency(price: str, currency: str, minor: int) -> None:
    assert minor_units(price, currency) == minor


@pytest.mark.parametrize(("price", "currency"), [("12.5", "EUR"), ("3500.00", "JPY"), ("7.50", "KWD"), ("7", "EUR")])
def test_a_price_with_other_decimals_is_a_slip_of_the_pen(price: str, currency: str) -> None:
    with pytest.raises(ValueError, match="should have"):
        minor_units(price, currency)


@given(st.integers(0, 10**9), st.lists(st.integers(0, 10**6), min_size=1, max_size=6))
def test_shares_add_up_and_are_never_negative(total: int, weights: list[int]) -> None:
    parts = shares(total, weights)

    assert sum(parts) == total
    assert min(parts) >= 0


def test_the_same_day_gives_the_same_rows() -> None:
    assert rows_of(ORGANISATIONS, TODAY) == rows_of(ORGANISATIONS, TODAY)


def test_rows_of_a_table_have_the_same_columns() -> None:
    for table, rows in rows_of(ORGANISATIONS, TODAY).items():
        assert len({tuple(row) for row in rows}) == 1, table


def test_local_times_stay_what_they_are_when_clocks_change() -> None:
    """The clocks of Ghent go forward on 28 March 2027."""
    for today in (dt.date(2027, 1, 1), dt.date(2027, 6, 1)):
        rows = rows_of(ORGANISATIONS, today)[models.Event]
        (start,) = (row["event_start"] for row in rows if row["title"] == "Installation Ceremony")

        offset = 1 if today.month == 1 else 2
        assert start.hour == 14 - offset
