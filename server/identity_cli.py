"""`boxoffice members` and `boxoffice audit`: who works for whom, and what was done with privilege."""

from __future__ import annotations

import getpass
from typing import Annotated

import typer

from server.clients_cli import By
from server.console import run_to_end, settings_or_exit

members = typer.Typer(help="Say who works for an organisation, and as what.", no_args_is_help=True)

Organisation = Annotated[str, typer.Argument(metavar="ORGANISATION", help="The organisation's slug.")]
Subject = Annotated[str, typer.Argument(metavar="SUBJECT", help="Whom: the `sub` of their tokens.")]
Role = Annotated[str, typer.Argument(metavar="ROLE", help="OWNER, MANAGER, FINANCE or DOOR.")]
Reason = Annotated[str, typer.Option(help="Why, for the audit log.")]


@members.command("add")
def members_add(organisation: Organisation, subject: Subject, role: Role, reason: Reason, by: By = None) -> None:
    """Let somebody work for an organisation; every process knows within a second."""
    from server.identity_commands import change_member

    settings = settings_or_exit()
    run_to_end(
        change_member(settings, organisation, subject, role, by=by or getpass.getuser(), reason=reason, add=True),
        settings,
    )


@members.command("remove")
def members_remove(organisation: Organisation, subject: Subject, role: Role, reason: Reason, by: By = None) -> None:
    """Let somebody no longer work for an organisation in a role; every process knows within a second."""
    from server.identity_commands import change_member

    settings = settings_or_exit()
    run_to_end(
        change_member(settings, organisation, subject, role, by=by or getpass.getuser(), reason=reason, add=False),
        settings,
    )


def audit(
    subject: Annotated[
        str | None,
        typer.Argument(metavar="[SUBJECT]", help="What was done to this alone: a token, somebody, a client."),
    ] = None,
    days: Annotated[int, typer.Option(min=1, max=36_500, help="How far to look back.")] = 90,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many of the newest entries.")] = 50,
) -> None:
    """Show what was done with privilege: by whom, when, to what, and why.

    Revocations and memberships stand in the audit log, what was done to clients and releases in the registry's own;
    both are shown as one. Neither can be changed.
    """
    from server.identity_commands import show_log

    settings = settings_or_exit()
    run_to_end(show_log(settings, subject=subject, days=days, limit=limit), settings)
