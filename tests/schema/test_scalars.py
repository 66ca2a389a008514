"""How values are written in JSON, and which are read."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from graphql import GraphQLScalarType
from hypothesis import given
from hypothesis import strategies as st

from schema import graphql_schema
from schema.scalars import COERCE_ALL


def scalar(name: str) -> GraphQLScalarType:
    found = graphql_schema().type_map[name]
    assert isinstance(found, GraphQLScalarType)
    return found


MOMENT = dt.datetime(2027, 5, 1, 18, 0, tzinfo=dt.UTC)
BRUSSELS_IN_SUMMER = dt.timezone(dt.timedelta(hours=2))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (MOMENT, "2027-05-01T18:00:00Z"),
        (dt.datetime(2027, 5, 1, 20, 0, tzinfo=BRUSSELS_IN_SUMMER), "2027-05-01T18:00:00Z"),
        (MOMENT.replace(microsecond=120), "2027-05-01T18:00:00.000120Z"),
        (dt.datetime(1, 1, 1, tzinfo=dt.UTC), "0001-01-01T00:00:00Z"),
    ],
)
def test_a_moment_is_written_in_utc(value: dt.datetime, text: str) -> None:
    assert scalar("DateTime").serialize(value) == text


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2027-05-01T18:00:00Z", MOMENT),
        ("2027-05-01t18:00:00z", MOMENT),
        ("2027-05-01T20:00:00+02:00", MOMENT),
        ("2027-05-01T07:30:00-10:30", MOMENT),
        ("2027-05-01T18:00:00-00:00", MOMENT),
        ("2027-05-01T18:00:00.5Z", MOMENT.replace(microsecond=500_000)),
        ("2027-05-01T18:00:00.123456789Z", MOMENT.replace(microsecond=123_456)),
    ],
)
def test_a_moment_is_read_with_whatever_offset(text: str, value: dt.datetime) -> None:
    """RFC 3339, section 5.6."""
    assert scalar("DateTime").parse_value(text) == value


@given(
    st.lists(
        st.datetimes(MOMENT.replace(year=2, tzinfo=None), timezones=st.sampled_from([dt.UTC, BRUSSELS_IN_SUMMER])),
        min_size=1,
    )
)
def test_moments_written_at_once_are_written_as_each_by_itself(values: list[dt.datetime]) -> None:
    assert list(COERCE_ALL["DateTime"](values)) == list(map(scalar("DateTime").coerce_output_value, values))


@given(st.datetimes(timezones=st.just(dt.UTC)))
def test_a_moment_is_read_as_it_was_written(value: dt.datetime) -> None:
    date_time = scalar("DateTime")

    assert date_time.parse_value(date_time.serialize(value)) == value


NO_MOMENTS = [
    "",
    "2027-05-01",
    "2027-05-01T18:00:00",  # without an offset: which moment?
    "2027-05-01 18:00:00Z",
    "2027-05-01T18:00Z",
    "20270501T180000Z",
    "2027-W17-6T18:00:00Z",
    "2027-05-01T18:00:00+02",
    "2027-05-01T18:00:00+0200",
    "2027-05-01T18:00:00+24:00",
    "2027-05-01T18:00:00Z\n",
    " 2027-05-01T18:00:00Z",
    "2027-02-29T18:00:00Z",
    "2027-05-01T24:00:00Z",
    "2027-05-01T18:60:00Z",
    "2027-05-01T18:00:00.Z",
    "0000-01-01T00:00:00Z",
    "0001-01-01T00:00:00+01:00",
    "9999-12-31T23:59:59-01:00",
    "٢٠٢٧-05-01T18:00:00Z",
    "+2027-05-01T18:00:00Z",
    "now",
    1_809_194_400,
    1.5,
    True,
    None,
    ["2027-05-01T18:00:00Z"],
    {},
]


@pytest.mark.parametrize("value", NO_MOMENTS, ids=ascii)
def test_what_is_no_moment_is_refused_with_an_example_of_one(value: Any) -> None:
    with pytest.raises(ValueError, match="expected RFC 3339 with an offset, such as 2027-05-01T18:00:00Z"):
        scalar("DateTime").parse_value(value)


def test_a_day_is_read_as_it_was_written() -> None:
    date = scalar("Date")

    assert date.serialize(dt.date(2027, 5, 1)) == "2027-05-01"
    assert date.parse_value("2027-05-01") == dt.date(2027, 5, 1)


@pytest.mark.parametrize("value", ["", "2027-5-1", "2027-02-29", "1 May", "2027-05-01T00:00:00Z", 20270501, None])
def test_what_is_no_day_is_refused_with_an_example_of_one(value: Any) -> None:
    with pytest.raises(ValueError, match="expected a day such as 2027-05-01"):
        scalar("Date").parse_value(value)


def test_a_decimal_is_written_with_all_its_digits() -> None:
    assert scalar("Decimal").serialize(Decimal("12.50")) == "12.50"
    assert scalar("Decimal").serialize(Decimal("92233720368547758.07")) == "92233720368547758.07"
