"""Public schedules, where they are at hand: imported whole, and asked for through the API."""

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from commands.import_schedules import ImportCounts, Source, Tally, import_source, source_of
from integrations.schedules.read import read_schedule
from tests.commands.importing.desk import Desk
from tests.plugins.graph import Graph

DATA = Path(__file__).parents[4] / "shared" / "data"
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="no real schedules: ../shared/data is absent")

EDITIONS = [DATA / f"fosdem/{year}.xml.gz" for year in (2007, 2013, 2019, 2025, 2026)]
CAMP = DATA / "frab/camp2019.json"
LISTS = sorted(DATA.glob("conference-data/*/*.json"))


def read(name: str, paths: Sequence[Path]) -> Source:
    zone = "Europe/Brussels"
    return source_of(name, [read_schedule(str(path), path.read_bytes(), default_zone=zone) for path in paths])


SOURCES = {"fosdem": EDITIONS, "camp": [CAMP], "conference-data": LISTS}


@pytest.fixture
async def whole(graph: Graph) -> tuple[Graph, dict[str, Source], dict[str, ImportCounts]]:
    """Everything, imported."""
    sources = {name: read(name, paths) for name, paths in SOURCES.items()}
    counts = {
        name: await import_source(graph.owner, each, organisation="Open", timezone="Europe/Brussels")
        for name, each in sources.items()
    }
    return graph, sources, counts


async def test_everything_can_be_asked_for(
    whole: tuple[Graph, dict[str, Source], dict[str, ImportCounts]],
) -> None:
    graph, sources, counts = whole
    gatherings = [gathering for each in sources.values() for gathering in each.gatherings]
    talks = sum(len(gathering.talks) for gathering in gatherings)
    data = await graph.data("{ functions { totalCount } events { totalCount } }")

    assert sum((each.functions for each in counts.values()), Tally()) == Tally(created=len(gatherings))
    assert sum((each.events for each in counts.values()), Tally()) == Tally(created=talks)
    assert (data["functions"]["totalCount"], data["events"]["totalCount"]) == (len(gatherings), talks)
    for gathering in (*sources["fosdem"].gatherings, *sources["camp"].gatherings):
        shown = await graph.data(
            """query ($slug: String!) {
                 function(slug: $slug) { name events(first: 1) { totalCount nodes { timezone } } } }""",
            slug=gathering.slug,
        )
        assert shown["function"]["name"] == gathering.name
        assert shown["function"]["events"]["totalCount"] == len(gathering.talks)
        assert shown["function"]["events"]["nodes"] == [{"timezone": gathering.zone}]


async def test_talks_and_topics_are_as_the_files_have_them(
    whole: tuple[Graph, dict[str, Source], dict[str, ImportCounts]],
) -> None:
    graph, sources, _ = whole
    talk = next(talk for talk in sources["fosdem"].gatherings[3].talks if talk.metadata.get("speakers"))
    shown = await graph.data(
        "query ($slug: String!) { event(slug: $slug) { title description eventStart location metadata } }",
        slug=talk.slug,
    )
    assert shown["event"]["title"] == talk.title
    assert shown["event"]["description"] == talk.description
    assert shown["event"]["location"] == talk.location
    assert shown["event"]["metadata"] == talk.metadata

    async with graph.owner.write() as connection:
        rows = (
            await connection.exec_driver_sql(
                "SELECT metadata FROM functions WHERE external_id LIKE 'conference:%%' AND deleted_at IS NULL"
            )
        ).scalars()
        found = Counter(topic for metadata in rows for topic in metadata["topics"])
    assert found == Counter(path.stem for path in LISTS for _ in json.loads(path.read_bytes()))


async def test_all_of_it_again_touches_no_row(desk: Desk) -> None:
    sources = [read(name, paths) for name, paths in SOURCES.items()]
    for each in sources:
        await desk(each)
    before = await desk.touched()
    again = [await desk(each) for each in sources]

    assert all(each.functions.changed == each.events.changed == 0 for each in again)
    assert await desk.touched() == before


async def test_one_list_beside_the_folder_takes_no_topic_away(desk: Desk) -> None:
    await desk(read("2024", [path for path in LISTS if path.parent.name == "2024"]))
    before = {row["external_id"]: json.loads(row["metadata"])["topics"] for row in (await desk.functions()).values()}
    counts = await desk(read("2024/python.json", [DATA / "conference-data/2024/python.json"]))
    after = {row["external_id"]: json.loads(row["metadata"])["topics"] for row in (await desk.functions()).values()}

    assert counts.functions.created == counts.functions.deleted == 0
    assert any(len(each) > 1 for each in before.values())
    assert after == before
