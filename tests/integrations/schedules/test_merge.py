import datetime as dt
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from integrations.schedules.merge import merge
from integrations.schedules.model import Gathering
from tests.integrations.schedules.writing import PATIENT, frab, gathering

TOPICS = st.lists(st.sampled_from(["python", "ruby", "rust"]), min_size=1, max_size=2, unique=True).map(sorted)
DAYS = st.dates(dt.date(2024, 4, 1), dt.date(2024, 4, 9))


@st.composite
def gatherings(draw: st.DrawFn) -> Gathering:
    first = draw(DAYS)
    metadata = draw(st.dictionaries(st.sampled_from(["url", "city"]), st.sampled_from(["a", "b"])))
    return Gathering(
        external_id=draw(st.sampled_from(["conference:a", "conference:b", "conference:c"])),
        name=draw(st.sampled_from(["A", "B"])),
        slug=draw(st.sampled_from(["a-2024", "b-2024"])),
        description=None,
        start_date=first,
        end_date=first + dt.timedelta(days=draw(st.integers(0, 3))),
        zone=draw(st.sampled_from([None, "Europe/Vilnius"])),
        location=draw(st.sampled_from([None, "Vilnius", "Kaunas"])),
        image_url=None,
        metadata=metadata | {"topics": draw(TOPICS)},
    )


LISTS = st.lists(gatherings(), max_size=6)


def without_slugs(found: tuple[Gathering, ...]) -> list[Gathering]:
    """Slugs are told apart among all that are given, so they alone hang on what else is there."""
    return [replace(one, slug="") for one in found]


@PATIENT
@given(LISTS)
def test_each_gathering_stands_once_in_the_order_of_its_first_mention(mentions: list[Gathering]) -> None:
    merged = merge(mentions)

    assert [one.external_id for one in merged] == list(dict.fromkeys(one.external_id for one in mentions))
    assert len({one.slug for one in merged}) == len(merged)


@PATIENT
@given(LISTS)
def test_topics_are_united_whatever_the_order(mentions: list[Gathering]) -> None:
    expected: dict[str, set[object]] = {}
    for one in mentions:
        expected.setdefault(one.external_id, set()).update(one.metadata["topics"])

    for order in (mentions, mentions[::-1]):
        assert {one.external_id: one.metadata["topics"] for one in merge(order)} == {
            external_id: sorted(topics) for external_id, topics in expected.items()
        }


@PATIENT
@given(LISTS, LISTS)
def test_merging_is_taking_one_file_after_the_other(first: list[Gathering], second: list[Gathering]) -> None:
    assert without_slugs(merge([*merge(first), *second])) == without_slugs(merge([*first, *second]))


@PATIENT
@given(LISTS)
def test_saying_a_thing_twice_changes_nothing(mentions: list[Gathering]) -> None:
    assert without_slugs(merge([*merge(mentions), *merge(mentions)])) == without_slugs(merge(mentions))


@PATIENT
@given(LISTS)
def test_no_merged_gathering_ends_before_it_starts(mentions: list[Gathering]) -> None:
    assert all(one.start_date and one.end_date and one.start_date <= one.end_date for one in merge(mentions))


def test_the_later_mention_stands_where_it_says_anything() -> None:
    earlier = gathering(frab(acronym="moot", logo="https://a.example/1.png", url="https://a.example"))
    later = gathering(frab(acronym="moot", title="The Moot"))

    (merged,) = merge([earlier, later])

    assert (merged.name, merged.image_url) == ("The Moot", "https://a.example/1.png")
    assert merged.metadata["url"] == "https://a.example"


def test_a_later_listing_of_talks_stands_for_all_of_them() -> None:
    both = gathering(frab({"title": "A", "start": "10:00"}, {"title": "B", "start": "11:00"}))
    one = gathering(frab({"title": "B", "start": "12:00"}))

    (merged,) = merge([both, one])

    assert merged.talks == one.talks
