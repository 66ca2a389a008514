"""The line that a run of the tests closes with."""

from pathlib import Path

import pytest

from tests.run import closing_line


def report(folder: Path, name: str, **figures: float) -> Path:
    given = {"tests": 0, "failures": 0, "errors": 0, "skipped": 0, "time": 0.0, **figures}
    attributes = " ".join(f'{key}="{value}"' for key, value in given.items())
    path = folder / name
    path.write_text(f"<testsuites><testsuite {attributes}/></testsuites>", encoding="utf-8")
    return path


def test_it_counts_both_parts(tmp_path: Path) -> None:
    parts = [report(tmp_path, "a", tests=5, skipped=1, time=2.6), report(tmp_path, "b", tests=3, time=1.0)]

    assert closing_line(parts) == "7 passed, 1 skipped in 4 s"


def test_it_begins_with_what_went_wrong(tmp_path: Path) -> None:
    parts = [report(tmp_path, "a", tests=5, failures=2, errors=1), report(tmp_path, "b", tests=1)]

    assert closing_line(parts) == "2 failed, 1 errors, 3 passed in 0 s"


@pytest.mark.parametrize("named", [[], ["missing"]])
def test_a_part_that_could_not_begin_has_none(tmp_path: Path, named: list[str]) -> None:
    assert closing_line([tmp_path / name for name in named]) == "0 passed in 0 s"
