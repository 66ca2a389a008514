"""What the documentation points to is there."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from urllib.parse import unquote

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    path
    for pattern in ("*.md", "docs/**/*.md", "*/README.md")
    for path in ROOT.glob(pattern)
    if ".venv" not in path.parts
)


@cache
def tokens(page: Path) -> list[Token]:
    found = MarkdownIt("commonmark").enable("table").parse(page.read_text(encoding="utf-8"))
    return [*found, *(child for token in found for child in token.children or ())]


def links(page: Path) -> Iterator[str]:
    for token in tokens(page):
        target = token.attrGet("href") or token.attrGet("src")
        if target is not None:
            yield unquote(str(target))


@cache
def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as code hosts make them."""
    found: dict[str, int] = {}
    following = zip(tokens(page), tokens(page)[1:], strict=False)
    for text in (inline.content for opening, inline in following if opening.type == "heading_open"):
        slug = re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-")
        found[slug] = found.get(slug, 0) + 1
    return {slug if number == 0 else f"{slug}-{number}" for slug, times in found.items() for number in range(times)}


def dead_links(page: Path) -> list[str]:
    dead = []
    for target in links(page):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        if not file.exists() or (anchor and file.suffix == ".md" and anchor not in anchors(file)):
            dead.append(target)
    return dead


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_no_link_of_a_page_is_dead(page: Path) -> None:
    assert not dead_links(page)


def test_dead_links_are_noticed(tmp_path: Path) -> None:
    (tmp_path / "there.md").write_text("# One `two`: three\n\n# One `two`: three\n")
    page = tmp_path / "page.md"
    page.write_text(
        "# Here\n\n| a |\n| --- |\n| [x](gone.md) [x](there.md#four) [x](#nowhere) |\n\n![x](gone.svg)\n"
        "[x](there.md) [x](there.md#one-two-three) [x](there.md#one-two-three-1) [x](#here) [x](https://example.org)\n"
    )

    assert dead_links(page) == ["gone.md", "there.md#four", "#nowhere", "gone.svg"]


def test_pages_were_found() -> None:
    assert len(PAGES) > 10
    assert sum(1 for page in PAGES for _ in links(page)) > 50
