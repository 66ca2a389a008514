"""Reading the registry: from the rows of the database to the snapshot that a process serves from."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import structlog

from db.database import Database
from db.rows import Row
from db.serving import registry_version
from db.statements.registry import CLIENTS, KEYS, LINKS, OPERATIONS, RELEASES
from domain.buckets import Rate
from domain.registry import POLICIES, SERVED, KeyPurpose, ReleaseState
from domain.routes import Route, parse_route
from persisted_queries.analysis import analysis_of
from persisted_queries.compiling import Candidate, CompiledOperation, Fault, Target, compile_operation
from persisted_queries.documents import load_document
from persisted_queries.grants import grant_faults, ungranted
from persisted_queries.registry import (
    Broken,
    Entry,
    Publisher,
    RegisteredClient,
    RegisteredOperation,
    RegisteredRelease,
    Registry,
)
from persisted_queries.routing import Routes

_ATTEMPTS: Final = 10
"""How often a snapshot is taken again because the registry changed meanwhile."""

_PORTION: Final = 20
"""Documents that are parsed before others get their turn."""

_log = structlog.get_logger(__name__)


async def load_registry(database: Database, target: Target, known: Registry | None = None) -> Registry:
    """Read the registry as it is now.

    Documents are parsed; those that were compiled under another schema are validated and analysed again, and not served
    where this one breaks them. Operations that `known` has are taken from there.
    """
    operations = {} if known is None else known.operations
    for _ in range(_ATTEMPTS):
        version = await registry_version(database)
        clients, keys, releases, links, rows = [
            await database.fetch(statement, {}) for statement in (CLIENTS, KEYS, RELEASES, LINKS, OPERATIONS)
        ]
        if await registry_version(database) == version:
            break
    else:
        raise TimeoutError(f"the registry changed during each of {_ATTEMPTS} attempts to read it")
    others = {row["text_sha256"]: row for row in rows if row["schema_sha256"] != target.sha256}
    new = others.keys() - operations.keys()
    if new:
        _log.info("operations of another schema are prepared for this one", operations=len(new))
    taking = _Taking(target, others)
    for number, row in enumerate(rows):
        if number % _PORTION == 0:
            await asyncio.sleep(0)
        taking.take(row, operations.get(row["text_sha256"]) or _ready(row, target))
    return taking.snapshot(version, _clients(clients), keys, releases, links, new)


def _ready(row: Row, target: Target) -> RegisteredOperation | list[Fault]:
    digest, text = row["text_sha256"], row["text"]
    analysis = analysis_of(row["analysis"])
    if row["schema_sha256"] != target.sha256:
        compiled = compile_operation(target, Candidate(digest, text))
        if not isinstance(compiled, CompiledOperation):
            return compiled
        analysis = compiled.analysis
    return RegisteredOperation(digest, text, row["name"], row["kind"], analysis, load_document(text))


@dataclass(slots=True)
class _Taking:
    """A snapshot that is being taken.

    Attributes:
        target: what operations must fit.
        others: the rows of operations that were stored under another schema, by the hashes of their texts.
        operations: those that fit the schema, likewise.
        faults: what is wrong with each of the rest.
        names: what all of them are called, by themselves.
        broken: what the schema breaks.
        stopped: the hashes of what fits the schema, and is lost to a partner by it.
    """

    target: Target
    others: Mapping[str, Row]
    operations: dict[str, RegisteredOperation] = field(default_factory=dict)
    faults: dict[str, list[Fault]] = field(default_factory=dict)
    names: dict[str, str | None] = field(default_factory=dict)
    broken: list[Broken] = field(default_factory=list)
    stopped: set[str] = field(default_factory=set)

    def take(self, row: Row, ready: RegisteredOperation | list[Fault]) -> None:
        """Take an operation, or what is wrong with it."""
        digest = row["text_sha256"]
        self.names[digest] = row["name"]
        if isinstance(ready, RegisteredOperation):
            self.operations[digest] = ready
        else:
            self.faults[digest] = ready

    def snapshot(
        self,
        version: int,
        clients: Mapping[uuid.UUID, RegisteredClient],
        key_rows: Sequence[Row],
        release_rows: Sequence[Row],
        links: Sequence[Row],
        new: set[str],
    ) -> Registry:
        """The whole of it; `new` are those of another schema that no snapshot before had."""
        releases = {row["release_id"]: _release(row, clients[row["client_id"]]) for row in release_rows}
        order = {release_id: place for place, release_id in enumerate(releases)}
        successors = self._ids_by_name(releases, links)
        by_id: dict[tuple[uuid.UUID, str], Entry] = {}
        by_text: dict[tuple[uuid.UUID, str], Entry] = {}
        routed: list[tuple[uuid.UUID, Route, Entry]] = []
        # The last one stays: what is served longest.
        for link in sorted(links, key=lambda link: _rank(releases[link["release_id"]], order[link["release_id"]])):
            release, digest = releases[link["release_id"]], link["text_sha256"]
            entry = self._entry(link, release, successors)
            client_id = release.client.client_id
            if entry.route is not None:
                routed.append((client_id, entry.route, entry))
            by_id[client_id, entry.pinned_id] = entry
            by_id[client_id, entry.public_id] = by_text[client_id, digest] = entry
            if release.state in SERVED and (faults := tuple(self._faults(entry, digest))):
                self.broken.append(Broken(entry, faults))
        keys, publishers = _keys(key_rows, clients)
        return Registry(
            version,
            {client.name: client for client in clients.values()},
            keys,
            publishers,
            tuple(self.broken),
            # What this schema stops is not stored under it: the next process has to complain as well.
            {each: self.operations[each].analysis for each in sorted(new & self.operations.keys() - self.stopped)},
            self.operations,
            by_id,
            by_text,
            Routes.of(routed, frozenset(client.client_id for client in clients.values() if client.is_public)),
        )

    def _ids_by_name(
        self, releases: Mapping[uuid.UUID, RegisteredRelease], links: Sequence[Row]
    ) -> dict[tuple[uuid.UUID, str, str | None], str]:
        """The id of each operation by its client, its release, and its name."""
        named: dict[tuple[uuid.UUID, str, str | None], str] = {}
        for link in links:
            release, operation = releases[link["release_id"]], self.operations.get(link["text_sha256"])
            if operation is not None:
                named[release.client.client_id, release.name, operation.name] = link["public_id"]
        return named

    def _entry(
        self, link: Row, release: RegisteredRelease, ids: Mapping[tuple[uuid.UUID, str, str | None], str]
    ) -> Entry:
        client = release.client
        operation = self.operations.get(link["text_sha256"]) if release.state in SERVED else None
        missing = tuple(ungranted(operation.analysis, client.grants)) if operation and client.is_partner else ()
        after = None if operation is None else ids.get((client.client_id, release.successor or "", operation.name))
        route = None if link["route"] is None else parse_route(link["route"])
        return Entry(link["public_id"], release, None if missing else operation, after, missing, route)

    def _faults(self, entry: Entry, digest: str) -> Iterator[Fault]:
        """What the schema breaks of an operation that ought to be served."""
        release, name = entry.release, self.names.get(digest)
        called = f"{release.client.name} {release.name} {entry.public_id}"
        if name not in {None, entry.public_id}:
            called = f"{called} ({name})"
        for each in self.faults.get(digest, ()):
            yield Fault(each.message, called, None, each.line, each.column)
        if not entry.ungranted or digest not in self.others:
            return
        before = ungranted(analysis_of(self.others[digest]["analysis"]), release.client.grants)
        if not before:  # else it was the grants that were taken back
            self.stopped.add(digest)
            operation = self.operations[digest]
            missing = ungranted(operation.analysis, release.client.grants)
            yield from grant_faults(self.target, operation.text, missing, called=called)


def _clients(rows: Sequence[Row]) -> dict[uuid.UUID, RegisteredClient]:
    return {
        row["client_id"]: RegisteredClient(
            row["client_id"],
            row["name"],
            POLICIES[row["policy"]],
            row["is_partner"],
            frozenset(row["grants"]),
            row["is_public"],
            row["introspection"],
            _rate(row["rate_capacity"], row["rate_restored"]),
            _rate(row["viewer_capacity"], row["viewer_restored"]),
        )
        for row in rows
    }


def _rate(capacity: int | None, restored: float | None) -> Rate | None:
    return None if capacity is None or restored is None else Rate(capacity, restored)


def _keys(
    rows: Sequence[Row], clients: Mapping[uuid.UUID, RegisteredClient]
) -> tuple[dict[str, RegisteredClient], dict[str, Publisher]]:
    """Who calls, and who publishes, by the hashes of their keys."""
    calling = {row["key_sha256"]: clients[row["client_id"]] for row in rows if row["purpose"] == KeyPurpose.CALL.value}
    publishing = {
        row["key_sha256"]: Publisher(clients[row["client_id"]], row["label"])
        for row in rows
        if row["purpose"] == KeyPurpose.PUBLISH.value
    }
    return calling, publishing


def _release(row: Row, client: RegisteredClient) -> RegisteredRelease:
    return RegisteredRelease(
        client,
        row["name"],
        ReleaseState(row["state"]),
        row["deprecated_at"],
        row["sunset_at"],
        row["retired_at"],
        row["successor"],
    )


_RANKS: Final = [ReleaseState.PENDING, ReleaseState.RETIRED, ReleaseState.DEPRECATED, ReleaseState.ACTIVE]


def _rank(release: RegisteredRelease, place: int) -> tuple[int, int]:
    return _RANKS.index(release.state), place
