"""The page on the command line, for a small program and for the real one."""

import re
from typing import Annotated

import typer
from typer.testing import CliRunner

from server.cli import app
from server.documents.command_line import command_line_page, page_of

small = typer.Typer(name="small", help="A small program.", epilog="Exit codes: 0 done.", add_completion=False)
deep = typer.Typer(help="Deeper commands.")
small.add_typer(deep, name="deep")


@small.command()
def copy(
    source: Annotated[str, typer.Argument(help="From | where.")],
    target: Annotated[str, typer.Argument(help="To where.")] = "here",
    times: Annotated[int, typer.Option("--times", "-t", min=1, max=9, help="How often.")] = 2,
    *,
    token: Annotated[str, typer.Option(help="What opens it.")],
    quiet: Annotated[bool, typer.Option("--quiet/--loud", help="Say nothing.")] = False,
    secret: Annotated[bool, typer.Option(hidden=True)] = False,
) -> None:
    """Copy things.

    As often as asked for.
    """


@small.command(hidden=True)
def ghost() -> None:
    """Nobody sees it."""


@deep.command("dig-up")
def dig_up() -> None:
    """Dig."""


def section(page: str, heading: str) -> str:
    return page.partition(f"## `{heading}`\n")[2].partition("\n## ")[0]


def test_a_command_shows_its_help_and_usage() -> None:
    shown = section(page_of(small), "small copy")

    assert shown.strip().startswith("Copy things.\n\nAs often as asked for.\n\n```console\nsmall copy [OPTIONS] ")


def test_an_argument_shows_whether_it_is_required_and_its_default() -> None:
    lines = section(page_of(small), "small copy").splitlines()

    assert ends(lines, r"From \| where.", "*required*")
    assert ends(lines, "To where.", "`here`")


def test_an_option_shows_its_spellings_its_limits_and_its_default() -> None:
    lines = section(page_of(small), "small copy").splitlines()

    assert "| `-t, --times <int range>` | How often. | `2`, `1<=x<=9` |" in lines
    assert "| `--token <str>` | What opens it. | *required* |" in lines
    assert "| `--quiet / --loud` | Say nothing. | `loud` |" in lines


def ends(lines: list[str], *cells: str) -> list[str]:
    """The lines whose last cells are these."""
    return [line for line in lines if line.endswith(f" | {' | '.join(cells)} |")]


def test_what_is_hidden_is_not_shown() -> None:
    assert "secret" not in page_of(small)
    assert "ghost" not in page_of(small)


def test_a_group_links_to_its_commands_at_any_depth() -> None:
    page = page_of(small)

    assert "| [`small copy`](#small-copy) | Copy things. |" in section(page, "small")
    assert "| [`small deep dig-up`](#small-deep-dig-up) | Dig. |" in section(page, "small deep")
    assert section(page, "small deep dig-up").strip().startswith("Dig.")
    assert "Exit codes: 0 done." in section(page, "small")


def test_every_command_of_the_real_program_has_its_section_with_its_options() -> None:
    """Asked of the program itself: its `--help` names them."""
    page = command_line_page()
    headings = re.findall(r"^## `boxoffice ?(.*)`$", page, flags=re.MULTILINE)
    assert {"", "serve", "migrate", "seed", "schema", "config", "config check"} <= set(headings)

    for path in headings:
        told = CliRunner().invoke(app, [*path.split(), "--help"], prog_name="boxoffice")
        shown = section(page, f"boxoffice {path}".strip())

        assert told.exit_code == 0
        for option in set(re.findall(r"^\s+(?:-\w, )?(--[\w-]+)", told.output, flags=re.MULTILINE)) - {"--help"}:
            assert option in shown
