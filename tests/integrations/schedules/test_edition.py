import datetime as dt

import pytest

from tests.integrations.schedules.writing import event, faults, frab, gathering, xml


def test_everything_that_is_kept_of_an_edition() -> None:
    conference = """<acronym>Moot24</acronym><title>The  Moot</title><subtitle>Of all</subtitle>
      <venue>Town Hall</venue><city>Berlin</city><start>2024-05-03</start><end>2024-05-05</end><days>3</days>
      <base_url>https://moot.example/2024/</base_url><logo>/logo.png</logo>
      <time_zone_name>Europe/Berlin</time_zone_name><track name="A"/>"""
    found = gathering(xml(event(), conference=conference, before="<version>1.2</version>"))

    assert found.external_id == "edition:moot24:2024"
    assert (found.name, found.slug, found.description) == ("The Moot", "moot24-2024", "Of all")
    assert (found.start_date, found.end_date) == (dt.date(2024, 5, 3), dt.date(2024, 5, 5))
    assert (found.zone, found.location) == ("Europe/Berlin", "Town Hall, Berlin")
    assert found.image_url == "https://moot.example/logo.png"
    assert found.metadata == {
        "acronym": "Moot24",
        "subtitle": "Of all",
        "url": "https://moot.example/2024/",
        "version": "1.2",
    }


def test_without_an_acronym_an_edition_is_known_by_its_title_and_year() -> None:
    found = gathering(xml(event()))

    assert (found.external_id, found.slug) == ("edition:moot:2024", "moot-2024")


def test_an_acronym_that_comes_back_next_year_is_another_edition() -> None:
    this, following = (
        gathering(frab({"title": "A", "start": "10:00"}, acronym="moot", start=f"{year}-05-04"))
        for year in (2024, 2025)
    )

    assert this.external_id != following.external_id


def test_a_year_that_stands_in_the_name_is_not_said_twice() -> None:
    found = gathering(frab({"title": "FOSDEM 2024 welcome", "start": "10:00"}, title="FOSDEM 2024"))

    assert (found.slug, found.talks[0].slug) == ("fosdem-2024", "fosdem-2024-welcome")


def test_a_conference_without_dates_lasts_from_its_first_day_to_its_last() -> None:
    days = [{"date": date, "rooms": {}} for date in ("2024-05-05", "2024-05-04")]
    found = gathering(frab(days=days))

    assert (found.start_date, found.end_date) == (dt.date(2024, 5, 4), dt.date(2024, 5, 5))


def test_only_what_the_conference_says_itself_can_contradict() -> None:
    found = gathering(frab(start="2024-06-01"))  # its only day is in May

    assert (found.start_date, found.end_date) == (dt.date(2024, 6, 1), dt.date(2024, 6, 1))


def test_a_conference_that_begins_at_an_instant_begins_on_that_day_in_its_zone() -> None:
    found = gathering(frab(start="2024-05-03T22:30:00Z", end="2024-05-05T18:00:00+02:00"))

    assert (found.start_date, found.end_date) == (dt.date(2024, 5, 4), dt.date(2024, 5, 5))


def test_offsets_alone_make_instants_but_name_no_zone() -> None:
    talk = {"title": "A", "date": "2024-05-04T10:00:00+02:00"}
    found = gathering(frab(talk, time_zone_name=None))

    assert found.zone is None
    assert found.talks[0].zone is None
    assert found.talks[0].start.isoformat() == "2024-05-04T08:00:00+00:00"


def test_the_web_address_is_the_conferences_own_before_the_schedules() -> None:
    found = gathering(frab(url="https://moot.example", base_url="https://pretalx.example"))

    assert found.metadata["url"] == "https://moot.example"


@pytest.mark.parametrize("kind", ["guid", "id", "code"])
def test_an_identifier_that_stands_twice_is_a_fault_even_on_one_line(kind: str) -> None:
    (fault,) = faults(xml(event(attributes=f'{kind}="A1"') + event(attributes=f'{kind}="A1"', title="Other")))

    shown = "a1" if kind == "guid" else "A1"
    assert (fault.where, fault.what) == (
        "line 4, <event>",
        f"the {kind} '{shown}' is taken already, at line 4, <event>",
    )


def test_one_id_with_two_guids_is_one_submission_in_two_slots() -> None:
    twice = event(attributes='id="1" guid="a"') + event(attributes='id="1" guid="b"', start="12:00")

    assert [talk.external_id for talk in gathering(xml(twice)).talks] == ["guid:a", "guid:b"]


def test_equal_titles_without_identifiers_are_counted_by_time_and_room() -> None:
    lunch = [{"title": "Lunch", "start": start} for start in ("13:00", "12:00", "14:00")]
    forwards, backwards = gathering(frab(*lunch)), gathering(frab(*lunch[::-1]))

    assert {talk.external_id: talk.start.hour for talk in forwards.talks} == {
        "title:lunch": 10,
        "title#2:lunch": 11,
        "title#3:lunch": 12,
    }
    assert {(talk.external_id, talk.slug, talk.start) for talk in forwards.talks} == {
        (talk.external_id, talk.slug, talk.start) for talk in backwards.talks
    }


def test_talks_of_one_title_have_slugs_of_their_own() -> None:
    talks = gathering(frab({"title": "Lunch", "start": "12:00"}, {"title": "Lunch", "start": "13:00"})).talks

    assert len({talk.slug for talk in talks}) == 2
    assert all(talk.slug.startswith("moot-2024-lunch-") for talk in talks)


@pytest.mark.parametrize(
    ("conference", "where", "what"),
    [
        ("<time_zone_name>UTC</time_zone_name>", "line 1, <conference>", "has no title"),
        ("<title>A</title><start>May</start>", "line 1, <start>", "'May' is no date; write it as 2026-02-01, or"),
        ("<title>A</title><start>2024-05-04</start><end>2024-05-03</end>", "line 1, <end>", "the conference ends on"),
        ("<title>A</title><day_change>nine</day_change>", "line 1, <day_change>", "'nine' is no time of day"),
        ("<title>A</title>\n<time_zone_name>Mars/Base</time_zone_name>", "line 2, <time_zone_name>", "'Mars/Base' is"),
    ],
)
def test_a_fault_of_the_conference_is_told_with_its_line(conference: str, where: str, what: str) -> None:
    (fault,) = faults(xml(conference=conference))

    assert fault.where == where
    assert fault.what.startswith(what)
