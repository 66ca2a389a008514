"""Markdown that holds any text: GitHub Flavored Markdown, which the tables come from."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import count

_LONGEST_RUN = re.compile(r"`+")
_PIPE = re.compile(r"(\\*)\|")
_NOT_IN_ANCHORS = re.compile(r"[^\w\- ]")


def code(text: str) -> str:
    """A literal, shown as it is, outside a table or inside one.

    The fence is longer than any run of backticks in the text (CommonMark, section 6.1). What a code span cannot say in
    a table, blanks alone and a pipe behind a backslash, is said in HTML.
    """
    flat = " ".join(text.splitlines())
    if not flat.strip() or "\\|" in flat:
        return f"<code>{''.join(each if each.isalnum() else f'&#{ord(each)};' for each in flat)}</code>"
    fence = "`" * (1 + max((len(run) for run in _LONGEST_RUN.findall(flat)), default=0))
    padding = " " if flat.startswith(("`", " ")) or flat.endswith(("`", " ")) else ""
    return f"{fence}{padding}{flat}{padding}{fence}"


def cell(markdown: str) -> str:
    """Markdown for one cell of a table: on one line, and without a pipe that would end the cell."""
    paragraphs = re.split(r"\n\s*\n", markdown.strip())
    flat = "<br><br>".join(" ".join(line.strip() for line in each.splitlines()) for each in paragraphs)
    return _PIPE.sub(lambda found: found[1] + ("|" if len(found[1]) % 2 else r"\|"), flat)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; its cells hold Markdown, and may have any pipes, backticks and lines."""
    lines = [head, ["---"] * len(head), *rows]
    assert all(len(line) == len(head) for line in lines), "a row has as many cells as the head"
    return "\n".join("| " + " | ".join(cell(each) for each in line) + " |" for line in lines)


def plain(markdown: str) -> str:
    """Text of a heading as its anchor is made from it: without the marks of code and emphasis."""
    return re.sub(r"[`*]", "", markdown)


def anchor(heading: str) -> str:
    """The fragment that GitHub, and most that render Markdown, give a heading which is alone in having its text."""
    return _NOT_IN_ANCHORS.sub("", plain(heading).strip().lower()).replace(" ", "-")


def link(text: str, heading: str) -> str:
    """A link to a heading of the same page."""
    return f"[{text}](#{anchor(heading)})"


def page(blocks: Iterable[str]) -> str:
    """Blocks to a page: a blank line between them, one line end after the last."""
    return "\n\n".join(block.strip("\n") for block in blocks if block.strip()) + "\n"


def fenced(text: str, language: str) -> str:
    """A block of code, whatever it holds."""
    fence = next("`" * length for length in count(3) if "`" * length not in text)
    return f"{fence}{language}\n{text.strip(chr(10))}\n{fence}"
