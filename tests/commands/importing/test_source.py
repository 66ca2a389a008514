import pytest

from commands.import_schedules import Source, source_of
from domain.errors import InvalidArgument
from integrations.schedules.read import read_schedule
from tests.commands.importing.desk import conference, listing, moot, source, talk, topics


def test_a_source_holds_each_gathering_once_and_knows_which_list_their_talks() -> None:
    edition, conferences = moot(talk("a")), listing(conference("a.example"))
    found = source_of(
        "x", [read_schedule(name, data) for name, data in [("m.json", edition), ("go.json", conferences)] * 2]
    )

    assert [gathering.name for gathering in found.gatherings] == ["The Moot", "A"]
    assert found.listings == {"edition:moot:2024"}


def test_the_digest_is_of_what_is_said_and_not_of_how_it_is_written() -> None:
    written = listing(conference("a.example"))
    one, spaced = topics({"go": written}), topics({"go": b"\n" + written.replace(b",", b" , ")})

    assert one.content_sha256 == spaced.content_sha256


@pytest.mark.parametrize(
    "other",
    [
        topics({"ruby": listing(conference("a.example"))}),
        topics({"go": listing(conference("a.example", city="Ghent"))}),
        topics({"go": listing(conference("a.example")), "ruby": listing(conference("b.example"))}),
        topics({"go": listing()}),
    ],
)
def test_the_digest_tells_sources_apart(other: Source) -> None:
    assert other.content_sha256 != topics({"go": listing(conference("a.example"))}).content_sha256


def test_the_zone_that_is_said_for_a_source_belongs_to_its_content() -> None:
    talks = moot(talk("a"), time_zone_name=None)

    assert source(talks, zone="Asia/Tokyo").content_sha256 != source(talks, zone="Europe/Rome").content_sha256


@pytest.mark.parametrize("name", ["", " ", "x" * 501])
def test_a_source_needs_a_name(name: str) -> None:
    with pytest.raises(InvalidArgument, match="1 to 500 characters"):
        source_of(name, [])
