"""`boxoffice clients`: who calls the API, and what they may."""

from __future__ import annotations

import getpass
from typing import TYPE_CHECKING, Annotated

import typer

from server.console import fail, run_to_end, settings_or_exit

if TYPE_CHECKING:
    from commands.registering import Author

clients = typer.Typer(help="Govern who calls the API: clients, their keys, policies and grants.", no_args_is_help=True)

Client = Annotated[str, typer.Argument(metavar="CLIENT", help="The client's name.")]
By = Annotated[str | None, typer.Option("--by", help="Who does it, for the log; the name of this user, unless said.")]
Reason = Annotated[str | None, typer.Option(help="Why, for the log.")]
Grants = Annotated[
    list[str],
    typer.Argument(metavar="GRANT...", help="Names of permissions, such as `STAFF`, or of fields, as `Type.field`."),
]
Policy = Annotated[
    str,
    typer.Option(
        help="What it may send: `open` any document; `apq` any, registered by its hash; `safelist` the documents of "
        "its releases; `ids-only` their ids alone. The last three with `-log-only` admit the rest, and record it."
    ),
]


@clients.command("create")
def clients_create(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Lower-case letters, digits and hyphens: `web`.")],
    policy: Policy = "ids-only",
    partner: Annotated[
        bool, typer.Option("--partner", help="It acts in its own name, by its grants; it has none at first.")
    ] = False,
    public: Annotated[
        bool, typer.Option("--public", help="Anyone may call the routes of its releases, without a key.")
    ] = False,
    by: By = None,
) -> None:
    """Make a client, and show its first key, this once.

    A client is known by its keys, never by a header that names it. It sees and runs its own operations alone. What a
    partner's operations may touch beyond what is public is granted to it; what those of any other client may see is
    decided by who uses it.
    """
    from server.client_commands import create_client

    settings = settings_or_exit()
    run_to_end(create_client(settings, name, policy, author_called(by), is_partner=partner, is_public=public), settings)


@clients.command("rotate")
def clients_rotate(
    name: Client,
    label: Annotated[str, typer.Argument(metavar="LABEL", help="What the new key is called: `2027-06`.")],
    publish: Annotated[
        bool, typer.Option("--publish", help="For a build pipeline: it publishes releases, and calls nothing.")
    ] = False,
    by: By = None,
) -> None:
    """Make one more key of a client, and show it, this once.

    Its other keys stay valid, so that programs can go over one by one; `clients revoke` ends a key.
    """
    from server.client_commands import rotate_key

    settings = settings_or_exit()
    run_to_end(rotate_key(settings, name, label, author_called(by), publishes=publish), settings)


@clients.command("revoke")
def clients_revoke(
    name: Client,
    label: Annotated[str, typer.Argument(metavar="LABEL", help="What the key is called.")],
    by: By = None,
    reason: Reason = None,
) -> None:
    """Make a key of a client invalid, for good."""
    from server.client_commands import revoke_key

    settings = settings_or_exit()
    run_to_end(revoke_key(settings, name, label, author_called(by, reason=reason)), settings)


@clients.command("policy")
def clients_policy(
    name: Client,
    policy: Annotated[str, typer.Argument(metavar="POLICY", help="See `clients create`.")],
    by: By = None,
    reason: Reason = None,
) -> None:
    """Give a client another policy."""
    from server.client_commands import set_policy

    settings = settings_or_exit()
    run_to_end(set_policy(settings, name, policy, author_called(by, reason=reason)), settings)


@clients.command(
    "limits", epilog="Example: `boxoffice clients limits web --bucket 200000/10000 --viewer-bucket default`."
)
def clients_limits(
    name: Client,
    bucket: Annotated[str | None, typer.Option(help="Of the whole client, as `CAPACITY/RESTORED`.")] = None,
    viewer_bucket: Annotated[str | None, typer.Option(help="Of each of its viewers, in the same way.")] = None,
    introspection: Annotated[
        bool | None, typer.Option("--introspection/--no-introspection", help="Whether it may ask for the schema.")
    ] = None,
    by: By = None,
    reason: Reason = None,
) -> None:
    """Change what a client may spend, and whether it may ask for the schema.

    A bucket holds points, which operations cost and which come back second by second; `default` is what the settings
    say. What is not named stays as it is.
    """
    from server.client_commands import set_limits

    settings = settings_or_exit()
    work = set_limits(
        settings,
        name,
        author_called(by, reason=reason),
        bucket=bucket,
        viewer_bucket=viewer_bucket,
        introspection=introspection,
    )
    run_to_end(work, settings)


@clients.command("grant")
def clients_grant(client: Client, grants: Grants, by: By = None, reason: Reason = None) -> None:
    """Grant a partner what is not public: permissions, with every field that needs them, or single fields."""
    from server.client_commands import grant

    settings = settings_or_exit()
    run_to_end(grant(settings, client, grants, author_called(by, reason=reason)), settings)


@clients.command("revoke-grant")
def clients_revoke_grant(
    client: Client,
    grants: Grants,
    force: Annotated[
        bool, typer.Option("--force", help="Although operations that are served stop; the log says so.")
    ] = False,
    by: By = None,
    reason: Reason = None,
) -> None:
    """Take grants back from a partner.

    Where operations that are served need them, they are told, and nothing is changed without --force.
    """
    from server.client_commands import revoke_grants

    settings = settings_or_exit()
    run_to_end(revoke_grants(settings, client, grants, author_called(by, reason=reason), force=force), settings)


@clients.command("list")
def clients_list() -> None:
    """Show all clients: their policies, how many keys are valid, how many releases are served, what is granted."""
    from server.client_commands import list_clients

    settings = settings_or_exit()
    run_to_end(list_clients(settings), settings)


def author_called(by: str | None, commit: str | None = None, reason: str | None = None) -> Author:
    """Who does it: who is named, else the user of this machine who runs the command.

    Raises:
        typer.Exit: the reason is none that can be kept.
    """
    from commands.registering import Author
    from domain.errors import InvalidArgument

    try:
        return Author(by or getpass.getuser(), commit, reason)
    except InvalidArgument as refused:
        raise fail(str(refused)) from None
