"""Generated documents are what their generators make, and the commands say so."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from schema.document.introduction import ERROR_CODES
from schema.document.markdown import anchor
from server.documents import GENERATED, REPOSITORY, check, write
from server.documents.__main__ import main
from server.http.refusals import Code

TWO: Mapping[str, Callable[[], str]] = {"a.md": lambda: "one\ntwo\n", "docs/b.md": lambda: "é\n"}
PAGES = [path for path in GENERATED if path.endswith(".md")]


@pytest.mark.parametrize("path", GENERATED)
def test_the_generated_document_is_not_stale(path: str) -> None:
    stale = check(REPOSITORY, {path: GENERATED[path]})

    assert not stale, f"{stale[path]}\n`make docs` writes it again"


@pytest.mark.parametrize("path", GENERATED)
def test_generating_twice_gives_the_same(path: str) -> None:
    assert GENERATED[path]() == GENERATED[path]()


@pytest.mark.parametrize("path", PAGES)
def test_every_link_within_a_page_leads_to_one_heading(path: str) -> None:
    tokens = MarkdownIt("commonmark").enable("table").parse(GENERATED[path]())
    anchors = [anchor(tokens[place + 1].content) for place, token in enumerate(tokens) if token.type == "heading_open"]
    links = {str(child.attrs["href"]) for token in tokens for child in token.children or () if "href" in child.attrs}

    assert len(anchors) == len(set(anchors))
    assert {link.removeprefix("#") for link in links if link.startswith("#")} <= set(anchors)


@pytest.mark.parametrize("path", PAGES)
def test_every_line_of_a_table_has_as_many_cells_as_its_head(path: str) -> None:
    """A parser drops what is beyond the head, and fills up what is missing: it must have nothing to mend."""
    text = GENERATED[path]()
    lines = [line for line in text.splitlines() if line.startswith("|")]
    parsed = [t for t in MarkdownIt("commonmark").enable("table").parse(text) if t.type in {"th_open", "td_open"}]
    rules = [line for line in lines if set(line) <= {"|", "-", " "}]

    assert rules
    assert sum(cells_of(line) for line in lines) - sum(cells_of(line) for line in rules) == len(parsed)


def cells_of(line: str) -> int:
    return line.replace(r"\|", "").count("|") - 1


def test_writing_writes_what_is_stale_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("one\ntwo\n")

    assert write(tmp_path, TWO) == ["docs/b.md"]
    assert (tmp_path / "docs/b.md").read_bytes() == "é\n".encode()
    assert write(tmp_path, TWO) == []


def test_checking_changes_nothing_and_shows_how_a_stale_document_differs(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("one\n2\n")
    write(tmp_path, {"docs/b.md": TWO["docs/b.md"]})

    assert check(tmp_path, TWO) == {
        "a.md": "--- a.md\n+++ a.md (as it should be)\n@@ -1,2 +1,2 @@\n one\n-2\n+two",
    }
    assert (tmp_path / "a.md").read_text() == "one\n2\n"


def test_checking_names_what_is_missing(tmp_path: Path) -> None:
    assert check(tmp_path, TWO) == {"a.md": "a.md is missing", "docs/b.md": "docs/b.md is missing"}


def test_checking_sees_line_ends(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_bytes(b"one\r\ntwo\r\n")

    assert check(tmp_path, {"a.md": TWO["a.md"]}) == {"a.md": "a.md differs in its line ends alone"}


def test_checking_reads_what_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_bytes(b"\xff\n")

    assert "-\N{REPLACEMENT CHARACTER}" in check(tmp_path, {"a.md": TWO["a.md"]})["a.md"]


def test_a_long_difference_is_cut_short(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("no\n" * 100)
    shown = check(tmp_path, {"a.md": lambda: "yes\n" * 100})["a.md"].splitlines()

    assert len(shown) == 21
    assert shown[-1] == "… and 183 more lines"


def test_the_program_ends_with_1_while_anything_is_stale(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--root", str(tmp_path)]) == 1
    told = capsys.readouterr().out
    assert all(f"{path} is stale:\n{path} is missing\n" in told for path in GENERATED)
    assert told.endswith("`make docs` writes them again.\n")

    assert main(["write", "--root", str(tmp_path)]) == 0
    assert capsys.readouterr().out.splitlines() == [f"wrote {path}" for path in GENERATED]

    assert main(["check", "--root", str(tmp_path)]) == 0
    assert capsys.readouterr().out == ""


def test_the_program_refuses_another_action(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["burn"])

    assert ended.value.code == 2
    assert "invalid choice: 'burn'" in capsys.readouterr().err


def test_every_code_of_an_error_that_the_server_sends_is_explained() -> None:
    literal = re.compile(r'"([A-Z]+(?:_[A-Z]+)+)"')
    sent = {*literal.findall((REPOSITORY / "server" / "errors.py").read_text()), *Code}

    assert {"DEADLINE_EXCEEDED", "INVALID_JSON"} <= sent <= ERROR_CODES.keys()
