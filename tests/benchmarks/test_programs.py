import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

PATIENCE_SECONDS = 240
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


def test_the_benchmark_prints_a_line_for_every_contestant() -> None:
    """Contestants that answer differently end it, so a table says that their answers were equal."""
    lines = [line for line in run("run.py", "--quick").splitlines() if line.startswith("│")]
    cells = [[cell.strip() for cell in line.strip("│").split("│")] for line in lines]

    *cells, seeded = cells
    assert seeded[0] == "seed 2,500 events"
    assert re.fullmatch(r"in \d+\.\d s", seeded[1])
    assert [(question, who) for question, who, *_ in cells] == [
        ("20 functions, 5 events each, 4 tickets each", "hand-written"),
        ("", "boxoffice"),
        ("one function by slug", "hand-written"),
        ("", "boxoffice"),
        ("20 events", "page 1"),
        ("", "page 2"),
        ("", "page after 2,000"),
        ("20 events, the statement alone", "page 1"),
        ("", "page 2"),
        ("", "page after 2,000"),
    ]
    assert all(float(rate.replace(",", "")) > 0 for _, _, rate, *_ in cells[:7])
    assert all(float(latency) > 0 for _, _, _, latency, *_ in cells)
    assert all(times == "1.00" for question, *_, times in cells if question)


def test_both_ways_to_execute_statements_are_compared() -> None:
    printed = run("statements.py", "--rounds", "3")

    for way in (
        "asyncpg, one",
        "asyncpg, a connection borrowed",
        "SQLAlchemy Core, one",
        "SQLAlchemy Core, a connection",
    ):
        assert way in printed


@pytest.mark.parametrize("program", ["run.py", "statements.py"])
def test_a_program_says_what_it_does(program: str) -> None:
    assert "usage" in run(program, "--help")
