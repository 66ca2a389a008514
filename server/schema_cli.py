"""The commands `boxoffice schema …`."""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path
from typing import Annotated

import typer

from server.console import CommandError, counted, fail, say

schema = typer.Typer(invoke_without_command=True)


@schema.callback()
def print_schema(
    context: typer.Context,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write to this file instead of the terminal.")
    ] = None,
) -> None:
    """Print the schema in the GraphQL Schema Definition Language, or compare it with one that was released."""
    from schema import sdl

    if context.invoked_subcommand is not None:
        return
    if output is None:
        sys.stdout.write(sdl())
        return
    try:
        output.write_text(sdl(), encoding="utf-8")
    except OSError as error:
        raise fail(f"cannot write {output}: {error.strerror}") from error
    say(f"Wrote {output}.")


@schema.command("check")
def check_schema(
    against: Annotated[
        Path | None, typer.Option(help="A schema that clients were made for, instead of the one released last.")
    ] = None,
) -> None:
    """Compare the schema with the one that was released last: does it break clients?

    What was broken on purpose is recorded in domain/versions.py, each with a guide; what was deprecated may not go
    before its last day, whatever is recorded. Ends with 1 when anything is broken; docs/versioning.md has more.
    """
    try:
        say(_checked(against))
    except CommandError as refused:
        raise fail(str(refused)) from refused


def _checked(against: Path | None) -> str:
    from graphql import GraphQLError

    from schema import sdl
    from schema.releases import compare
    from server.releasing import check_schema as check_release

    today = dt.datetime.now(dt.UTC).date()
    if against is None:
        checked = check_release(today)
        name, compared, found = str(checked.newest), checked.compared, checked.faults
    else:
        name = str(against)
        try:
            compared = compare(against.read_text(encoding="utf-8"), sdl(), today)
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"cannot read {name}: {getattr(error, 'strerror', None) or error}") from error
        except (GraphQLError, TypeError) as error:
            raise CommandError(f"{name} is no schema: {error}") from error
        found = [*compared.broken_promises, *compared.breaking]
    if found:
        raise CommandError("\n".join([f"the schema breaks clients of {name}:", *(f"  {each}" for each in found)]))
    recorded = f"{counted(len(compared.breaking), 'change')} that are recorded" if compared.breaking else "nothing"
    return f"What breaks clients of {name}: {recorded}. Deprecated: {counted(compared.deprecated, 'field')}."
