import datetime as dt
import json
from typing import Any

import pytest

from tests.integrations.schedules.writing import GUID, faults, frab, gathering

TALK = {"id": 7, "title": "Opening", "date": "2024-05-04T10:00:00+02:00", "duration": "00:45"}


def test_everything_that_is_kept_of_a_talk() -> None:
    talk = TALK | {
        "guid": GUID,
        "slug": "moot-7-opening",
        "url": "https://moot.example/7",
        "logo": "/logo.png",
        "subtitle": None,
        "track": {"de": "Haupt", "en": "Main"},
        "type": "lecture",
        "language": "en",
        "abstract": "Short.\r\nAnd more.",
        "description": "Short.\r\nAnd more.",
        "recording_license": "CC0",
        "do_not_record": True,
        "persons": [
            {"id": 1, "name": "Ada King", "public_name": "Ada", "email": "ada@example.org", "biography": "…"},
            {"code": "ABC", "name": "Grace"},
            "Mary",
        ],
        "links": [{"url": "https://a.example", "title": "A"}, {"title": "no address"}, "https://b.example"],
        "attachments": [{"url": "/slides.pdf", "title": ""}],
        "answers": [{"question": 1}],
    }
    (found,) = gathering(frab(talk, base_url="https://moot.example/x/")).talks

    assert found.external_id == f"guid:{GUID}"
    assert found.slug == "moot-2024-7-opening"
    assert found.description == "Short.\nAnd more."
    assert found.location == "Hall"
    assert found.image_url == "https://moot.example/logo.png"
    assert found.metadata == {
        "track": "Main",
        "type": "lecture",
        "language": "en",
        "url": "https://moot.example/7",
        "speakers": ["Ada", "Grace", "Mary"],
        "links": [{"url": "https://a.example", "title": "A"}, {"url": "https://b.example"}],
        "attachments": [{"url": "https://moot.example/slides.pdf"}],
        "recording": {"license": "CC0", "opt_out": True},
    }


def test_the_outer_object_may_be_missing_and_days_stand_beside_the_conference() -> None:
    usual = frab(TALK)
    schedule = json.loads(usual)["schedule"]
    days = schedule["conference"].pop("days")

    assert gathering(json.dumps(schedule | {"days": days}).encode()) == gathering(usual)


@pytest.mark.parametrize("rooms", [[], None, {}])
def test_a_day_may_be_empty_in_every_way_that_json_is_written(rooms: object) -> None:
    assert gathering(frab(day={"rooms": rooms})).talks == ()


def test_an_end_that_is_an_instant_stands_before_the_duration() -> None:
    (talk,) = gathering(frab(TALK | {"end": "2024-05-04T12:00:00+02:00"})).talks

    assert talk.end == dt.datetime(2024, 5, 4, 10, tzinfo=dt.UTC)


def test_pretalx_writes_days_before_hours() -> None:
    document = json.loads(frab(TALK | {"duration": "1:00:00"}))
    (talk,) = gathering(json.dumps(document | {"generator": {"name": "pretalx"}}).encode()).talks

    assert talk.end == talk.start + dt.timedelta(days=1)


@pytest.mark.parametrize(
    ("document", "where"),
    [
        ({}, "$"),
        ({"schedule": []}, "$.schedule"),
        ({"schedule": {"conference": "x"}}, "$.schedule"),
        ({"schedule": {"conference": {"title": "A"}}}, "$.schedule.conference.days"),
        ({"schedule": {"conference": {"title": "A", "days": {}}}}, "$.schedule.conference.days"),
        ({"conference": {"title": "A"}, "days": []}, "$.days"),
        ({"schedule": {"conference": {"days": [{}]}, "events": [{}]}}, "$.schedule.events"),
    ],
)
def test_what_is_no_schedule_is_refused_with_the_path(document: dict[str, Any], where: str) -> None:
    (fault,) = faults(json.dumps(document).encode())

    assert fault.where == where


def test_a_wrong_shape_is_told_with_its_path_beside_the_other_faults() -> None:
    rooms = {"Hall": [TALK, "x", TALK | {"id": 8, "title": ""}], "The Foyer": {}}
    days = [{"date": "2024-05-04", "rooms": rooms}, 7, {"date": "2024-05-05", "rooms": "x"}]

    assert [fault.where for fault in faults(frab(days=days))] == [
        "$.schedule.conference.days[0].rooms.Hall[1]",
        '$.schedule.conference.days[0].rooms["The Foyer"]',
        "$.schedule.conference.days[1]",
        "$.schedule.conference.days[2].rooms",
        "$.schedule.conference.days[0].rooms.Hall[2]",
    ]
