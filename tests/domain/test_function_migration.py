"""What a function is like that is made of a parent event."""

import datetime as dt
import itertools
from dataclasses import replace
from zoneinfo import available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.function_migration import ParentEvent, days_of, function_of, slugs_for
from domain.ids import uuid7
from domain.slugs import MAX_LENGTH

UTC = dt.UTC
EVENT = ParentEvent(
    event_id=uuid7(),
    organisation_id=uuid7(),
    title="The Fest",
    slug="fest",
    description=None,
    starts=dt.datetime(2027, 5, 1, 18, tzinfo=UTC),
    ends=None,
    timezone="Europe/Brussels",
    location=None,
    image_url=None,
    is_published=True,
    metadata=None,
)


@pytest.mark.parametrize(
    ("zone", "starts", "ends", "first", "last"),
    [
        ("Europe/Brussels", "2027-05-01T18:00", "2027-05-02T18:00", "2027-05-01", "2027-05-02"),
        ("Europe/Brussels", "2027-05-01T22:30", None, "2027-05-02", "2027-05-02"),
        ("America/New_York", "2027-05-01T02:00", "2027-05-01T06:00", "2027-04-30", "2027-05-01"),
        ("Pacific/Kiritimati", "2027-05-01T11:00", None, "2027-05-02", "2027-05-02"),
        ("Nowhere/At_All", "2027-05-01T23:30", None, "2027-05-01", "2027-05-01"),
    ],
)
def test_days_are_those_of_the_events_own_zone(zone: str, starts: str, ends: str | None, first: str, last: str) -> None:
    def moment(text: str) -> dt.datetime:
        return dt.datetime.fromisoformat(text).replace(tzinfo=UTC)

    event = replace(EVENT, timezone=zone, starts=moment(starts), ends=moment(ends) if ends else None)

    assert days_of(event) == (dt.date.fromisoformat(first), dt.date.fromisoformat(last))


def test_what_ends_at_midnight_ends_on_the_day_before() -> None:
    event = replace(EVENT, ends=dt.datetime(2027, 5, 2, 22, tzinfo=UTC))

    assert days_of(event)[1] == dt.date(2027, 5, 2)


def test_an_event_without_an_end_ends_with_its_last_child_and_one_with_an_end_does_not() -> None:
    later = dt.datetime(2027, 5, 4, 12, tzinfo=UTC)

    assert days_of(replace(EVENT, children_last=later))[1] == dt.date(2027, 5, 4)
    assert days_of(replace(EVENT, children_last=later, ends=EVENT.starts))[1] == dt.date(2027, 5, 1)


@given(
    st.datetimes(dt.datetime(1, 1, 2), dt.datetime(9999, 12, 30), timezones=st.just(UTC)),  # noqa: DTZ001 - bounds are naive
    st.none() | st.datetimes(dt.datetime(1, 1, 2), dt.datetime(9999, 12, 30), timezones=st.just(UTC)),  # noqa: DTZ001 - the same
    st.sampled_from(sorted(available_timezones())),
)
def test_days_are_in_order_and_such_as_the_database_holds(
    starts: dt.datetime, ends: dt.datetime | None, zone: str
) -> None:
    first, last = days_of(replace(EVENT, starts=starts, ends=ends, timezone=zone))

    assert dt.date(1, 1, 1) < first <= last < dt.date(9999, 12, 31)


def test_slugs_are_the_events_own_then_with_the_year_then_with_a_number() -> None:
    assert list(itertools.islice(slugs_for(EVENT), 4)) == ["fest", "fest-2027", "fest-2027-2", "fest-2027-3"]
    assert list(itertools.islice(slugs_for(replace(EVENT, slug="fest-2027")), 2)) == ["fest-2027", "fest-2027-2"]


@given(st.from_regex(r"[a-z0-9]+(-[a-z0-9]+)*", fullmatch=True).map(lambda slug: slug[:MAX_LENGTH].rstrip("-")))
def test_slugs_are_all_different_and_never_too_long(slug: str) -> None:
    found = list(itertools.islice(slugs_for(replace(EVENT, slug=slug)), 20))

    assert len(set(found)) == 20
    assert all(len(each) <= MAX_LENGTH for each in found)


def test_a_function_looks_like_the_event_that_it_is_made_of() -> None:
    key = uuid7()
    row = function_of(replace(EVENT, is_published=False, metadata={"a": 1}), key, "fest-2")

    assert row == {
        "function_id": key,
        "name": "The Fest",
        "slug": "fest-2",
        "description": None,
        "start_date": dt.date(2027, 5, 1),
        "end_date": dt.date(2027, 5, 1),
        "timezone": "Europe/Brussels",
        "location": None,
        "image_url": None,
        "is_active": False,
        "metadata": {"a": 1},
        "organisation_id": EVENT.organisation_id,
    }
