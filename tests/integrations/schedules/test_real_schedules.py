"""Public schedules, where they are at hand: what is read of them is counted against the raw files."""

import gzip
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from integrations.schedules.merge import merge
from integrations.schedules.model import Gathering
from integrations.schedules.read import read_schedule
from tests.integrations.schedules.writing import faults

DATA = Path(__file__).parents[4] / "shared" / "data"
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="no real schedules: ../shared/data is absent")

FOSDEM = ("2007", "2013", "2019", "2025", "2026")
LISTS = sorted(DATA.glob("conference-data/*/*.json"))


def fosdem(year: str) -> tuple[bytes, Gathering]:
    data = (DATA / f"fosdem/{year}.xml.gz").read_bytes()
    (found,) = read_schedule(f"{year}.xml.gz", data, default_zone="Europe/Brussels").items
    return gzip.decompress(data), found


@pytest.mark.parametrize("year", FOSDEM)
def test_an_edition_of_fosdem_is_read_in_full(year: str) -> None:
    raw, found = fosdem(year)

    assert len(found.talks) == len(re.findall(rb"<event[ >]", raw))
    assert len({talk.external_id for talk in found.talks}) == len(found.talks)
    assert len({talk.slug for talk in found.talks}) == len(found.talks)
    speakers = re.findall(rb"<person [^>]*>[^<]", raw.partition(b"<day ")[2])
    assert sum(len(talk.metadata.get("speakers", [])) for talk in found.talks) == len(speakers)
    tracks = Counter(re.findall(rb"<track[^>]*>([^<]+)</track>", raw.partition(b"<day ")[2]))
    assert Counter(talk.metadata["track"] for talk in found.talks).most_common(1)[0][1] == max(tracks.values())


@pytest.mark.parametrize("year", FOSDEM)
def test_each_talk_of_fosdem_starts_when_and_where_its_file_says(year: str) -> None:
    raw, found = fosdem(year)
    rooms = re.findall(r"<room>([^<]*)</room>", raw.decode())
    starts = re.findall(r"<start>(\d\d:\d\d)</start>", raw.decode())

    zone = ZoneInfo("Europe/Brussels")
    assert [f"{talk.start.astimezone(zone):%H:%M}" for talk in found.talks] == starts
    assert [talk.location for talk in found.talks] == rooms
    assert all(found.start_date <= talk.start.astimezone(zone).date() <= found.end_date for talk in found.talks)
    assert all(talk.end and talk.start < talk.end for talk in found.talks)


@pytest.mark.parametrize("year", ["2007", "2013", "2019"])
def test_an_edition_without_a_zone_asks_for_one(year: str) -> None:
    (fault,) = faults((DATA / f"fosdem/{year}.xml.gz").read_bytes())

    assert "--timezone" in fault.what


@pytest.mark.parametrize("year", ["2025", "2026"])
def test_an_edition_with_a_zone_needs_none(year: str) -> None:
    data = (DATA / f"fosdem/{year}.xml.gz").read_bytes()

    assert read_schedule(year, data) == read_schedule(year, data, default_zone="Asia/Tokyo")


def test_the_camp_is_read_in_full() -> None:
    data = (DATA / "frab/camp2019.json").read_bytes()
    (found,) = read_schedule("camp2019.json", data).items
    raw: list[dict[str, Any]] = [
        talk
        for day in json.loads(data)["schedule"]["conference"]["days"]
        for talks in day["rooms"].values()
        for talk in talks
    ]

    assert [talk.external_id for talk in found.talks] == [f"guid:{talk['guid']}" for talk in raw]
    assert [talk.title for talk in found.talks] == [" ".join(talk["title"].split()) for talk in raw]
    assert [talk.slug for talk in found.talks] == [re.sub("[^a-z0-9]+", "-", talk["slug"].lower()) for talk in raw]
    assert [len(talk.metadata.get("speakers", [])) for talk in found.talks] == [len(talk["persons"]) for talk in raw]
    assert sum(bool(talk.image_url) for talk in found.talks) == sum(bool(talk["logo"]) for talk in raw)


@pytest.mark.parametrize("year", sorted({path.parent.name for path in LISTS}))
def test_the_conference_lists_of_a_year_are_read_in_full(year: str) -> None:
    for path in (path for path in LISTS if path.parent.name == year):
        raw = json.loads(path.read_bytes())
        found = read_schedule(str(path), path.read_bytes()).items

        assert [one.name for one in found] == [" ".join(item["name"].split()) for item in raw]
        assert [f"{one.start_date} {one.end_date}" for one in found] == [
            f"{item['startDate']} {item['endDate']}" for item in raw
        ]
        assert all(one.metadata["topics"] == [path.stem] for one in found)


def test_a_conference_in_several_lists_is_one() -> None:
    everything = [one for path in LISTS for one in read_schedule(str(path), path.read_bytes()).items]
    raw = [item for path in LISTS for item in json.loads(path.read_bytes())]
    merged = merge(everything)

    distinct = {(item["url"], item["startDate"], item.get("city")) for item in raw}
    assert len(merged) == len(distinct) < len(raw)
    assert sum(len(one.metadata["topics"]) for one in merged) == len(everything)
    assert len({one.slug for one in merged}) == len(merged)
    names = {one.external_id: one.name.lower() for one in merged}
    assert all(names[one.external_id] == one.name.lower() for one in everything)
