"""Who answers: how each is started, what it is asked, and which versions it is made of."""

from __future__ import annotations

import asyncio
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
from place import Place, Served, boxoffice_settings, serving
from questions import BY_SLUG, NESTED, POSTGRAPHILE_BY_SLUG, POSTGRAPHILE_NESTED, Request, graphql, hand_written

OURS = "Boxoffice"
HAND_WRITTEN = "hand-written"
STRAWBERRY = "stock Strawberry"
YOGA = "GraphQL Yoga"
POSTGRAPHILE = "PostGraphile"


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
    settings: Callable[[Place], Mapping[str, str]]
    nested: Request
    by_slug: Callable[[str], Request]


def _python(where: Place) -> Mapping[str, str]:
    return {"DATABASE_URL": where.database_url, "PYTHONPATH": str(PEERS.parent)}


def _node(where: Place) -> Mapping[str, str]:
    return {"DATABASE_URL": where.database_url, "NODE_ENV": "production", "GRAPHILE_ENV": "production"}


KINDS = (
    Kind(
        OURS,
        [str(Path(sys.executable).with_name("boxoffice")), "serve"],
        boxoffice_settings,
        graphql(NESTED),
        lambda slug: graphql(BY_SLUG, {"slug": slug}),
    ),
    Kind(
        HAND_WRITTEN,
        [sys.executable, str(PEERS / "hand_written.py")],
        _python,
        hand_written("/nested"),
        lambda slug: hand_written("/function", slug),
    ),
    Kind(
        POSTGRAPHILE,
        [str(NODE), str(PEERS / "postgraphile.mjs")],
        _node,
        graphql(POSTGRAPHILE_NESTED),
        lambda slug: graphql(POSTGRAPHILE_BY_SLUG, {"slug": slug}),
    ),
    Kind(
        YOGA,
        [str(NODE), str(PEERS / "yoga.mjs")],
        _node,
        graphql(NESTED),
        lambda slug: graphql(BY_SLUG, {"slug": slug}),
    ),
    Kind(
        STRAWBERRY,
        [sys.executable, str(PEERS / "stock_strawberry.py")],
        _python,
        graphql(NESTED),
        lambda slug: graphql(BY_SLUG, {"slug": slug}),
    ),
)


async def prepare(where: Place) -> None:
    """Get ready what contestants need before they start: packages, and views that PostGraphile publishes."""
    await asyncio.to_thread(install)
    connection = await asyncpg.connect(where.database_url)
    try:
        await connection.execute((PEERS / "postgraphile.sql").read_text(encoding="utf-8"))
    finally:
        await connection.close()


@asynccontextmanager
async def all_served(where: Place, processes: int) -> AsyncIterator[dict[str, list[Served]]]:
    """So many processes of each, by name; they start at the same time."""
    async with AsyncExitStack() as stack:
        async with asyncio.TaskGroup() as group:
            starting = {
                kind.name: [
                    group.create_task(stack.enter_async_context(serving(where, kind.command, kind.settings(where))))
                    for _ in range(processes)
                ]
                for kind in KINDS
            }
        yield {name: [task.result() for task in tasks] for name, tasks in starting.items()}


def asked_nested(served: Mapping[str, Sequence[Served]]) -> list[Contestant]:
    """The contestants in the nested list."""
    return [Contestant(kind.name, served[kind.name], [kind.nested]) for kind in KINDS]


def asked_by_slug(served: Mapping[str, Sequence[Served]], slugs: Sequence[str]) -> list[Contestant]:
    """The contestants in asking for one function, by each slug in turn."""
    return [Contestant(kind.name, served[kind.name], [kind.by_slug(slug) for slug in slugs]) for kind in KINDS]


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
