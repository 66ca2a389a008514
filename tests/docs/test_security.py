"""`docs/security.md` names tests that exist."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "security.md").read_text()
NAMED = re.compile(r"`((?:tests/[\w/]+\.py)?(?:::\w+)*)`")


def named() -> list[str]:
    """Every test that the page names; one that begins with `::` is in the file that was named last in its line."""
    found: list[str] = []
    for line in PAGE.splitlines():
        file = ""
        for match in NAMED.finditer(line):
            path, _, _rest = match[1].partition("::")
            file = path or file
            if match[1]:
                found.append(match[1] if path else file + match[1])
    return found


@cache
def defined(path: str) -> set[str]:
    """The names of a file's tests, and of its classes."""
    tree = ast.parse((ROOT / path).read_text())
    return {
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and "test" in node.name.lower()
    }


@pytest.mark.parametrize("test", sorted(set(named())))
def test_a_test_that_is_named_exists(test: str) -> None:
    path, *names = test.split("::")

    assert (ROOT / path).is_file()
    assert set(names) <= defined(path)
    assert defined(path)


def test_every_attack_has_a_test() -> None:
    rows = [line for line in PAGE.splitlines() if line.startswith("| ") and "test" not in line and " --- " not in line]
    held = PAGE.partition("## What is held")[2].partition("## What is not held")[0]

    assert not [row for row in rows if row in held]


def test_the_attacks_are_named() -> None:
    files = {path.relative_to(ROOT).as_posix() for path in (ROOT / "tests" / "security").glob("test_*.py")}

    assert files <= {test.split("::")[0] for test in named()}
