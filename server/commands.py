"""What each command of the command line does, between its settings and its last line."""

from __future__ import annotations

import asyncio
import datetime as dt
import sys
from collections import Counter
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Final

import orjson

from auth.claims import customer_id_of
from auth.people import People
from auth.viewer import ADMIN, ANONYMOUS, Role, Viewer
from commands.demonstration import load_demonstration
from db.database import Database, open_database
from execution.variables import VariablesRefused
from jobs.relay import Deliveries
from persisted_queries.documents import DocumentRefused
from schema.target import target
from server.builtin import publish_builtin
from server.console import CommandError, say, show
from server.database_commands import to_revision
from server.explain import explain
from server.explain_tree import tree_of
from server.neighbours import database_options, neighbours
from server.registry_commands import published_text
from server.registry_database import migrated_database
from server.serve import serve
from server.settings import Settings
from server.working import told_to_stop, working


async def serve_until_stopped(settings: Settings, *, demo: bool, worker: bool | None) -> None:
    """Start neighbours where the settings name none, migrate those, and serve.

    Args:
        settings: as the operator gave them.
        demo: whether to load the demonstration data, and to show the administrators' pages and the mail that goes
            nowhere.
        worker: whether to do a worker's work as well; None for doing so beside a database of its own.
    """
    own_database = settings.database_url is None
    if demo and not settings.takes_money:
        settings = settings.model_copy(update={"trial_payments": True})
    if demo and settings.mail_url is None:
        settings = settings.model_copy(update={"mail_page": True})
    if demo:
        settings = settings.model_copy(update={"admin_page": True})
    async with neighbours(settings) as complete:
        if own_database:
            await to_revision(complete, "head", down=False)
        if demo:
            await _load_demonstration(complete)
        announce = partial(_announce, mail=complete.mail_page, admin=complete.admin_page)
        await serve(complete, announce, worker=own_database or demo if worker is None else worker)
    say("Stopped.")


async def work_until_stopped(settings: Settings) -> None:
    """Do what is done beside serving, until told to stop."""
    async with migrated_database(settings) as (complete, _), working(complete, Deliveries()):
        say("Boxoffice delivers what the outbox holds, and does its periodic jobs. Ctrl-C stops it.")
        await told_to_stop()
    say("Stopped.")


def _announce(base: str, *, mail: bool, admin: bool) -> None:
    say(
        "",
        "Boxoffice is ready.",
        f"  API       {base}/graphql",
        f"  GraphiQL  {base}/graphql in a browser",
        f"  Registry  {base}/operations in a browser",
        f"  Health    {base}/health/ready",
        *(
            [f"  Admin     {base}/admin in a browser, with a token of `boxoffice token issue root --role admin`"]
            if admin
            else []
        ),
        *([f"  Mail      {base}/mail in a browser"] if mail else []),
        "Ctrl-C stops it.",
        "",
    )


async def load_demonstration_data(settings: Settings) -> None:
    """Load the demonstration data, unless there is data."""
    async with neighbours(settings, share=True) as complete:
        await to_revision(complete, "head", down=False)
        await _load_demonstration(complete)


async def _load_demonstration(settings: Settings) -> None:
    async with open_database(database_options(settings)) as database:
        counts = await load_demonstration(database, dt.datetime.now(dt.UTC).date())
        await publish_builtin(database, target())
    say("The database holds data already." if counts is None else f"Loaded the demonstration data: {counts}.")


async def explain_operation(
    settings: Settings, document: str, operation: str | None, variables: str | None, who: str, *, analyze: bool
) -> None:
    """Execute a query and print how."""
    given = None if variables is None else _object(variables)
    is_file = document == "-" or document.count("/") != _PARTS - 1 or await asyncio.to_thread(Path(document).is_file)
    text = await (asyncio.to_thread(_read_text, Path(document)) if is_file else published_text(settings, document))
    async with neighbours(settings, share=True) as complete:
        assert complete.secret_key is not None, "filled in by `neighbours`"
        secret = complete.secret_key.get_secret_value().encode()
        try:
            async with open_database(replace(database_options(complete), under_roles=True)) as database:
                viewer = await _viewer(database, who)
                result, told = await explain(
                    database, secret, text, operation=operation, variables=given, viewer=viewer, analyze=analyze
                )
        except (DocumentRefused, VariablesRefused) as refused:
            raise CommandError("\n".join(map(str, refused.errors))) from refused
        except ValueError as refused:
            raise CommandError(str(refused)) from refused
    show(tree_of(told))
    for message, times in Counter(each.message for each in result.errors or ()).items():
        say(f"error, {times} times: {message}")


async def _viewer(database: Database, who: str) -> Viewer:
    """Whoever `--as` names, as a token of theirs would make them."""
    named = {"anonymous": ANONYMOUS, "admin": ADMIN}
    if who in named:
        return named[who]
    return await People(database).complete(Viewer(Role.CUSTOMER, who, customer_id_of(who)))


_PARTS: Final = len(("client", "release", "id"))


def _object(variables: str) -> dict[str, Any]:
    try:
        given = orjson.loads(variables)
    except orjson.JSONDecodeError as malformed:
        raise CommandError(f"--variables is not JSON: {malformed}") from malformed
    if not isinstance(given, dict):
        raise CommandError("--variables is not a JSON object")
    return given


def _read_text(document: Path) -> str:
    try:
        return sys.stdin.read() if str(document) == "-" else document.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"cannot read {document}: {error}") from error
