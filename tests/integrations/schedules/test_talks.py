import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from integrations.schedules.limits import MAX_DESCRIPTION
from tests.integrations.schedules.writing import GUID, event, faults, frab, gathering, xml

MIDNIGHT = event(start="01:00")
FRAB_DAY = 'date="2024-05-04" start="2024-05-04T10:00:00+02:00" end="2024-05-05T04:00:00+02:00"'


def starts(data: bytes, default_zone: str | None = None) -> list[str]:
    return [talk.start.isoformat() for talk in gathering(data, default_zone=default_zone).talks]


def test_a_talk_with_an_instant_needs_nothing_else() -> None:
    dated = event("<date>2024-05-05T01:00:00+02:00</date>", start="")

    assert starts(xml(dated, day='index="1"', conference="<title>Moot</title>")) == ["2024-05-04T23:00:00+00:00"]


def test_an_instant_stands_before_start_day_and_zone() -> None:
    dated = event("<date>2024-05-05T01:00:00-07:00</date>", start="12:00")

    assert starts(xml(dated)) == ["2024-05-05T08:00:00+00:00"]


def test_a_date_without_offset_is_local() -> None:
    assert starts(xml(event("<date>2024-05-05T01:00:00</date>"))) == ["2024-05-04T23:00:00+00:00"]


def test_a_bare_date_goes_with_the_start_and_no_day_changes_it() -> None:
    dated = event("<date>2024-05-05</date>", start="01:00")

    assert starts(xml(dated, day=FRAB_DAY)) == ["2024-05-04T23:00:00+00:00"]


@pytest.mark.parametrize(
    ("day", "change", "date"),
    [
        (FRAB_DAY, "", "2024-05-05"),
        ('date="2024-05-04" start="2024-05-04T10:00:00+02:00"', "", "2024-05-05"),
        ('date="2024-05-04" end="2024-05-05T04:00:00+02:00"', "", "2024-05-05"),
        ('date="2024-05-04" start="2024-05-04T08:00:00Z" end="2024-05-05T02:00:00Z"', "", "2024-05-05"),
        ('start="2024-05-04T10:00:00+02:00" end="2024-05-05T04:00:00+02:00"', "", "2024-05-05"),
        ('date="2024-05-04"', "09:00:00", "2024-05-05"),
        ('date="2024-05-04T00:00:00+02:00"', "04:00", "2024-05-05"),
        # a day that ends before the hour does not reach into the next date: the talk is early, not late
        ('date="2024-05-04" start="2024-05-04T13:00:00+02:00" end="2024-05-04T23:59:59+02:00"', "", "2024-05-04"),
        ('date="2024-05-04" start="2024-05-04T00:00:00+02:00" end="2024-05-04T23:59:00+02:00"', "09:00", "2024-05-04"),
        ('date="2024-05-04"', "01:00:00", "2024-05-04"),
        ('date="2024-05-04"', "", "2024-05-04"),
    ],
)
def test_an_hour_before_the_day_opens_is_of_the_next_date_if_the_day_lasts_so_long(
    day: str, change: str, date: str
) -> None:
    conference = f"<title>Moot</title><day_change>{change}</day_change><time_zone_name>Europe/Berlin</time_zone_name>"
    (talk,) = gathering(xml(MIDNIGHT, day=day, conference=conference)).talks

    assert talk.start.astimezone(ZoneInfo("Europe/Berlin")).isoformat() == f"{date}T01:00:00+02:00"


def test_json_calls_the_days_window_by_other_names() -> None:
    window = {"day_start": "2024-05-04T10:00:00+02:00", "day_end": "2024-05-05T04:00:00+02:00"}

    assert starts(frab({"title": "Late", "start": "01:00"}, day=window)) == ["2024-05-04T23:00:00+00:00"]


def test_a_late_talk_of_the_night_when_clocks_change_is_read_on_its_own_date() -> None:
    # 02:30 is skipped on the 31st, the date of the day, but the talk is of the 1st.
    night = xml(event(start="02:30"), day='date="2024-03-31" start="2024-03-31T10:00:00+02:00"')

    assert starts(night) == ["2024-04-01T00:30:00+00:00"]


def test_the_operators_zone_serves_a_file_without_one() -> None:
    bare = xml(event(), conference="<title>Moot</title>")

    assert starts(bare, "Europe/Brussels") == ["2024-05-04T08:00:00+00:00"]
    assert gathering(bare, default_zone="Europe/Brussels").talks[0].zone == "Europe/Brussels"


def test_the_files_zone_stands_before_the_operators() -> None:
    assert starts(xml(event()), "America/New_York") == ["2024-05-04T08:00:00+00:00"]


def test_a_missing_zone_is_told_once_with_the_way_out() -> None:
    (fault,) = faults(xml(event() + event(attributes='id="2"'), conference="<title>Moot</title>"))

    assert fault.where == "line 4, <start>"
    assert fault.what.endswith("say which with --timezone, such as --timezone Europe/Brussels")


def test_a_zone_that_is_none_is_told_once() -> None:
    (fault,) = faults(
        xml(event(), conference="<title>Moot</title>\n<time_zone_name>Berlin</time_zone_name>"),
        default_zone="Europe/Berlin",
    )

    assert (fault.where, fault.what) == (
        "line 2, <time_zone_name>",
        "'Berlin' is no zone of the IANA database; write it as Europe/Brussels",
    )


def test_an_operators_zone_that_is_none_is_a_fault_too() -> None:
    assert [fault.where for fault in faults(xml(event()), default_zone="Brussels")] == ["--timezone"]


def test_an_end_without_meaning_beside_a_duration_is_passed_over() -> None:
    (talk,) = gathering(xml(event("<duration>01:00</duration><end>late</end>"))).talks

    assert talk.end == talk.start + dt.timedelta(hours=1)


@pytest.mark.parametrize(
    ("talk", "where", "what"),
    [
        (event(title=""), "<event>", "has no title"),
        (event(title=" \n\t "), "<event>", "has no title"),
        (event(title="x" * 501), "<title>", "has 501 characters; at most 500"),
        (event(f"<abstract>{'x' * MAX_DESCRIPTION}y</abstract>"), "<abstract>", "the description has 100,001"),
        (event(f"<track>{'x' * 2001}</track>"), "<track>", "has 2,001 characters"),
        (event(start=""), "<event>", "has no start"),
        (event(start="noon"), "<start>", "'noon' is no time of day"),
        (event("<date>2024-02-30</date>"), "<date>", "'2024-02-30' is no date; write it as"),
        (event("<date>2024-02-30T10:00:00Z</date>"), "<date>", "'2024-02-30T10:00:00Z' is no date; write"),
        (event("<date>2024-03-31T02:30:00</date>"), "<date>", "2024-03-31 02:30 is skipped in Europe/Berlin"),
        (event("<date>0024-05-04T10:00:00+02:00</date>"), "<date>", "'0024-05-04T10:00:00+02:00' is no date"),
        (event("<duration>1h</duration>"), "<duration>", "'1h' is no duration"),
        (event("<end>late</end>"), "<end>", "'late' is no date and time"),
        (event("<end>2024-05-04T09:59:00+02:00</end>"), "<end>", "ends at '2024-05-04T09:59:00+02:00', before"),
    ],
)
def test_a_fault_of_a_talk_is_told_with_its_line(talk: str, where: str, what: str) -> None:
    (fault,) = faults(xml(talk))

    assert fault.where == f"line 4, {where}"
    assert fault.what.startswith(what)


@pytest.mark.parametrize(
    ("day", "where"),
    [
        ('date="04.05.2024"', "<day date>"),
        ('date="2024-05-04" start="ten"', "<day start>"),
        ('date="2024-05-04" start="2024-05-04T10:00:00+02:00" end="2024-05-04T09:00:00+02:00"', "<day end>"),
    ],
)
def test_a_fault_of_a_day_is_told_with_its_line(day: str, where: str) -> None:
    dated = event("<date>2024-05-04T10:00:00+02:00</date>")

    assert [fault.where for fault in faults(xml(dated, day=day))] == [f"line 2, {where}"]


def test_a_talk_without_any_date_is_a_fault() -> None:
    (fault,) = faults(xml(event(), day='index="1"'))

    assert (fault.where, fault.what) == ("line 4, <start>", "neither the talk nor its day has a date")


@pytest.mark.parametrize(
    ("attributes", "inner", "external_id"),
    [
        (f'guid="{GUID}" id="1" code="ABCDEF"', "<slug>s</slug>", f"guid:{GUID}"),
        ('guid=" " id="1" code="ABCDEF"', "<slug>s</slug>", "id:1"),
        ('code="ABCDEF"', "<slug>s</slug>", "code:ABCDEF"),
        ("", "<slug>Opening_1</slug>", "slug:Opening_1"),
        ("", "", "title:opening"),
    ],
)
def test_a_talk_is_known_by_the_best_that_the_file_gives(attributes: str, inner: str, external_id: str) -> None:
    assert gathering(xml(event(inner, attributes=attributes))).talks[0].external_id == external_id


def test_a_talk_that_changes_in_everything_else_is_the_same_talk() -> None:
    before = gathering(xml(event()))
    after = gathering(xml(event("<room>Foyer</room><track>B</track>", title="Closing", start="18:00")))

    assert before.talks[0].external_id == after.talks[0].external_id
    assert before.talks[0] != after.talks[0]
