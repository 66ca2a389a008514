"""`boxoffice operations`: the releases of persisted operations."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated

import typer

from server.clients_cli import By, Client, author_called
from server.console import run_to_end, settings_or_exit

operations = typer.Typer(help="Publish persisted operations, and govern their releases.", no_args_is_help=True)

Release = Annotated[str, typer.Argument(metavar="RELEASE", help="The release's name, such as 1.4.2.")]


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
    routes: Annotated[
        Path | None,
        typer.Option(
            help='Named routes, as JSON: `{"GET /api/functions/{slug}": "FunctionPage"}`. A folder has its own in '
            "`routes.json`."
        ),
    ] = None,
    commit: Annotated[str | None, typer.Option(help="The commit that it was built from, for the log.")] = None,
    pending: Annotated[bool, typer.Option("--pending", help="Do not serve it before `operations activate`.")] = False,
    by: By = None,
) -> None:
    """Publish a manifest as a release of a client.

    Every operation is compiled: parsed, validated, analysed. One that is broken refuses the whole manifest, and every
    fault of all of them is told, each with its place. To publish the same again does nothing; a release never changes.
    Another release may take the route of an older one over, of the same client.
    """
    from server.registry_commands import publish

    settings = settings_or_exit()
    author = author_called(by, commit)
    run_to_end(publish(settings, client, release, manifest, author, routes=routes, activate=not pending), settings)


@operations.command("publish-builtin")
def operations_publish_builtin(by: By = None) -> None:
    """Publish the release that this program brings with it: the routes of the client `rest`, which anyone may call.

    The client is made, unless there is one. To publish the same again does nothing; a demonstration begins with it.
    """
    from server.registry_commands import publish_builtin

    settings = settings_or_exit()
    run_to_end(publish_builtin(settings, author_called(by)), settings)


@operations.command("prepare")
def operations_prepare() -> None:
    """Prepare every operation that is served for the schema of this program, and store that.

    Run it beside `boxoffice migrate`, before the servers of a new version start: they then load without validating, and
    start as fast as ever. Ends with 1 when the schema breaks an operation.
    """
    from server.registry_commands import prepare

    settings = settings_or_exit()
    run_to_end(prepare(settings), settings)


@operations.command("list")
def operations_list(client: Annotated[str | None, typer.Option(help="Of this client alone.")] = None) -> None:
    """Show releases, with their states, and how they were called within 30 days."""
    from server.registry_commands import list_releases

    settings = settings_or_exit()
    run_to_end(list_releases(settings, client), settings)


@operations.command("show")
def operations_show(
    client: Client,
    release: Release,
    public_id: Annotated[str | None, typer.Argument(metavar="[ID]", help="One operation, whole.")] = None,
) -> None:
    """Show the operations of a release: what was found of each when it was published, and its calls within 30 days.

    Costs are shown without variables; most depend on them. Times are the median and the 95th percentile of how long
    calls took, exact to 2 %.
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
    run_to_end(activate(settings, client, release, author_called(by)), settings)


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
    run_to_end(deprecate(settings, client, release, author_called(by), until, successor), settings)


@operations.command("pin")
def operations_pin(client: Client, release: Release, by: By = None) -> None:
    """Keep a release from being retired, even by force, and from being collected."""
    from server.registry_commands import pin

    settings = settings_or_exit()
    run_to_end(pin(settings, client, release, author_called(by), pinned=True), settings)


@operations.command("unpin")
def operations_unpin(client: Client, release: Release, by: By = None) -> None:
    """Let a release be retired, and collected, again."""
    from server.registry_commands import pin

    settings = settings_or_exit()
    run_to_end(pin(settings, client, release, author_called(by), pinned=False), settings)


@operations.command("retire")
def operations_retire(
    client: Client,
    release: Release,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show who would break, and change nothing.")] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Although it is in use, or its end not due; the log has the figures.")
    ] = False,
    by: By = None,
) -> None:
    """End a release for good.

    Without force it is retired if nothing called it within 30 days that would break, and if the sunset that its
    deprecation announced has passed; without a sunset, if it is older than 30 days.
    """
    from server.retiring_commands import retire

    settings = settings_or_exit()
    run_to_end(retire(settings, client, release, author_called(by), force=force, dry_run=dry_run), settings)


@operations.command("collect")
def operations_collect(
    unused_for: Annotated[
        int | None,
        typer.Option(min=1, max=3650, help="For how many days; as long as usage is kept, unless said."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be collected, and change nothing.")
    ] = False,
    by: By = None,
) -> None:
    """Collect releases that nobody uses.

    One that was never served, or that nobody called, is retired. One that was retired before, and is not even asked
    for, lets its operations go; its name stays taken. What is pinned stays, and so does the newest of each client's
    releases that are served.
    """
    from server.retiring_commands import collect

    settings = settings_or_exit()
    run_to_end(collect(settings, author_called(by), unused_for, dry_run=dry_run), settings)


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
    routes: Annotated[Path | None, typer.Option(help="The routes that go with the manifest.")] = None,
) -> None:
    """Compare a schema with every operation that is served: who breaks, and where; or a manifest with the schema.

    Without an option, the schema is that of this program. Ends with 1 when anything breaks; changes nothing.
    """
    from server.registry_commands import check

    if schema is not None and manifest is not None:
        raise typer.BadParameter("pass --schema or --manifest, not both")
    if routes is not None and manifest is None:
        raise typer.BadParameter("--routes goes with --manifest")
    settings = settings_or_exit()
    run_to_end(check(settings, schema, manifest, routes), settings)
