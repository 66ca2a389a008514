import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]

PATIENCE_SECONDS = 400
"""On a machine that others use too."""


def run(program: str, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, f"benchmarks/{program}", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


CONTESTANTS = ["Boxoffice", "hand-written", "PostGraphile", "GraphQL Yoga", "stock Strawberry"]
KEPT = "Boxoffice, by GET"


def test_the_benchmark_measures_everybody_and_everything() -> None:
    """Contestants that answer differently end it, so figures say that their answers were equal."""
    figures: dict[str, Any] = json.loads(run("run.py", "--quick", "--json"))

    for contest in ("nested", "by_slug", "nested_by_two", "by_slug_by_two"):
        standings = figures[contest]
        assert [each["name"] for each in standings] == (
            CONTESTANTS if contest.startswith("nested") else [*CONTESTANTS, KEPT]
        )
        assert all(each["requests_per_second"] > 0 and each["requests"] > 0 for each in standings)
        assert all(0 < each["p50_ms"] <= each["p99_ms"] for each in standings)
    assert [each["against"] for each in figures["bars"]] == [
        "stock Strawberry",
        "GraphQL Yoga",
        "PostGraphile",
        "hand-written",
        "PostGraphile",
        "hand-written",
        "PostGraphile",
        "hand-written",
        "as many constant bytes",
        "as many constant bytes",
        "graphql-core",
        "graphql-core",
        "a straight line",
        "none",
        "none",
        "none",
        "the same by pgbench",
        "the same by pgbench",
        "none",
        "none",
    ]
    assert [each["pools"] for each in figures["sold"]] == ["one pool that all want", "a hundred pools"]
    assert all(0 < each["p50"] <= each["p99"] and each["by_hand"] > 0 for each in figures["sold"])
    assert all(each["value"] > 0 for each in figures["bars"] if each["against"] != "none")
    assert [each["name"] for each in figures["depth"]["http"]] == ["page 1", "page 2", "page after 2,000"]
    assert len(figures["depth"]["statement_ms"]) == 3
    assert len(figures["growth"]["rows"]) == len(figures["growth"]["milliseconds"]) == 8
    for stages in (figures["stages"]["nested"], figures["stages"]["by_slug"]):
        assert list(stages) == ["protocol", "plan", "SQL", "rows", "assembly", "bytes"]
        assert all(milliseconds > 0 for milliseconds in stages.values())


def test_indexes_are_measured_with_all_of_them_and_with_fewer() -> None:
    lines = [line.split("│") for line in run("indexes.py", "--quick").splitlines()]

    records = {line[1].strip(): float(line[2]) for line in lines if len(line) == 6}
    assert records["without those for staff"] < records["all"] < records["all, featured"]


def test_authorisation_is_measured_with_answers_that_are_the_same() -> None:
    costs = json.loads(run("authorisation.py", "--quick", "--json"))

    assert list(costs) == ["off", "on, for anyone", "on, for staff"]
    assert all(0 < each["database_cpu"] < each["cpu"] and each["elapsed"] > 0 for each in costs.values())


def test_flags_and_the_filter_are_measured_with_answers_that_are_the_same() -> None:
    costs = json.loads(run("flagged.py", "--quick", "--json"))

    assert list(costs) == [
        "off", "off, once more", "a flag", "a flag, for somebody new", "the filter", "a flag and the filter"
    ]  # fmt: skip
    assert costs["off"]["more"] == 0
    assert all(0 < each["database_cpu"] < each["cpu"] for each in costs.values())


def test_moving_to_functions_is_measured_while_somebody_writes() -> None:
    figures = {each["name"]: each for each in json.loads(run("moving.py", "--quick", "--json"))}

    assert list(figures) == ["nothing else", "migrate", "roll back", "one UPDATE of all"]
    assert figures["migrate"]["rows"] == figures["roll back"]["rows"] == figures["one UPDATE of all"]["rows"]
    assert figures["migrate"]["held_ms"] > 0
    assert all(each["writes"] > 0 for each in figures.values())


def test_both_executors_are_compared() -> None:
    costs = json.loads(run("rows.py", "--json", "--rounds", "1", "--side", "20"))

    for pair in (costs["read"], costs["awaited"]):
        assert 0 < pair["ours"]["milliseconds"] < pair["core"]["milliseconds"]
        assert 0 < costs["answer_megabytes"] <= pair["ours"]["peak_megabytes"]


def test_both_ways_to_execute_statements_are_compared() -> None:
    printed = run("statements.py", "--rounds", "3")

    for way in (
        "asyncpg, one",
        "asyncpg, a connection handed from statement to statement",
        "asyncpg, a connection of its pool for each statement",
        "SQLAlchemy Core, one",
        "SQLAlchemy Core, a connection",
    ):
        assert way in printed


@pytest.mark.parametrize(
    "program", ["run.py", "rows.py", "stages.py", "statements.py", "authorisation.py", "selling.py"]
)
def test_a_program_says_what_it_does(program: str) -> None:
    assert "usage" in run(program, "--help")
