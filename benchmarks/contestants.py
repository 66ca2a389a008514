"""Who answers: how each is started, what it is asked, and which versions it is made of."""

from __future__ import annotations

import asyncio
import json
import os
import platform
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import asyncpg
from contest import Contestant
from node import NODE, PEERS, install, node_version, version_of
from place import START_SECONDS, Place, Served, boxoffice_settings, serving
from questions import (
    BY_SLUG,
    BY_SLUG_ID,
    NESTED,
    NESTED_ID,
    POSTGRAPHILE_BY_SLUG,
    POSTGRAPHILE_NESTED,
    Request,
    by_slug,
    by_slug_get,
    graphql,
    hand_written,
    hashed,
    persisted,
)

OURS = "Boxoffice"
KEPT = "Boxoffice, by GET"
"""The same server, asked so that it may answer with what it keeps."""
HAND_WRITTEN = "hand-written"
STRAWBERRY = "stock Strawberry"
YOGA = "GraphQL Yoga"
POSTGRAPHILE = "PostGraphile"

PROGRAM = Path(sys.executable).with_name("boxoffice")


@dataclass(frozen=True, slots=True)
class Kind:
    """A server that takes part.

    Attributes:
        name: what tables call it.
        command: what starts a process that prints its address.
        settings: its environment.
        nested: how it is asked for the nested list.
        by_slug: how it is asked for one function.
    """

    name: str
    command: Sequence[str]
    settings: Mapping[str, str]
    nested: Request
    by_slug: Callable[[str], Request]


async def prepare(where: Place, key: str) -> Sequence[Kind]:
    """Get ready what contestants need before they start: packages, and views that PostGraphile publishes."""
    await asyncio.to_thread(install)
    connection = await asyncpg.connect(where.database_url)
    try:
        await connection.execute((PEERS / "postgraphile.sql").read_text(encoding="utf-8"))
    finally:
        await connection.close()
    return _kinds(where, key)


async def publish(where: Place) -> str:
    """Publish a manifest, as a team does; the key of the client that it belongs to."""
    manifest = where.folder / "manifest.json"
    manifest.write_text(json.dumps({BY_SLUG_ID: BY_SLUG, NESTED_ID: NESTED}), encoding="utf-8")
    shown = await _boxoffice(where, "clients", "create", "bench", "--policy", "apq", "--by", "bench")
    await _boxoffice(where, "operations", "publish", "bench", "1", str(manifest), "--by", "bench")
    return shown.split()[-1]


async def _boxoffice(where: Place, *arguments: str) -> str:
    """What a command prints.

    Raises:
        RuntimeError: it failed.
    """
    process = await asyncio.create_subprocess_exec(
        str(PROGRAM),
        *arguments,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={"PATH": os.defpath, **boxoffice_settings(where)},
        cwd=where.folder,
    )
    async with asyncio.timeout(START_SECONDS):
        output, _ = await process.communicate()
    if process.returncode != 0:
        raise RuntimeError(f"boxoffice {arguments[0]} {arguments[1]} failed: {output.decode(errors='replace')}")
    return output.decode()


def _kinds(where: Place, key: str) -> Sequence[Kind]:
    python = {"DATABASE_URL": where.database_url, "PYTHONPATH": str(PEERS.parent)}
    node = {"DATABASE_URL": where.database_url, "NODE_ENV": "production", "GRAPHILE_ENV": "production"}
    return (
        Kind(
            OURS,
            [str(PROGRAM), "serve"],
            boxoffice_settings(where),
            graphql(NESTED),
            lambda slug: by_slug(slug, key),
        ),
        Kind(
            HAND_WRITTEN,
            [sys.executable, str(PEERS / "hand_written.py")],
            python,
            hand_written("/nested"),
            lambda slug: hand_written("/function", slug),
        ),
        Kind(
            POSTGRAPHILE,
            [str(NODE), str(PEERS / "postgraphile.mjs")],
            {**node, "OPERATIONS": json.dumps({BY_SLUG_ID: POSTGRAPHILE_BY_SLUG})},
            graphql(POSTGRAPHILE_NESTED),
            lambda slug: persisted(BY_SLUG_ID, {"slug": slug}),
        ),
        Kind(
            YOGA,
            [str(NODE), str(PEERS / "yoga.mjs")],
            {**node, "OPERATIONS": json.dumps({BY_SLUG_ID: BY_SLUG})},
            graphql(NESTED),
            lambda slug: hashed(BY_SLUG_ID, {"slug": slug}),
        ),
        Kind(
            STRAWBERRY,
            [sys.executable, str(PEERS / "stock_strawberry.py")],
            python,
            graphql(NESTED),
            lambda slug: graphql(BY_SLUG, {"slug": slug}),
        ),
    )


@asynccontextmanager
async def all_served(where: Place, kinds: Sequence[Kind], processes: int) -> AsyncIterator[dict[str, list[Served]]]:
    """So many processes of each, by name; they start at the same time."""
    async with AsyncExitStack() as stack:
        async with asyncio.TaskGroup() as group:
            starting = {
                kind.name: [
                    group.create_task(stack.enter_async_context(serving(where, kind.command, kind.settings)))
                    for _ in range(processes)
                ]
                for kind in kinds
            }
        yield {name: [task.result() for task in tasks] for name, tasks in starting.items()}


def asked_nested(kinds: Sequence[Kind], served: Mapping[str, Sequence[Served]]) -> list[Contestant]:
    """The contestants in the nested list."""
    return [Contestant(kind.name, served[kind.name], [kind.nested]) for kind in kinds]


def asked_by_slug(
    kinds: Sequence[Kind], served: Mapping[str, Sequence[Served]], slugs: Sequence[str], key: str
) -> list[Contestant]:
    """The contestants in asking for one function, by each slug in turn."""
    executed = [Contestant(kind.name, served[kind.name], [kind.by_slug(slug) for slug in slugs]) for kind in kinds]
    return [*executed, Contestant(KEPT, served[OURS], [by_slug_get(slug, key) for slug in slugs])]


def versions() -> dict[str, str]:
    """What each is made of."""
    python = f"CPython {platform.python_version()}, uvicorn {version('uvicorn')}, asyncpg {version('asyncpg')}"
    node = f"Node {node_version()}, graphql {version_of('graphql')}, pg {version_of('pg')}"
    return {
        OURS: f"{python}, graphql-core {version('graphql-core')}, orjson {version('orjson')}",
        HAND_WRITTEN: python,
        POSTGRAPHILE: f"postgraphile {version_of('postgraphile')}, {node}",
        YOGA: f"graphql-yoga {version_of('graphql-yoga')}, dataloader {version_of('dataloader')}, {node}",
        STRAWBERRY: (
            f"strawberry-graphql {version('strawberry-graphql')}, SQLAlchemy {version('sqlalchemy')}, "
            f"aiodataloader {version('aiodataloader')}, {python}"
        ),
    }
