"""`boxoffice outbox`: what is still to be delivered, what was given up, and having it delivered after all."""

from __future__ import annotations

from typing import Annotated

import typer

from db.outbox import State
from server.console import fail, run_to_end, settings_or_exit

outbox = typer.Typer(
    help="Look at facts that wait to be delivered, or were given up; docs/outbox.md says what they are.",
    no_args_is_help=True,
)


@outbox.command("list")
def outbox_list(
    state: Annotated[State, typer.Option(help="Which.")] = State.DEAD,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many of them, the newest first.")] = 50,
) -> None:
    """Show entries, and how many wait and were given up."""
    from server.outbox_commands import list_entries

    settings = settings_or_exit()
    run_to_end(list_entries(settings, state, limit), settings)


@outbox.command("show")
def outbox_show(
    sequence: Annotated[int, typer.Argument(metavar="SEQUENCE", help="Its number; see `outbox list`.")],
) -> None:
    """Show one entry: the fact, how often it was tried, and what was wrong."""
    from server.outbox_commands import show_entry

    settings = settings_or_exit()
    run_to_end(show_entry(settings, sequence), settings)


@outbox.command("replay")
def outbox_replay(
    sequences: Annotated[
        list[int] | None, typer.Argument(metavar="[SEQUENCE]...", help="The numbers; see `outbox list`.")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Everything that was given up.")] = False,
) -> None:
    """Have entries that were given up delivered after all, with as many attempts as a new one."""
    from server.outbox_commands import replay_entries

    if every == bool(sequences):
        raise fail("name the entries to replay, or pass --all", code=2)
    settings = settings_or_exit()
    run_to_end(replay_entries(settings, None if every else sequences), settings)
