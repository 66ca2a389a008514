import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.schedules.times import (
    date_of,
    date_or_moment_of,
    duration_of,
    instant_of,
    local_of,
    moment_of,
    time_of,
    zone_of,
)
from tests.integrations.schedules.writing import PATIENT

BERLIN = ZoneInfo("Europe/Berlin")


@PATIENT
@given(date=st.dates(dt.date(1900, 1, 1), dt.date(2999, 12, 31)), time=st.times())
def test_what_python_writes_is_read_back(date: dt.date, time: dt.time) -> None:
    time = time.replace(microsecond=0)
    moment = dt.datetime.combine(date, time, dt.UTC)

    assert date_of(date.isoformat()) == date
    assert time_of(time.isoformat()) == time
    assert moment_of(moment.isoformat()) == moment


@pytest.mark.parametrize(
    ("text", "offset"),
    [
        ("2026-02-01T09:30:00+01:00", "+01:00"),
        ("2026-02-01T09:30:00+0100", "+01:00"),
        ("2026-02-01T09:30:00Z", "+00:00"),
        ("2026-02-01 09:30:00 -03:30", "-03:30"),
        ("2026-02-01T09:30+01", "+01:00"),
        ("2026-02-01T09:30:00.125+01:00", "+01:00"),
    ],
)
def test_offsets_are_read_in_every_usual_spelling(text: str, offset: str) -> None:
    moment = moment_of(text)

    assert moment.replace(microsecond=0).isoformat() == f"2026-02-01T09:30:00{offset}"


def test_a_moment_without_offset_is_a_local_time() -> None:
    assert moment_of("2026-02-01T09:30:00").tzinfo is None


@pytest.mark.parametrize(
    "text",
    [
        "2026-02-30",
        "2026-13-01",
        "2026-2-1",
        "20260201",
        "2026-W05-7",
        "01.02.2026",
        "soon",
        "0026-02-01",
        "1899-12-31",
        "3000-01-01",
        "\uff12026-02-01",
    ],
)
def test_what_is_no_date_is_refused_with_what_would_be(text: str) -> None:
    with pytest.raises(ValueError, match="is no date; write it as 2026-02-01"):
        date_of(text)


@pytest.mark.parametrize("text", ["9:30", "24:00", "09:60", "09.30", "9 am", "09:30:61"])
def test_what_is_no_time_of_day_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no time of day; write it as 09:30"):
        time_of(text)


@pytest.mark.parametrize(
    "text",
    [
        "2026-02-01",
        "2026-02-01T25:00:00Z",
        "2026-02-01T09:30:00+25:00",
        "2026-02-30T09:30",
        "0026-02-01T09:30:00Z",
    ],
)
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no date and time"):
        moment_of(text)


def test_a_conference_may_begin_on_a_day_or_at_a_moment() -> None:
    assert date_or_moment_of("2026-02-01") == dt.date(2026, 2, 1)
    assert date_or_moment_of("2026-02-01T09:30:00Z") == dt.datetime(2026, 2, 1, 9, 30, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("00:50", 50),
        ("0:50", 50),
        ("00:50:00", 50),
        ("00:00", 0),
        ("07:30", 450),
        ("26:00", 26 * 60),
        ("100:00", 6000),
        ("1:02:30:00", 26 * 60 + 30),
        ("1 day, 2:30:00", 26 * 60 + 30),
        ("2 days, 00:30", 48 * 60 + 30),
    ],
)
def test_durations_are_read_in_every_usual_spelling(text: str, minutes: int) -> None:
    assert duration_of(text, days_first=False) == dt.timedelta(minutes=minutes)


def test_pretalx_puts_days_before_hours() -> None:
    assert duration_of("1:02:30", days_first=True) == dt.timedelta(days=1, hours=2, minutes=30)
    assert duration_of("02:30", days_first=True) == dt.timedelta(hours=2, minutes=30)


@pytest.mark.parametrize(
    "text",
    [
        "50",
        "-00:50",
        "00:60",
        "00:50:61",
        "1h",
        "00:5",
        "PT50M",
        "9000:00",
        "367 days, 00:00",
    ],
)
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no duration up to a year"):
        duration_of(text, days_first=False)


@pytest.mark.parametrize(
    "text",
    [
        "Berlin",
        "Europe",
        "../../etc/passwd",
        "/etc/localtime",
        "CEST+2",
        "Europe/Berlin\0",
        "x" * 999,
        "right/UTC",
        "localtime",
    ],
)
def test_what_is_no_zone_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no zone of the IANA database; write it as Europe/Brussels"):
        zone_of(text)


@pytest.mark.parametrize(
    ("local", "instant"),
    [
        ("2024-07-01T12:00", "2024-07-01T10:00+00:00"),
        ("2024-01-01T12:00", "2024-01-01T11:00+00:00"),
        ("2024-10-27T02:30", "2024-10-27T00:30+00:00"),  # the first of two
    ],
)
def test_a_local_time_is_of_its_zone_in_summer_and_winter(local: str, instant: str) -> None:
    assert instant_of(moment_of(local), BERLIN) == moment_of(instant)


def test_a_time_that_the_clocks_skip_is_refused() -> None:
    with pytest.raises(ValueError, match="2024-03-31 02:30 is skipped in Europe/Berlin"):
        instant_of(moment_of("2024-03-31T02:30"), BERLIN)


def test_a_moment_is_local_as_written_where_no_zone_is_known() -> None:
    assert local_of(moment_of("2024-05-04T10:00:00+02:00"), None) == moment_of("2024-05-04T10:00")
    assert local_of(moment_of("2024-05-04T10:00:00Z"), BERLIN) == moment_of("2024-05-04T12:00")
