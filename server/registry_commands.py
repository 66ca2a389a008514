"""What `boxoffice operations` does, between its settings and its last line."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections import Counter
from pathlib import Path

from graphql import GraphQLError

from commands import registry
from commands.registering import Author
from db.database import Database
from db.rows import Row
from db.statements.registry import LOG, OPERATIONS_OF_RELEASE, RELEASES
from db.usage import OperationKey, Usage, usage_by_operation
from domain.registry import IN_USE
from persisted_queries.analysis import analysis_of
from persisted_queries.compiling import Candidate, Target, compile_operations
from persisted_queries.live import keep_prepared
from persisted_queries.loading import load_registry
from persisted_queries.manifests import BrokenManifest
from persisted_queries.registry import BreakingSchema, Broken
from schema.target import candidate_target, target
from server import builtin
from server.console import MOMENT, CommandError, counted, moment, say, table
from server.publishing import read_path
from server.registry_database import changing_registry, registry_database
from server.scanning import look_at
from server.settings import Settings
from server.usage_tables import USAGE_HEADS, per_day, used_cells, used_in_words


async def publish(
    settings: Settings,
    client: str,
    release: str,
    path: Path,
    author: Author,
    *,
    routes: Path | None = None,
    activate: bool,
) -> None:
    """Publish a manifest as a release."""
    candidates = await asyncio.to_thread(_candidates, path, routes, client)
    async with changing_registry(settings) as database:
        done = await registry.publish(database, target(), client, release, candidates, author, activate=activate)
        scans = await look_at(database, done.operations)
    _say_published(client, release, done)
    for each in scans:
        say(f"Warning: {each}")


async def publish_builtin(settings: Settings, author: Author) -> None:
    """Publish what the program brings with it."""
    async with changing_registry(settings) as database:
        done = await builtin.publish_builtin(database, target(), author)
    _say_published(builtin.CLIENT, builtin.RELEASE, done)


def _say_published(client: str, release: str, done: registry.Published) -> None:
    what = f"{client} {release}: {counted(len(done.operations), 'operation')}, {done.state.value}"
    say(f"Published {what}." if done.is_new else f"Published before, and nothing was done: {what}.")


async def prepare(settings: Settings) -> None:
    """Prepare what is served for this program's schema."""
    async with registry_database(settings) as database:
        loaded = await load_registry(database, target())
        if loaded.broken:
            raise BreakingSchema(loaded.broken)
        await keep_prepared(database, target(), loaded)
    say(f"Prepared {counted(len(loaded.prepared), 'operation')} for this schema; any other one was before.")


async def activate(settings: Settings, client: str, release: str, author: Author) -> None:
    """Serve a release."""
    async with changing_registry(settings) as database:
        await registry.activate(database, client, release, author)
    say(f"{client} {release} is active.")


async def deprecate(
    settings: Settings, client: str, release: str, author: Author, sunset: dt.datetime | None, successor: str | None
) -> None:
    """Announce the end of a release."""
    async with changing_registry(settings) as database:
        await registry.deprecate(database, client, release, author, sunset=sunset, successor=successor)
    until = f", until {sunset.strftime(MOMENT)} UTC" if sunset else ""
    say(f"{client} {release} is deprecated{until}" + (f"; {successor} succeeds it." if successor else "."))


async def pin(settings: Settings, client: str, release: str, author: Author, *, pinned: bool) -> None:
    """Keep a release from being retired, or no longer."""
    async with changing_registry(settings) as database:
        await registry.pin(database, client, release, author, pinned=pinned)
    say(f"{client} {release} is pinned." if pinned else f"{client} {release} is not pinned.")


async def list_releases(settings: Settings, client: str | None) -> None:
    """Show releases, and how they are used."""
    async with registry_database(settings) as database:
        rows = await database.fetch(RELEASES, {})
        used = await usage_by_operation(database, dt.datetime.now(dt.UTC) - IN_USE, client=client)
    calls: Counter[tuple[str, str]] = Counter()
    seen: dict[tuple[str, str], dt.datetime] = {}
    for key, each in used.items():
        release = key.client, key.release
        calls[release] += each.calls
        seen[release] = max(each.last_seen, seen.get(release, each.last_seen))
    table(
        (
            "client",
            "release",
            "state",
            "operations",
            "published",
            "by",
            "sunset",
            "successor",
            "calls/day",
            "last call",
        ),
        [
            (
                row["client"],
                row["name"],
                row["state"] + (", pinned" if row["pinned"] else ""),
                row["operations"],
                moment(row["published_at"]),
                row["published_by"],
                moment(row["sunset_at"]),
                row["successor"] or "",
                per_day(calls[row["client"], row["name"]], IN_USE),
                moment(seen.get((row["client"], row["name"]))),
            )
            for row in rows
            if client in {None, row["client"]}
        ],
        "There is no release yet; `boxoffice operations publish` makes one.",
    )


async def show(settings: Settings, client: str, release: str, public_id: str | None) -> None:
    """Show the operations of a release, or one of them whole."""
    since = dt.datetime.now(dt.UTC) - IN_USE
    async with registry_database(settings) as database:
        operations = await _release(database, client, release)
        used = await usage_by_operation(database, since, client=client, release=release)
    usage = {key.public_id: each for key, each in used.items()}
    if public_id is None:
        table(
            ("id", "operation", "kind", "depth", "breadth", "cost", "needs", *USAGE_HEADS),
            [
                (row["public_id"], row["name"] or "", row["kind"], *_figures(row), *used_cells(usage, row["public_id"]))
                for row in operations
            ],
            "It has no operation.",
        )
        return
    found = [row for row in operations if row["public_id"] == public_id]
    if not found:
        raise CommandError(f"{client} {release} has no operation {public_id!r}")
    _show_operation(found[0], usage.get(public_id))


async def published_text(settings: Settings, which: str) -> str:
    """The text of a published operation, which `which` names as `CLIENT/RELEASE/ID`; its name does as well."""
    client, release, public_id = which.split("/")
    async with registry_database(settings) as database:
        operations = await _release(database, client, release)
    found = [str(row["text"]) for row in operations if public_id in {row["public_id"], row["name"]}]
    if not found:
        raise CommandError(f"{client} {release} has no operation {public_id!r}")
    return found[0]


def _figures(row: Row) -> tuple[object, ...]:
    analysis = analysis_of(row["analysis"])
    return analysis.depth, analysis.breadth, analysis.cost.of({}), ", ".join(analysis.permissions)


def _show_operation(row: Row, usage: Usage | None) -> None:
    analysis = analysis_of(row["analysis"])
    varies = ", ".join(f"${name}" for name in analysis.cost.variables)
    say(
        f"{row['kind']} {row['name'] or '(without a name)'}",
        f"  id           {row['public_id']}",
        *([f"  route        {row['route']}"] if row["route"] else []),
        f"  SHA-256      {row['text_sha256']}",
        f"  depth        {analysis.depth}",
        f"  breadth      {analysis.breadth}",
        f"  cost         {analysis.cost.of({})} without variables" + (f"; depends on {varies}" if varies else ""),
        *(f"  at most      ${name}: {most}" for name, most in analysis.limits.items()),
        *(f"  needs {name:<6} {', '.join(fields)}" for name, fields in analysis.permissions.items()),
        f"  touches      {', '.join(analysis.fields)}",
        *(f"  asks         {each['field']}: {each['statement']}" for each in row["statements"] or ()),
        f"  calls        {used_in_words(usage)}",
        "",
        row["text"],
    )


async def diff(settings: Settings, client: str, old: str, new: str) -> None:
    """Show what one release has that another one has not."""
    async with registry_database(settings) as database:
        before, after = [await _release(database, client, each) for each in (old, new)]
    was, now = [{row["public_id"]: row for row in rows} for rows in (before, after)]
    lines = [f"- {_entry(was[each])}" for each in sorted(was.keys() - now.keys())]
    lines += [f"+ {_entry(now[each])}" for each in sorted(now.keys() - was.keys())]
    same = [each for each in was.keys() & now.keys() if _content(was[each]) == _content(now[each])]
    lines += [f"~ {_entry(now[each])}" for each in sorted((was.keys() & now.keys()).difference(same))]
    say(*lines, f"{counted(len(same), 'operation')} the same in {client} {old} and {new}.")


def _content(row: Row) -> tuple[str, str | None]:
    return row["text_sha256"], row["route"]


def _entry(row: Row) -> str:
    return row["public_id"] if row["name"] in {None, row["public_id"]} else f"{row['public_id']} ({row['name']})"


async def log(settings: Settings, client: str | None, most: int) -> None:
    """Show the newest entries of the log, newest first."""
    async with registry_database(settings) as database:
        rows = await database.fetch(LOG, {"client": client, "most": most})
    for row in rows:
        what = " ".join(filter(None, [row["action"], row["client"], row["release"]]))
        commit = f" from {row['source_commit']}" if row["source_commit"] else ""
        details = ", ".join(f"{name} {value}" for name, value in row["details"].items() if value is not None)
        say(f"{row['entry_id']:>6}  {moment(row['at'])}  {row['actor']}: {what}{commit}", f"        {details}")
    if not rows:
        say("Nothing has been done yet.")


async def check(settings: Settings, schema: Path | None, manifest: Path | None, routes: Path | None) -> None:
    """Compare a candidate with what is there: a manifest with this schema, a schema with all that is served."""
    if manifest is not None:
        compiled = compile_operations(target(), await asyncio.to_thread(_candidates, manifest, routes, None))
        say(f"{counted(len(compiled), 'operation')} can be published.")
        return
    against = target() if schema is None else await asyncio.to_thread(_candidate_schema, schema)
    async with registry_database(settings) as database:
        loaded = await load_registry(database, against)
        used = await usage_by_operation(database, dt.datetime.now(dt.UTC) - IN_USE)
    if not loaded.broken:
        say(f"The schema breaks none of the {counted(loaded.size, 'operation')} that are served.")
        return
    whose = Counter(f"{each.entry.release.client.name} {each.entry.release.name}" for each in loaded.broken)
    raise CommandError(
        "\n".join(
            [
                f"the schema breaks {counted(len(loaded.broken), 'operation')}: "
                + ", ".join(f"{count} of {release}" for release, count in whose.items()),
                *(f"  {fault}" for each in loaded.broken for fault in each.faults),
                "how they are called:",
                *(f"  {_called(each)}: {used_in_words(used.get(_key(each)))}" for each in loaded.broken),
            ]
        )
    )


def _called(broken: Broken) -> str:
    return broken.faults[0].operation


def _key(broken: Broken) -> OperationKey:
    entry = broken.entry
    return OperationKey(entry.release.client.name, entry.release.name, entry.public_id)


def _candidates(path: Path, routes: Path | None, client: str | None) -> list[Candidate]:
    try:
        return read_path(path, routes).candidates(client)
    except BrokenManifest as broken:
        lines = [f"  {fault.where}: {fault.what}" for fault in broken.faults]
        raise CommandError("\n".join([f"{path} cannot be published:", *lines])) from broken
    except OSError as error:
        raise CommandError(f"cannot read {error.filename or path}: {error.strerror or error}") from error


def _candidate_schema(path: Path) -> Target:
    try:
        return candidate_target(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"cannot read {path}: {error}") from error
    except (GraphQLError, TypeError) as error:
        raise CommandError(f"{path} is no schema: {str(error).splitlines()[0]}") from error


async def _release(database: Database, client: str, release: str) -> list[Row]:
    """The operations of a release."""
    for row in await database.fetch(RELEASES, {}):
        if (row["client"], row["name"]) == (client, release):
            return await database.fetch(OPERATIONS_OF_RELEASE, {"release_id": row["release_id"]})
    raise CommandError(f"there is no release {client} {release}; `boxoffice operations list` shows those there are")
