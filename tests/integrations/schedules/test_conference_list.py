import datetime as dt
import json
from typing import Any

import pytest

from integrations.schedules.conference_list import topic_of
from integrations.schedules.model import Format, Gathering
from integrations.schedules.read import read_schedule
from tests.integrations.schedules.writing import faults

CONFERENCE = {
    "name": "PyCon  Lithuania",
    "url": "https://pycon.lt/2024/",
    "startDate": "2024-04-02",
    "endDate": "2024-04-06",
    "city": "Vilnius",
    "country": "Lithuania",
}


def listed(*conferences: dict[str, Any], name: str = "2024/python.json") -> tuple[Gathering, ...]:
    found = read_schedule(name, json.dumps(conferences).encode())
    assert found.format is Format.CONFERENCE_LIST
    return found.items


def identity(**changes: str) -> str:
    (found,) = listed(CONFERENCE | changes)
    return found.external_id


def test_everything_that_is_kept_of_a_conference() -> None:
    (found,) = listed(
        CONFERENCE
        | {
            "online": False,
            "locales": "EN, LT",
            "cocUrl": "https://pycon.lt/coc",
            "cfpUrl": "https://pycon.lt/cfp",
            "cfpEndDate": "2024-01-10",
            "offersSignLanguageOrCC": True,
            "twitter": "@pyconlt",
            "unknown": {"a": [1]},
        }
    )

    assert found == Gathering(
        external_id="conference:pycon.lt/2024:vilnius:2024-04",
        name="PyCon Lithuania",
        slug="pycon-lithuania-vilnius-2024",
        description=None,
        start_date=dt.date(2024, 4, 2),
        end_date=dt.date(2024, 4, 6),
        zone=None,
        location="Vilnius, Lithuania",
        image_url=None,
        metadata={
            "topics": ["python"],
            "city": "Vilnius",
            "country": "Lithuania",
            "url": "https://pycon.lt/2024/",
            "code_of_conduct_url": "https://pycon.lt/coc",
            "online": False,
            "sign_language_or_captions": True,
            "locales": ["EN", "LT"],
            "cfp": {"url": "https://pycon.lt/cfp", "end_date": "2024-01-10"},
            "accounts": {"twitter": "@pyconlt"},
        },
    )


def test_name_address_and_first_day_are_enough() -> None:
    (found,) = listed({"name": "Conf42", "url": "https://conf42.com", "startDate": "2024-02-29", "online": True})

    assert (found.start_date, found.end_date) == (dt.date(2024, 2, 29), dt.date(2024, 2, 29))
    assert (found.slug, found.location) == ("conf42-2024", None)
    assert found.metadata == {"topics": ["python"], "url": "https://conf42.com", "online": True}


def test_the_operators_zone_is_noted() -> None:
    (found,) = read_schedule("a.json", json.dumps([CONFERENCE]).encode(), default_zone="Europe/Vilnius").items

    assert found.zone == "Europe/Vilnius"


@pytest.mark.parametrize(
    "same",
    [
        {"url": "http://www.pycon.lt/2024"},
        {"url": "https://PYCON.lt/2024#tickets"},
        {"city": " vilnius"},
        {"name": "PyCon LT"},
        {"startDate": "2024-04-03"},
        {"country": "LT"},
    ],
)
def test_another_spelling_or_a_corrected_day_is_the_same_conference(same: dict[str, str]) -> None:
    assert identity(**same) == identity()


@pytest.mark.parametrize(
    "other",
    [
        {"url": "https://pycon.lt/2025"},
        {"url": "https://pycon.lt/2024?edition=2"},
        {"url": "https://pycon.lt:8080/2024"},
        {"city": "Kaunas"},
        {"startDate": "2024-03-31"},
    ],
)
def test_another_address_city_or_month_is_another_conference(other: dict[str, str]) -> None:
    assert identity(**other) != identity()


def test_an_identity_fits_an_index_however_long_the_address() -> None:
    long = "https://example.org/" + "x" * 1900

    assert len(identity(url=long)) <= 220
    assert identity(url=long) != identity(url=f"{long}y")


def test_conferences_of_one_name_have_slugs_of_their_own() -> None:
    spring, autumn = listed(CONFERENCE, CONFERENCE | {"startDate": "2024-09-01", "endDate": "2024-09-01"})

    assert spring.slug != autumn.slug


@pytest.mark.parametrize("name", ["python.json", "2024/python.json", "/a/Python.JSON.gz", "python", "./python.json"])
def test_the_topic_is_the_files_name(name: str) -> None:
    assert topic_of(name) == "python"


def test_an_empty_list_has_no_conferences() -> None:
    assert listed() == ()


@pytest.mark.parametrize(
    ("conferences", "where", "what"),
    [
        (["x"], "$[0]", "no object"),
        ([CONFERENCE | {"name": " "}], "$[0]", "has no name"),
        ([CONFERENCE | {"name": ["x"]}], "$[0]", "has no name"),
        ([CONFERENCE | {"url": ""}], "$[0]", "has no url"),
        ([CONFERENCE | {"startDate": None}], "$[0]", "has no startDate"),
        ([CONFERENCE | {"name": "x" * 501}], "$[0].name", "has 501 characters"),
        ([CONFERENCE | {"url": "pycon.lt"}], "$[0].url", "'pycon.lt' is no address of the web"),
        ([CONFERENCE | {"startDate": "2024-04-31"}], "$[0].startDate", "'2024-04-31' is no date"),
        ([CONFERENCE | {"endDate": "April"}], "$[0].endDate", "'April' is no date"),
        ([CONFERENCE | {"endDate": "2024-04-01"}], "$[0].endDate", "the conference ends on 2024-04-01, before"),
        ([CONFERENCE | {"cfpEndDate": "soon"}], "$[0].cfpEndDate", "'soon' is no date"),
        ([CONFERENCE, CONFERENCE | {"name": "Other"}], "$[1]", "the same conference as $[0]"),
    ],
)
def test_a_fault_is_told_with_its_path(conferences: list[Any], where: str, what: str) -> None:
    (fault,) = faults(json.dumps(conferences).encode(), name="python.json")

    assert fault.where == where
    assert fault.what.startswith(what)


def test_a_list_without_a_name_has_no_topic() -> None:
    (fault,) = faults(b"[]", name=".json")

    assert fault.what.startswith("a list of conferences has its topic from its name")
