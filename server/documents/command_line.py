"""`docs/cli.md`: every command of the program `boxoffice`, with its arguments and options."""

from __future__ import annotations

from collections.abc import Iterator

import typer
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption

from schema.document.markdown import code, fenced, link, page, table
from server.cli import app

Parameter = TyperArgument | TyperOption


def command_line_page() -> str:
    """The page on this project's program."""
    return page_of(app)


def page_of(program: typer.Typer) -> str:
    """The page on any program: what `--help` of each of its commands says, in the order that it says it in."""
    root = typer.main.get_command(program)
    assert isinstance(root, TyperCommand | TyperGroup), "what Typer makes of a program"
    return page(_blocks(root, typer.Context(root, info_name=root.name)))


def _blocks(root: TyperCommand | TyperGroup, context: typer.Context) -> Iterator[str]:
    yield "# The command line"
    yield "<!-- Generated from the program by `make docs`: change server/cli.py, not this file. -->"
    yield "`--help` says the same of any command."
    yield from _command(root, context)


def _command(command: TyperCommand | TyperGroup, context: typer.Context) -> Iterator[str]:
    yield f"## {code(context.command_path)}"
    if command.help:
        yield command.help
    yield fenced(" ".join([context.command_path, *command.collect_usage_pieces(context)]), "console")
    parameters = [each for each in command.params if isinstance(each, TyperArgument | TyperOption) and not each.hidden]
    for kind, of in (("Argument", TyperArgument), ("Option", TyperOption)):
        rows = [_row(each, context) for each in parameters if isinstance(each, of)]
        if rows:
            yield table([kind, "What it is for", "Default and limits"], rows)
    below = list(_commands(command, context)) if isinstance(command, TyperGroup) else []
    if below:
        rows = [[link(code(path.command_path), path.command_path), _summary(each)] for each, path in below]
        yield table(["Command", "What it does"], rows)
    if command.epilog:
        yield command.epilog
    for each, path in below:
        yield from _command(each, path)


def _commands(group: TyperGroup, context: typer.Context) -> Iterator[tuple[TyperCommand | TyperGroup, typer.Context]]:
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert isinstance(command, TyperCommand | TyperGroup), "a name that the group has just listed"
        if not command.hidden:
            yield command, typer.Context(command, info_name=name, parent=context)


def _summary(command: TyperCommand | TyperGroup) -> str:
    return (command.help or "").partition("\n")[0]


def _row(parameter: Parameter, context: typer.Context) -> list[str]:
    """The line of `--help`, whose second half ends with `[default: …; limits; required]` where it has any."""
    record = parameter.get_help_record(context)
    assert record is not None, "only hidden parameters have none"
    name, said = record
    what = parameter.help or ""
    limits = said.removeprefix(what).strip().removeprefix("[").removesuffix("]")
    return [code(name), what, ", ".join(map(_limit, filter(None, limits.split("; "))))]


def _limit(said: str) -> str:
    if said == "required":
        return "*required*"
    return code(said.removeprefix("default: "))
