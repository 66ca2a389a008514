"""Every document that is generated: where it stands in the repository, and what makes its text.

`python -m server.documents write` writes them again, `… check` fails when one is stale. What generates a text does not
read or write files; that is done here.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from pathlib import Path

from schema import sdl
from schema.document import document
from schema.document.matrix import matrix
from server.documents.command_line import command_line_page
from server.documents.database import database_page
from server.documents.metrics import metrics_page
from server.documents.registrations import registrations_page
from server.documents.settings import env_example, settings_page
from server.documents.versioning import versioning_page

REPOSITORY = Path(__file__).resolve().parent.parent.parent

GENERATED: Mapping[str, Callable[[], str]] = {
    ".env.example": env_example,
    "docs/authorisation-matrix.md": matrix,
    "docs/cli.md": command_line_page,
    "docs/database.md": database_page,
    "docs/graphql-schema.md": document,
    "docs/metrics.md": metrics_page,
    "docs/registrations.md": registrations_page,
    "docs/schema.graphql": sdl,
    "docs/settings.md": settings_page,
    "docs/versioning.md": versioning_page,
}
"""Paths from the root of the repository, and the functions that make what they hold."""

SHOWN_LINES = 20
"""How many lines of a stale document's difference are shown."""


def write(root: Path, generated: Mapping[str, Callable[[], str]] = GENERATED) -> list[str]:
    """Write every document that is not what it should be.

    Returns:
        The paths of those that were written.
    """
    written = []
    for path, text in _stale(root, generated):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8", newline="\n")
        written.append(path)
    return written


def check(root: Path, generated: Mapping[str, Callable[[], str]] = GENERATED) -> dict[str, str]:
    """Compare every document with what it should be.

    Returns:
        The path of each stale one, and how its first lines differ.
    """
    return {path: _difference(root, path, text) for path, text in _stale(root, generated)}


def _stale(root: Path, generated: Mapping[str, Callable[[], str]]) -> Iterator[tuple[str, str]]:
    for path, generate in generated.items():
        text = generate()
        if _present(root, path) != text.encode():
            yield path, text


def _present(root: Path, path: str) -> bytes | None:
    try:
        return (root / path).read_bytes()
    except FileNotFoundError:
        return None


def _difference(root: Path, path: str, text: str) -> str:
    present = _present(root, path)
    if present is None:
        return f"{path} is missing"
    lines = difflib.unified_diff(
        present.decode(errors="replace").splitlines(),
        text.splitlines(),
        path,
        f"{path} (as it should be)",
        n=1,
        lineterm="",
    )
    shown = list(islice(lines, SHOWN_LINES))
    rest = sum(1 for _ in lines)
    if not shown:
        return f"{path} differs in its line ends alone"
    return "\n".join([*shown, f"… and {rest} more lines"] if rest else shown)
