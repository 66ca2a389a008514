"""Whatever a description holds, what stands in a table stays in its cell: asked of a Markdown parser."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from schema.document.markdown import anchor, cell, code, fenced, link, page, table

AWKWARD = st.text(alphabet=st.sampled_from("ab |\\`*_<>&;#-~[]()\n\r\té…") | st.characters(exclude_categories=["Cs"]))

LITERALS = st.text(alphabet="ab |\\`*_<>&;#[]é")


def parse(markdown: str) -> list[Token]:
    return MarkdownIt("commonmark").enable("table").parse(markdown)


def cells(tokens: list[Token]) -> list[Token]:
    """The content of each cell, in the order of the page."""
    return [tokens[place + 1] for place, token in enumerate(tokens) if token.type in {"th_open", "td_open"}]


def shown(token: Token) -> str:
    """The text of a cell as a reader sees it."""
    return "".join(child.content for child in token.children or () if child.type != "html_inline")


@given(AWKWARD, AWKWARD)
def test_a_table_keeps_its_shape_whatever_its_cells_hold(first: str, second: str) -> None:
    tokens = parse(table(["a", "b"], [[first, second], ["the", "end"]]))

    assert [token.type for token in tokens if token.level == 0] == ["table_open", "table_close"]
    assert len(cells(tokens)) == 6
    assert [shown(each) for each in cells(tokens)[4:]] == ["the", "end"]


@given(LITERALS)
def test_a_literal_is_shown_as_it_is_in_a_table(text: str) -> None:
    (rendered,) = cells(parse(table([code(text)], [])))

    assert shown(rendered) == text


@given(LITERALS)
def test_a_literal_is_shown_as_it_is_outside_a_table(text: str) -> None:
    (_, rendered, _) = parse(f"x{code(text)}")

    assert shown(rendered) == f"x{text}"


@pytest.mark.parametrize("text", ["a", "a|b", "``", "`a", " a ", "a\\", "<b>", "&amp;", "*a*"])
def test_a_literal_is_a_code_span(text: str) -> None:
    (rendered,) = cells(parse(table([code(text)], [])))

    assert [child.type for child in rendered.children or ()] == ["code_inline"]


@pytest.mark.parametrize("text", ["", " ", "a\\|b", "\\|*`<b>&_c_"])
def test_what_a_code_span_cannot_say_is_said_in_html(text: str) -> None:
    (rendered,) = cells(parse(table([code(text)], [])))
    tags = [child.content for child in rendered.children or () if child.type == "html_inline"]

    assert tags == ["<code>", "</code>"]
    assert shown(rendered) == text


@pytest.mark.parametrize(
    ("markdown", "expected"),
    [
        ("one\ntwo", "one two"),
        ("one\r\ntwo", "one two"),
        ("one\n\n  two\nthree", "one<br><br>two three"),
        ("a|b", r"a\|b"),
        (r"a\|b", r"a\|b"),
        (r"a\\|b", r"a\\\|b"),
        ("  padded \n", "padded"),
    ],
)
def test_a_cell_is_one_line_without_a_bare_pipe(markdown: str, expected: str) -> None:
    assert cell(markdown) == expected


def test_a_row_must_have_as_many_cells_as_the_head() -> None:
    with pytest.raises(AssertionError):
        table(["a", "b"], [["only one"]])


@pytest.mark.parametrize(
    ("heading", "expected"),
    [
        ("Who may see what", "who-may-see-what"),
        ("Arguments of `Event.tickets`", "arguments-of-eventtickets"),
        ("Directive `@cost`", "directive-cost"),
        ("event_tickets", "event_tickets"),
        ("`boxoffice config check`", "boxoffice-config-check"),
    ],
)
def test_an_anchor_is_what_github_makes_of_a_heading(heading: str, expected: str) -> None:
    assert anchor(heading) == expected


def test_a_link_may_hold_a_list_type_in_code() -> None:
    (_, rendered, _) = parse(link(code("[Event!]!"), "Event"))

    assert [child.type for child in rendered.children or ()] == ["link_open", "code_inline", "link_close"]


def test_a_fence_is_longer_than_any_in_the_text() -> None:
    (block,) = parse(fenced("```\ninside\n```\n", "graphql"))

    assert (block.type, block.info, block.content) == ("fence", "graphql", "```\ninside\n```\n")


def test_a_page_has_a_blank_line_between_blocks_and_one_line_end_after_them() -> None:
    assert page(["\n# A\n", "", "text\n\n"]) == "# A\n\ntext\n"
