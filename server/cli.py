"""The command-line program `boxoffice`."""

from __future__ import annotations

import gc
from pathlib import Path
from typing import Annotated

import typer

from server import (
    clients_cli,
    flags_cli,
    functions_cli,
    identity_cli,
    jobs_cli,
    outbox_cli,
    registry_cli,
    schema_cli,
    token_cli,
)
from server.console import EXIT_CODES, run_to_end, say, settings_or_exit
from server.settings import public_values

app = typer.Typer(
    name="boxoffice",
    help="Boxoffice: a GraphQL API server for event ticketing.",
    epilog=(
        "Settings come from the environment and from a file .env; docs/settings.md lists them. "
        f"Exit codes: {'; '.join(f'{code} {meaning}' for code, meaning in EXIT_CODES.items())}."
    ),
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
config = typer.Typer(help="Look at the settings.", no_args_is_help=True)
app.add_typer(clients_cli.clients, name="clients")
app.add_typer(registry_cli.operations, name="operations")
app.add_typer(flags_cli.flags, name="flags")
app.add_typer(functions_cli.functions, name="functions")
app.add_typer(jobs_cli.jobs, name="jobs")
app.add_typer(outbox_cli.outbox, name="outbox")
app.add_typer(token_cli.token, name="token")
app.add_typer(identity_cli.members, name="members")
app.command()(identity_cli.audit)
app.add_typer(schema_cli.schema, name="schema")
app.add_typer(config, name="config")


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="The address to listen on, instead of HOST.")] = None,
    port: Annotated[int | None, typer.Option(help="The port to listen on, instead of PORT.")] = None,
    data_folder: Annotated[
        Path | None, typer.Option(help="Where servers of its own keep their data, instead of DATA_FOLDER.")
    ] = None,
    demo: Annotated[bool, typer.Option("--demo", help="Load the demonstration data, unless there is data.")] = False,
    worker: Annotated[
        bool | None,
        typer.Option(
            "--worker/--no-worker",
            help="Do what `boxoffice worker` does, too.  [default: beside a database of its own, and with --demo]",
        ),
    ] = None,
) -> None:
    """Serve the API until Ctrl-C or SIGTERM.

    Without DATABASE_URL and REDIS_URL, a PostgreSQL and a Valkey are started, and the database is migrated, first.
    """
    from server.commands import serve_until_stopped

    settings = settings_or_exit(host=host, port=port, data_folder=data_folder)
    run_to_end(serve_until_stopped(settings, demo=demo, worker=worker), settings)


@app.command()
def worker() -> None:
    """Deliver what the outbox holds, and do what is done every so often, until Ctrl-C or SIGTERM.

    Any number may run, on any machine: each fact and each job is one worker's at a time. What a killed one was at,
    another does again; docs/outbox.md has more.
    """
    from server.commands import work_until_stopped

    settings = settings_or_exit()
    run_to_end(work_until_stopped(settings), settings)


@app.command()
def migrate(
    to: Annotated[str, typer.Option(help="The revision to stop at.")] = "head",
    down: Annotated[bool, typer.Option("--down", help="Go back to the revision, instead of up to it.")] = False,
) -> None:
    """Bring the database up to the schema that this program knows.

    Safe to run from several machines at once. Going down to `base` removes every table, with its rows.
    """
    from server.database_commands import migrate_database

    settings = settings_or_exit()
    run_to_end(migrate_database(settings, to, down=down), settings)


@app.command()
def seed(
    functions: Annotated[int, typer.Option(min=1, max=1_000_000, help="How many functions.")] = 100,
    events_per_function: Annotated[int, typer.Option(min=0, max=100_000, help="How many events each has.")] = 10,
    tickets_per_event: Annotated[int, typer.Option(min=0, max=50, help="How many ticket types each event sells.")] = 2,
    packages_per_function: Annotated[int, typer.Option(min=0, max=50, help="How many packages each has.")] = 2,
    random_seed: Annotated[int, typer.Option("--seed", min=0, help="The same seed makes the same rows.")] = 1,
    demo: Annotated[bool, typer.Option("--demo", help="The demonstration data instead, unless there is data.")] = False,
) -> None:
    """Fill the database with made-up data of any size."""
    settings = settings_or_exit()
    if demo:
        from server.commands import load_demonstration_data

        run_to_end(load_demonstration_data(settings), settings)
        return
    from server.database_commands import seed_database

    run_to_end(
        seed_database(
            settings,
            functions=functions,
            events_per_function=events_per_function,
            tickets_per_event=tickets_per_event,
            packages_per_function=packages_per_function,
            random_seed=random_seed,
        ),
        settings,
    )


@app.command(
    "import",
    epilog=(
        'Example: `boxoffice import fosdem/2025.xml.gz conference-data --organisation "Example Association" '
        "--timezone Europe/Brussels --dry-run` shows what two sources would bring; the same without `--dry-run` "
        "imports them."
    ),
)
def import_schedules(
    paths: Annotated[
        list[Path],
        typer.Argument(metavar="PATH", help="A schedule, or a folder that stands for all schedules below it."),
    ],
    organisation: Annotated[
        str, typer.Option(help="Who holds them: an organisation's name, or its slug; made, if there is none.")
    ],
    timezone: Annotated[
        str | None,
        typer.Option(
            help="The zone of files that name none, such as Europe/Brussels; also of an organisation that is made, "
            "else UTC."
        ),
    ] = None,
    source: Annotated[
        str | None,
        typer.Option(
            help="A name for all the paths together. Without it each is a source of its own, called by the last two "
            "parts of its path."
        ),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be done, and change nothing.")] = False,
) -> None:
    """Import schedules: an edition of a conference becomes a function, a talk an event.

    Reads pentabarf and frab XML, frab and pretalx JSON, and conference-data JSON, gzipped or not; the format is told
    from the content.

    A source is known by its name. Importing it again writes what has changed, and nothing else; it deletes what the
    source no longer names, unless another one does, and restores what it names again. Slugs stay as they are, and so
    does what has been hidden, featured or priced since.

    Nothing is written while any file is broken: all faults of all files are told, each with its place.
    """
    from integrations.schedules.times import zone_of
    from server.importing import ImportOptions, import_files

    try:
        if timezone is not None:
            zone_of(timezone)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--timezone") from None
    settings = settings_or_exit()
    options = ImportOptions(paths, organisation, timezone, source, dry_run)
    run_to_end(import_files(settings, options), settings)


@app.command()
def explain(
    document: Annotated[
        str,
        typer.Argument(
            help="A file with the operation, `-` for standard input, or CLIENT/RELEASE/ID (or name) of a published one."
        ),
    ],
    operation: Annotated[str | None, typer.Option(help="Which operation of the document.")] = None,
    variables: Annotated[
        str | None, typer.Option(help="Its variables, as a JSON object; left out, examples of those it needs.")
    ] = None,
    who: Annotated[
        str,
        typer.Option("--as", help="Who asks: `anonymous`, `admin`, or the subject of a customer's or staff's token."),
    ] = "anonymous",
    analyze: Annotated[bool, typer.Option("--analyze", help="Have PostgreSQL time every node of its plans.")] = False,
) -> None:
    """Execute a query and show how: fields, batches, statements with PostgreSQL's plans, rows and times.

    Plans are those that this viewer's requests run with, row-level security included. A statement that reads a table
    from end to end is marked.
    """
    from server.commands import explain_operation

    settings = settings_or_exit()
    run_to_end(explain_operation(settings, document, operation, variables, who, analyze=analyze), settings)


@config.command("check")
def config_check() -> None:
    """Check the settings, and show those in force; secrets are not shown."""
    for name, value in public_values(settings_or_exit()).items():
        say(f"{name.upper()}={value}")


def main() -> None:
    """The console script."""
    gc.disable()  # until a command runs (`server.console`): what modules make as they load is no garbage
    app()


if __name__ == "__main__":
    main()
