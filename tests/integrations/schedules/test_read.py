import datetime as dt
import gzip
import json
import tracemalloc
from collections.abc import Callable
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from integrations.schedules.limits import MAX_BYTES, MAX_MEMBERS, MAX_PACKED
from integrations.schedules.model import BrokenSchedule, Format
from integrations.schedules.read import read_schedule
from tests.integrations.schedules.test_xml_tree import EXTERNAL, LAUGHS
from tests.integrations.schedules.writing import (
    PATIENT,
    Programme,
    Spoken,
    as_json,
    as_xml,
    event,
    faults,
    frab,
    gathering,
    xml,
)

ZONES = st.sampled_from(["Europe/Brussels", "America/New_York", "Asia/Kolkata", "Pacific/Auckland", "UTC"]).map(
    ZoneInfo
)
WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=20).map(
    lambda text: " ".join(text.split())
)
TITLES = WORDS.filter(bool)
SMALL = (xml(event(), before="<version>1</version>"), frab({"title": "A", "start": "10:00"}), b'[{"name": "A"}]')


def packed(data: bytes) -> bytes:
    """Gzipped, the same in every process: tests are told apart by what they are given."""
    return gzip.compress(data, mtime=0)


@st.composite
def programmes(draw: st.DrawFn) -> Programme:
    zone = draw(ZONES)
    change = draw(st.integers(0, 9))
    talks = [
        Spoken(
            guid=str(guid),
            title=draw(TITLES),
            start=_instant(draw(st.integers(0, 4 * 24 * 12)), zone),
            length=dt.timedelta(minutes=draw(st.integers(0, 3000))),
            room=draw(st.sampled_from(["Janson", "H.2215 (Ferrer)", "Zelt & Wiese"])),
            track=draw(WORDS),
            abstract=draw(WORDS),
            speakers=tuple(draw(st.lists(TITLES, max_size=3, unique=True))),
            links=tuple(draw(st.lists(st.tuples(st.just("https://a.example/?b&c"), TITLES), max_size=2))),
        )
        for guid in draw(st.lists(st.uuids(), min_size=1, max_size=6, unique=True))
    ]
    return Programme(draw(TITLES), draw(WORDS), zone, tuple(talks), change)


def _instant(slot: int, zone: ZoneInfo) -> dt.datetime:
    """One of the five-minute slots of four days in June, when no clock changes."""
    return (dt.datetime(2024, 6, 3, tzinfo=zone) + dt.timedelta(minutes=5 * slot)).astimezone(dt.UTC)


def heard(data: bytes) -> set[Spoken]:
    """The talks that a file is read to hold, as their organiser thought of them."""
    return {
        Spoken(
            guid=talk.external_id.removeprefix("guid:"),
            title=talk.title,
            start=talk.start,
            length=talk.end - talk.start if talk.end else dt.timedelta(-1),
            room=talk.location or "",
            track=str(talk.metadata.get("track", "")),
            abstract=talk.description or "",
            speakers=tuple(talk.metadata.get("speakers", [])),
            links=tuple((link["url"], link["title"]) for link in talk.metadata.get("links", [])),
        )
        for talk in gathering(data).talks
    }


@PATIENT
@given(programmes())
def test_a_programme_is_read_back_from_xml(programme: Programme) -> None:
    assert heard(as_xml(programme)) == set(programme.talks)


@PATIENT
@given(programmes())
def test_a_programme_is_read_back_from_json(programme: Programme) -> None:
    assert heard(as_json(programme)) == set(programme.talks)


@PATIENT
@given(programmes())
def test_a_programme_is_read_back_from_xml_of_local_times(programme: Programme) -> None:
    assert heard(as_xml(programme, dated=False)) == set(programme.talks)


@PATIENT
@given(programmes())
def test_xml_and_json_of_one_edition_give_the_same_gathering(programme: Programme) -> None:
    by_xml, by_json = gathering(as_xml(programme)), gathering(as_json(programme))

    assert by_xml.external_id == by_json.external_id
    assert by_xml.talks == by_json.talks


@PATIENT
@given(st.binary(max_size=200))
@example(b"<")
@example(b"\xff\xfe<")
@example(b'{"schedule": {"conference": {"days": [{}]}}}')
@example(b'"text"')
@example(b"\x1f\x8b\x08")
def test_arbitrary_bytes_are_read_or_refused(data: bytes) -> None:
    faults(data)


@settings(PATIENT, max_examples=300)
@given(st.sampled_from(SMALL), st.data())
def test_a_schedule_with_bytes_lost_or_changed_is_read_or_refused(schedule: bytes, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(schedule)))
    end = data.draw(st.integers(start, min(len(schedule), start + 12)))
    faults(schedule[:start] + data.draw(st.binary(max_size=8)) + schedule[end:])


@PATIENT
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=4),
        lambda inner: (
            st.lists(inner, max_size=2)
            | st.dictionaries(
                st.sampled_from(
                    [
                        "schedule",
                        "conference",
                        "days",
                        "rooms",
                        "title",
                        "date",
                        "start",
                        "persons",
                        "name",
                        "url",
                        "startDate",
                        "duration",
                        "id",
                    ]
                ),
                inner,
                max_size=4,
            )
        ),
    )
)
def test_any_json_in_the_formats_own_words_is_read_or_refused(document: object) -> None:
    faults(json.dumps(document).encode())


@pytest.mark.parametrize("name", ["a.xml", "a.json", "a.txt", "a.gz", ""])
def test_the_content_and_not_the_name_says_what_a_file_is(name: str) -> None:
    assert read_schedule(name, SMALL[0]).format is Format.FRAB_XML
    assert read_schedule(name, packed(SMALL[0])).format is Format.FRAB_XML
    assert read_schedule(name, SMALL[1]).format is Format.FRAB_JSON
    assert read_schedule("a.xml", packed(b"\xef\xbb\xbf [ ]")).format is Format.CONFERENCE_LIST


def test_reading_twice_gives_equal_answers() -> None:
    assert read_schedule("a.xml", SMALL[0]) == read_schedule("a.xml", SMALL[0])


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"", "the file is empty"),
        (b"BEGIN:VCALENDAR", "no schedule: neither XML nor a JSON object or list"),
        (b"PK\x03\x04", "no schedule: neither XML"),
        (packed(packed(SMALL[0])), "no schedule: neither XML"),
        (packed(b""), "the file is empty"),
        (packed(SMALL[0])[:-20], "damaged: the gzipped file ends in the middle"),
        (packed(SMALL[0])[:-4] + b"1234", "damaged: gzip cannot unpack it"),
        (packed(SMALL[0]) + b"more", "damaged: gzip cannot unpack it"),
    ],
)
def test_what_is_no_file_of_a_schedule_is_refused_as_a_whole(data: bytes, what: str) -> None:
    (fault,) = faults(data)

    assert fault.where == "file"
    assert fault.what.startswith(what)


def test_a_gzipped_file_may_come_in_parts_and_padded() -> None:
    parts = packed(SMALL[0][:50]) + packed(SMALL[0][50:]) + b"\0" * 512

    assert read_schedule("a.xml", parts) == read_schedule("a.xml", SMALL[0])


@pytest.mark.parametrize(
    ("make", "what"),
    [
        (lambda: packed(b"<a>" + b" " * 2 * MAX_BYTES), "larger than 32 MiB when unpacked"),
        (lambda: packed(b" " * (MAX_BYTES // 2)) * 3, "larger than 32 MiB when unpacked"),
        (lambda: packed(b"") * (MAX_MEMBERS + 1), "more than 16 gzipped files in one"),
        (lambda: packed(b"") * (MAX_PACKED // 20), "more than 16 gzipped files in one"),
        (lambda: b"\x1f\x8b" + b"\0" * MAX_PACKED, "larger than 8 MiB, gzipped"),
        (lambda: b"<" + b" " * MAX_BYTES, "larger than 32 MiB"),
    ],
)
def test_a_file_that_is_or_becomes_too_large_is_refused(make: Callable[[], bytes], what: str) -> None:
    (fault,) = faults(make())

    assert fault.what == what


def test_a_bomb_is_not_unpacked_beyond_the_limit() -> None:
    bomb = gzip.compress(b"\0" * (8 * MAX_BYTES), compresslevel=1)
    tracemalloc.start()
    try:
        (fault,) = faults(bomb)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert fault.what == "larger than 32 MiB when unpacked"
    assert peak < 3 * MAX_BYTES


@pytest.mark.parametrize("hostile", [LAUGHS, EXTERNAL], ids=["laughs", "external"])
def test_hostile_xml_is_refused_also_when_gzipped(hostile: bytes) -> None:
    (fault,) = faults(packed(hostile))

    assert fault.what.startswith("a document type")


def test_a_broken_file_is_refused_whole_with_all_its_faults() -> None:
    talks = "\n".join(event(f"<duration>{n}</duration>", attributes=f'id="{n}"') for n in range(130))
    with pytest.raises(BrokenSchedule) as refusal:
        read_schedule("broken.xml", xml(talks))

    assert [fault.where for fault in refusal.value.faults] == [f"line {n + 4}, <duration>" for n in range(100)]
    assert refusal.value.untold == 30
    assert str(refusal.value).startswith(
        "broken.xml: 130 faults; nothing of it was taken\n  line 4, <duration>: '0' is"
    )
