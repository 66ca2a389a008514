"""`boxoffice token`: access tokens, for development and for operators."""

from __future__ import annotations

from typing import Annotated

import typer

from server.console import run_to_end, settings_or_exit

token = typer.Typer(help="Issue access tokens for development, and look into any.", no_args_is_help=True)


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
