"""`boxoffice functions`: moving from parent events to functions, and back."""

from __future__ import annotations

import getpass
from typing import Annotated

import typer

from server.clients_cli import By
from server.console import run_to_end, settings_or_exit

functions = typer.Typer(
    help="Move from parent events to functions, look before, and go back; docs/migration-guide.md has the way.",
    no_args_is_help=True,
)

Types = Annotated[
    list[str] | None,
    typer.Option(
        "--parent-type",
        help="A type that makes an event a parent, even without children; several may be named. `parent`, or what "
        "was said before, unless said.",
    ),
]


@functions.command("migrate")
def functions_migrate(
    parent_type: Types = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Tell every function that would be made, and change nothing.")
    ] = False,
    reason: Annotated[str, typer.Option(help="Why, for the audit log.")] = "Moving to functions.",
    by: By = None,
) -> None:
    """Make a function of each parent event, and put its children into it.

    A parent event is one of a type that says so, or one that has children; it stays as it is, in its function. What
    `functions validate` finds fault with is left where it is.

    Works in batches, while everybody reads and writes. Ended anywhere, it goes on when it is run again; nothing is done
    twice. From then on, what is written to one hierarchy is written to the other, until `functions complete`.
    """
    from server.functions_commands import migrate

    settings = settings_or_exit()
    run_to_end(
        migrate(settings, parent_type or (), by=by or getpass.getuser(), reason=reason, dry_run=dry_run), settings
    )


@functions.command("validate")
def functions_validate(
    shown: Annotated[
        int, typer.Option("--shown", min=1, max=1_000_000, help="Faults of each kind to tell one by one, at most.")
    ] = 20,
) -> None:
    """Look for all that is wrong with both hierarchies, and say how to mend it. Ends with 1 when there is anything.

    Finds cycles, levels below the second, children of another organisation's event, orphans, events of which the
    hierarchies say different things, and, once migrated, events that were left behind. A remedy is a statement of SQL
    to look at, and to run with psql. Changes nothing.
    """
    from server.functions_commands import validate

    settings = settings_or_exit()
    run_to_end(validate(settings, shown), settings)


@functions.command("status")
def functions_status() -> None:
    """Show how far the move has come."""
    from server.functions_commands import status

    settings = settings_or_exit()
    run_to_end(status(settings), settings)


@functions.command("complete")
def functions_complete(
    force: Annotated[bool, typer.Option("--force", help="Although there are faults.")] = False,
    reason: Annotated[str, typer.Option(help="Why, for the audit log.")] = "All clients read functions.",
    by: By = None,
) -> None:
    """Declare the move complete: what is written to parent events moves nothing among functions any more.

    Old clients go on to find what new ones write to functions.

    It can be rolled back even then; an event that was placed elsewhere since stays where it is.
    """
    from server.functions_commands import complete

    settings = settings_or_exit()
    run_to_end(complete(settings, by=by or getpass.getuser(), reason=reason, force=force), settings)


@functions.command("rollback")
def functions_rollback(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Tell what would be undone, and change nothing.")] = False,
    reason: Annotated[str, typer.Option(help="Why, for the audit log.")] = "Going back to parent events.",
    by: By = None,
) -> None:
    """Undo the move: each event stands where it stood, and the functions that were made are gone.

    What was made since stays, and so does a function that something made since needs. Ended anywhere, it goes on when
    it is run again.
    """
    from server.functions_commands import rollback

    settings = settings_or_exit()
    run_to_end(rollback(settings, by=by or getpass.getuser(), reason=reason, dry_run=dry_run), settings)
