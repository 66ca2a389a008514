"""`boxoffice token`: access tokens, for development and for operators."""

from __future__ import annotations

import datetime as dt
import getpass
from typing import Annotated

import typer

from server.clients_cli import By
from server.console import run_to_end, settings_or_exit

token = typer.Typer(help="Issue access tokens for development, look into any, and revoke them.", no_args_is_help=True)


@token.command(
    "issue",
    epilog='Example: `curl -H "Authorization: Bearer $(boxoffice token issue ada)" …` asks as the customer `ada`.',
)
def token_issue(
    subject: Annotated[str, typer.Argument(metavar="SUBJECT", help="Whom it names: the `sub` of its owner's tokens.")],
    role: Annotated[
        str | None, typer.Option(help="Its role, such as `admin`; TOKEN_ADMIN_VALUES says what makes an administrator.")
    ] = None,
    minutes: Annotated[int, typer.Option(min=1, max=525_600, help="How long it is valid.")] = 60,
) -> None:
    """Print an access token, signed with this installation's own secret.

    For development: in production an identity provider issues them, once somebody has proved who they are.
    """
    from server.token_commands import issue

    settings = settings_or_exit()
    run_to_end(issue(settings, subject, role, minutes), settings)


@token.command("show")
def token_show(
    text: Annotated[str, typer.Argument(metavar="TOKEN", help="`-` for standard input, which no process list shows.")],
) -> None:
    """Show what a token says, who its holder would be, and if it is refused, why."""
    from server.token_commands import show

    settings = settings_or_exit()
    run_to_end(show(settings, text), settings)


@token.command("revoke", epilog='Example: `boxoffice token revoke --subject ada --reason "lost her phone"`.')
def token_revoke(
    reason: Annotated[str, typer.Option(help="Why, for the audit log.")],
    text: Annotated[str | None, typer.Argument(metavar="[TOKEN]", help="The token; `-` for standard input.")] = None,
    token_id: Annotated[str | None, typer.Option("--id", help="Its id (`jti`), instead of the token.")] = None,
    subject: Annotated[str | None, typer.Option(help="All tokens of this subject, instead of one.")] = None,
    before: Annotated[
        dt.datetime | None,
        typer.Option(
            formats=["%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M"],
            help="With --subject: those issued up to this moment, in UTC; up to now, unless said.",
        ),
    ] = None,
    by: By = None,
) -> None:
    """Make a token invalid, or all that a subject was issued up to now; in every process within a second.

    What is revoked stays revoked. A subject gets in again with a token that is issued afterwards.
    """
    from server.identity_commands import revoke

    settings = settings_or_exit()
    moment = None if before is None else before.replace(tzinfo=dt.UTC)
    who = by or getpass.getuser()
    run_to_end(
        revoke(settings, token=text, token_id=token_id, subject=subject, before=moment, by=who, reason=reason), settings
    )
