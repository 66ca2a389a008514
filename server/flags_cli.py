"""`boxoffice flags`: what is on for whom."""

from __future__ import annotations

import getpass
from typing import Annotated

import typer

from server.clients_cli import By
from server.console import run_to_end, settings_or_exit

flags = typer.Typer(help="Say what is on for whom; every process knows within a second.", no_args_is_help=True)


@flags.command("list")
def flags_list() -> None:
    """Show every flag: whether it is on, for how many, and in which segments."""
    from server.flag_commands import list_flags

    settings = settings_or_exit()
    run_to_end(list_flags(settings), settings)


@flags.command("set")
def flags_set(
    key: Annotated[str, typer.Argument(metavar="FLAG", help="The flag's name; see `flags list`.")],
    reason: Annotated[str, typer.Option(help="Why, for the audit log.")],
    enabled: Annotated[bool | None, typer.Option("--on/--off", help="Whether it is on for anyone.")] = None,
    percentage: Annotated[int | None, typer.Option(min=0, max=100, help="For how many of all viewers.")] = None,
    segments: Annotated[
        str | None,
        typer.Option(help='For whom it is on whatever the share, as JSON: `{"clients": ["web"], "roles": ["staff"]}`.'),
    ] = None,
    by: By = None,
) -> None:
    """Change a flag; what is not said stays as it is.

    Who is in a share stays in it when it grows. Whoever comes without a token is in no share but the whole.
    """
    from server.flag_commands import set_flags

    settings = settings_or_exit()
    given = {"enabled": enabled, "percentage": percentage}
    run_to_end(set_flags(settings, key, given, segments, by=by or getpass.getuser(), reason=reason), settings)
