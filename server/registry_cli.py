"""`boxoffice clients` and `boxoffice operations`: the registry of persisted operations."""

from __future__ import annotations

import datetime as dt
import getpass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from server.console import run_to_end, settings_or_exit

if TYPE_CHECKING:
    from commands.registering import Author

clients = typer.Typer(help="Govern who calls the API: clients, their keys and policies.", no_args_is_help=True)
operations = typer.Typer(help="Publish persisted operations, and govern their releases.", no_args_is_help=True)

Client = Annotated[str, typer.Argument(metavar="CLIENT", help="The client's name.")]
Release = Annotated[str, typer.Argument(metavar="RELEASE", help="The release's name, such as 1.4.2.")]
By = Annotated[str | None, typer.Option("--by", help="Who does it, for the log; the name of this user, unless said.")]
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
    by: By = None,
) -> None:
    """Make a client, and show its first key, this once.

    A client is known by its keys, never by a header that names it. It sees and runs its own operations alone.
    """
    from server.registry_commands import create_client

    settings = settings_or_exit()
    run_to_end(create_client(settings, name, policy, _author(by)), settings)


@clients.command("rotate")
def clients_rotate(
    name: Client,
    label: Annotated[str, typer.Argument(metavar="LABEL", help="What the new key is called: `2027-06`.")],
    by: By = None,
) -> None:
    """Make one more key of a client, and show it, this once.

    Its other keys stay valid, so that programs can go over one by one; `clients revoke` ends a key.
    """
    from server.registry_commands import rotate_key

    settings = settings_or_exit()
    run_to_end(rotate_key(settings, name, label, _author(by)), settings)


@clients.command("revoke")
def clients_revoke(
    name: Client, label: Annotated[str, typer.Argument(metavar="LABEL", help="What the key is called.")], by: By = None
) -> None:
    """Make a key of a client invalid, for good."""
    from server.registry_commands import revoke_key

    settings = settings_or_exit()
    run_to_end(revoke_key(settings, name, label, _author(by)), settings)


@clients.command("policy")
def clients_policy(
    name: Client, policy: Annotated[str, typer.Argument(metavar="POLICY", help="See `clients create`.")], by: By = None
) -> None:
    """Give a client another policy."""
    from server.registry_commands import set_policy

    settings = settings_or_exit()
    run_to_end(set_policy(settings, name, policy, _author(by)), settings)


@clients.command("list")
def clients_list() -> None:
    """Show all clients: their policies, how many keys are valid, how many releases are served."""
    from server.registry_commands import list_clients

    settings = settings_or_exit()
    run_to_end(list_clients(settings), settings)


@operations.command(
    "publish",
    epilog="Example: `boxoffice operations publish web 1.4.2 manifest.json --commit $(git rev-parse HEAD)`.",
)
def operations_publish(
    client: Client,
    release: Release,
    manifest: Annotated[
        Path,
        typer.Argument(
            metavar="MANIFEST",
            help="Apollo's manifest, a JSON object or pairs of ids and texts (Relay, codegen), or a folder of .graphql "
            "files.",
        ),
    ],
    commit: Annotated[str | None, typer.Option(help="The commit that it was built from, for the log.")] = None,
    pending: Annotated[bool, typer.Option("--pending", help="Do not serve it before `operations activate`.")] = False,
    by: By = None,
) -> None:
    """Publish a manifest as a release of a client.

    Every operation is compiled: parsed, validated, analysed. One that is broken refuses the whole manifest, and every
    fault of all of them is told, each with its place. To publish the same again does nothing; a release never changes.
    """
    from server.registry_commands import publish

    settings = settings_or_exit()
    run_to_end(publish(settings, client, release, manifest, _author(by, commit), activate=not pending), settings)


@operations.command("list")
def operations_list(client: Annotated[str | None, typer.Option(help="Of this client alone.")] = None) -> None:
    """Show releases, with their states."""
    from server.registry_commands import list_releases

    settings = settings_or_exit()
    run_to_end(list_releases(settings, client), settings)


@operations.command("show")
def operations_show(
    client: Client,
    release: Release,
    public_id: Annotated[str | None, typer.Argument(metavar="[ID]", help="One operation, whole.")] = None,
) -> None:
    """Show the operations of a release, and what was found of each when it was published.

    Costs are shown without variables; most depend on them.
    """
    from server.registry_commands import show

    settings = settings_or_exit()
    run_to_end(show(settings, client, release, public_id), settings)


@operations.command("diff")
def operations_diff(
    client: Client,
    old: Annotated[str, typer.Argument(metavar="OLD", help="A release.")],
    new: Annotated[str, typer.Argument(metavar="NEW", help="Another one.")],
) -> None:
    """Show what one release has (`+`) and has not (`-`) that another one has, by id."""
    from server.registry_commands import diff

    settings = settings_or_exit()
    run_to_end(diff(settings, client, old, new), settings)


@operations.command("activate")
def operations_activate(client: Client, release: Release, by: By = None) -> None:
    """Serve a release that is pending, or take its deprecation back."""
    from server.registry_commands import activate

    settings = settings_or_exit()
    run_to_end(activate(settings, client, release, _author(by)), settings)


@operations.command("deprecate")
def operations_deprecate(
    client: Client,
    release: Release,
    sunset: Annotated[
        dt.datetime | None,
        typer.Option(formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M"], help="When it will end, in UTC; from then on no --force."),
    ] = None,
    successor: Annotated[str | None, typer.Option(help="The release of the same client to go over to.")] = None,
    by: By = None,
) -> None:
    """Announce the end of a release; it is served until it is retired."""
    from server.registry_commands import deprecate

    settings = settings_or_exit()
    until = None if sunset is None else sunset.replace(tzinfo=dt.UTC)
    run_to_end(deprecate(settings, client, release, _author(by), until, successor), settings)


@operations.command("pin")
def operations_pin(client: Client, release: Release, by: By = None) -> None:
    """Keep a release from being retired, even by force."""
    from server.registry_commands import pin

    settings = settings_or_exit()
    run_to_end(pin(settings, client, release, _author(by), pinned=True), settings)


@operations.command("unpin")
def operations_unpin(client: Client, release: Release, by: By = None) -> None:
    """Let a release be retired again."""
    from server.registry_commands import pin

    settings = settings_or_exit()
    run_to_end(pin(settings, client, release, _author(by), pinned=False), settings)


@operations.command("retire")
def operations_retire(
    client: Client,
    release: Release,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be lost, and change nothing.")] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Although it is served and no sunset has passed; the log says so.")
    ] = False,
    by: By = None,
) -> None:
    """End a release for good.

    Without force, only what is pending is retired, and what is past the sunset that its deprecation announced.
    """
    from server.registry_commands import retire

    settings = settings_or_exit()
    run_to_end(retire(settings, client, release, _author(by), force=force, dry_run=dry_run), settings)


@operations.command("log")
def operations_log(
    client: Annotated[str | None, typer.Option(help="Of this client alone.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="How many entries, at most.")] = 20,
) -> None:
    """Show who changed the registry, when, from which commit, with which hashes; newest first.

    The log is append-only: the database refuses to change or delete an entry.
    """
    from server.registry_commands import log

    settings = settings_or_exit()
    run_to_end(log(settings, client, limit), settings)


@operations.command("check")
def operations_check(
    schema: Annotated[
        Path | None, typer.Option(help="A candidate schema, in the Schema Definition Language: whom does it break?")
    ] = None,
    manifest: Annotated[
        Path | None, typer.Option(help="A candidate manifest: does this program's schema have what it asks?")
    ] = None,
) -> None:
    """Compare a schema with every operation that is served: who breaks, and where; or a manifest with the schema.

    Without an option, the schema is that of this program. Ends with 1 when anything breaks; changes nothing.
    """
    from server.registry_commands import check

    if schema is not None and manifest is not None:
        raise typer.BadParameter("pass --schema or --manifest, not both")
    settings = settings_or_exit()
    run_to_end(check(settings, schema, manifest), settings)


def _author(by: str | None, commit: str | None = None) -> Author:
    from commands.registering import Author

    return Author(by or getpass.getuser(), commit)
