from collections.abc import Callable
from types import ModuleType, SimpleNamespace
from xml.etree import ElementTree as ET

import pytest

Import = Callable[[str], ModuleType]
NAMES = ["Boxoffice", "hand-written", "PostGraphile", "GraphQL Yoga", "stock Strawberry"]
KEPT = "Boxoffice, by GET"


@pytest.fixture
def report(program: Import) -> object:
    """Figures of a run in which Boxoffice answers twice as many requests as anybody else."""
    contest, figures, growth, rows = (program(each) for each in ("contest", "figures", "growth", "rows"))
    authorisation = program("authorisation")

    def standing(name: str, rate: int) -> object:
        rounds = [contest.Round(program("load").Result(rate, 1.0, 1.0, 2.0), 0.5, 0.25)]
        return contest.Standing(name, float(rate), 1.0, 2.0, 0.5, 0.25, rate, rounds)

    standings = [standing(name, 2_000 if name == "Boxoffice" else 1_000) for name in NAMES]
    by_slug = [*standings, standing(KEPT, 3_000)]
    stages = dict.fromkeys(program("stages").STAGES, 0.5)
    return figures.Report(
        0.1,
        SimpleNamespace(events=1_050_000),
        60.0,
        standings,
        by_slug,
        standings,
        by_slug,
        [program("cached").Cached("one function", 300, standings[:2])],
        [program("persisted").Persisted("one function", standings[:3])],
        program("depth").Depth(1_000_000, [standing("page 1", 900)], [program("depth").Alone("page 1", 0.125)]),
        growth.fit([10, 100, 1_000], [1.0, 1.9, 10.9], [1.0, 2.0, 11.0]),
        rows.Costs(*2 * [rows.Pair(rows.Cost(20.0, 14.0), rows.Cost(500.0, 12.0))], 12.0),
        {"nested": stages, "by_slug": stages},
        {**dict.fromkeys(NAMES, "python 3"), "PostgreSQL": "18.6"},
        SimpleNamespace(added=0.12),
        {
            authorisation.OFF: authorisation.Cost(1.0, 2.0, 0.5),
            authorisation.ANYONE: authorisation.Cost(1.0, 2.1, 0.5),
            authorisation.STAFF: authorisation.Cost(1.5, 3.0, 0.9),
        },
        [program("selling").Sold("one pool", 300.0, 250.0, 510.0, 2.5, 1.5, 500.0, 0.6)],
    )


def test_the_document_says_which_bars_are_reached_and_which_are_missed(program: Import, report: object) -> None:
    lines = program("document").text_of(report).splitlines()

    nested = [line for line in lines if line.startswith("| 20 f") and "in process" not in line]
    found = {line.split(" | ")[1]: line.rstrip(" |").split(" | ")[-1] for line in nested}
    assert found == {
        "stock Strawberry": "**missed**",
        "GraphQL Yoga": "**missed**",
        "PostGraphile": "reached",
        "hand-written": "reached",
    }
    assert "## Bars: 12 of 17 reached" in lines


def test_the_document_has_a_share_of_time_for_each_stage(program: Import, report: object) -> None:
    lines = program("document").text_of(report).splitlines()

    assert "| protocol | 0.500 | 17% | 0.500 | 17% |" in lines


def test_the_document_says_what_authorisation_adds(program: Import, report: object) -> None:
    lines = program("document").text_of(report).splitlines()

    assert "| on, for anyone | 1.00 | 2.10 | 0.50 | 5.0 % | ≤ 10 % |" in lines
    assert "| on, for staff | 1.50 | 3.00 | 0.90 | 50.0 % | ≤ 25 % |" in lines


def test_the_document_says_how_many_registrations_there_are_beside_pgbench(program: Import, report: object) -> None:
    lines = program("document").text_of(report).splitlines()

    assert "| one pool | 300 | 250 | 510 | 2.50 | 1.50 | 500 | 0.60 |" in lines
    assert any(line.startswith("| registrations by 200 buyers") and line.endswith("**missed** |") for line in lines)


def test_nothing_is_left_open_in_the_document(program: Import, report: object) -> None:
    assert "$" not in program("document").text_of(report)


def test_the_chart_has_a_bar_for_each_contestant_as_long_as_its_rate(program: Import, report: object) -> None:
    drawn = ET.fromstring(program("document").chart_of(report))  # noqa: S314 - made two lines above

    texts = [each.text for each in drawn.iter("{http://www.w3.org/2000/svg}text")]
    bars = [float(each.attrib["width"]) for each in drawn.iter("{http://www.w3.org/2000/svg}rect")][1:]
    assert [text for text in texts if text in {*NAMES, KEPT}] == [*NAMES, *NAMES, KEPT]
    assert bars[0] == pytest.approx(2 * bars[1], abs=0.1)
    assert len(bars) == 2 * len(NAMES) + 1


def test_the_figures_print(program: Import, report: object) -> None:
    console = program("rich.console").Console(width=150, record=True, quiet=False, file=program("io").StringIO())
    console.print(program("figures").tables_of(report))

    assert "where the time of an answer goes" in console.export_text()
