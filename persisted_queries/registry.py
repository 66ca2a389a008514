"""The registry as a process serves from it: an immutable snapshot, replaced whole when the database has a newer one.

Finding is a lookup in memory, keyed by the client: an id of another client is not there, just as one that nobody has.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import structlog

from db.database import Database
from db.rows import Row
from db.serving import registry_version
from db.statements.registry import CLIENTS, KEYS, LINKS, OPERATIONS, RELEASES
from domain.buckets import Rate
from domain.errors import Refusal
from domain.registry import POLICIES, SERVED, KeyPurpose, Policy, ReleaseState
from domain.routes import Route, parse_route
from persisted_queries.analysis import Analysis, analysis_of
from persisted_queries.compiling import Candidate, CompiledOperation, Fault, Target, compile_operation, text_sha256
from persisted_queries.documents import PreparedDocument, load_document
from persisted_queries.grants import ungranted
from persisted_queries.routing import Routes

_ATTEMPTS: Final = 10
"""How often a snapshot is taken again because the registry changed meanwhile."""

_PORTION: Final = 20
"""Documents that are parsed before others get their turn."""


_log = structlog.get_logger(__name__)


class BreakingSchema(Refusal):
    """The schema breaks operations that are served; `faults` says which, and where."""

    code = "BREAKING_SCHEMA"

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(
            "\n".join(["the schema breaks operations that are served:", *(f"  {each}" for each in faults)])
        )
        self.faults = tuple(faults)


@dataclass(frozen=True, slots=True)
class RegisteredClient:
    """A client and what it may send.

    Attributes:
        client_id: its key.
        name: what it is called.
        policy: what it may send.
        is_partner: whether it acts in its own name, by its grants; any other client acts in the name of who uses it.
        grants: what a partner was granted: names of permissions, and of fields as `Type.field`; empty for all others.
        is_public: whether callers without a credential may call the routes of its releases.
        introspection: whether it may ask for the schema.
        rate: what all of its requests together may spend; None for what clients may by default.
        viewer_rate: what each of its viewers may spend; None for what viewers may by default.
    """

    client_id: uuid.UUID
    name: str
    policy: Policy
    is_partner: bool = False
    grants: frozenset[str] = frozenset()
    is_public: bool = False
    introspection: bool = True
    rate: Rate | None = None
    viewer_rate: Rate | None = None


@dataclass(frozen=True, slots=True)
class Publisher:
    """Who publishes for a client: a build pipeline, known by its key; `label` is what the key is called."""

    client: RegisteredClient
    label: str


@dataclass(frozen=True, slots=True, eq=False)
class RegisteredOperation:
    """An operation that is ready: parsed, known to be valid, analysed. There is one for each text."""

    text_sha256: str
    text: str
    name: str | None
    kind: str
    analysis: Analysis
    document: PreparedDocument


@dataclass(frozen=True, slots=True)
class RegisteredRelease:
    """A release and where it stands."""

    client: RegisteredClient
    name: str
    state: ReleaseState
    deprecated_at: dt.datetime | None
    sunset_at: dt.datetime | None
    retired_at: dt.datetime | None
    successor: str | None


@dataclass(frozen=True, slots=True)
class Entry:
    """What an id of a client stands for.

    Attributes:
        public_id: the id, as it was published.
        release: the release that has it; of several the one that is served longest: active before deprecated before
            retired, and newer before older.
        operation: None when it is retired, when the schema breaks it, and when the partner is not granted what it
            touches.
        successor_id: the id of the operation of the same name in the release that succeeds this one.
        ungranted: the fields that it touches and the partner is not granted; it would be served but for them.
        route: the address at which callers of plain HTTP reach it, if it has one.
    """

    public_id: str
    release: RegisteredRelease
    operation: RegisteredOperation | None
    successor_id: str | None = None
    ungranted: tuple[str, ...] = ()
    route: Route | None = None

    @property
    def pinned_id(self) -> str:
        """The id that names its release as well, and so never another operation."""
        return f"{self.release.client.name}~{self.release.name}~{self.public_id}"


@dataclass(frozen=True, slots=True)
class Registry:
    """All that is served at one version of the registry.

    Attributes:
        version: grows with every change; -1 for the one of a process that could not read any yet.
        clients: by their names.
        keys: clients by the hashes of their valid keys (`auth.keys.key_sha256`) that are for calling.
        publishers: who publishes, by the hashes of the valid keys that are for that.
        broken: what the schema breaks of the operations that ought to be served.
        prepared: what was found of operations that were stored under another schema, by the hashes of their texts, when
            this snapshot was taken.
    """

    version: int = -1
    clients: Mapping[str, RegisteredClient] = field(default_factory=dict)
    keys: Mapping[str, RegisteredClient] = field(default_factory=dict)
    publishers: Mapping[str, Publisher] = field(default_factory=dict)
    broken: tuple[Fault, ...] = ()
    _operations: Mapping[str, RegisteredOperation] = field(default_factory=dict)
    _by_id: Mapping[tuple[uuid.UUID, str], Entry] = field(default_factory=dict)
    _by_text: Mapping[tuple[uuid.UUID, str], Entry] = field(default_factory=dict)
    _routes: Routes[Entry] = field(default_factory=Routes)
    prepared: Mapping[str, Analysis] = field(default_factory=dict)

    def find_route(self, client_id: uuid.UUID | None, path: Sequence[str]) -> tuple[Entry, dict[str, str]] | None:
        """What stands at an address, and the values of its parameters.

        Args:
            client_id: the caller's; its own routes go before those that anyone may call. None for a caller without one.
            path: the segments of the address.
        """
        return self._routes.find(client_id, path)

    def public_entries(self) -> list[Entry]:
        """The operations that anyone may call, each by its route."""
        return self._routes.public.values()

    def find(self, client_id: uuid.UUID, document_id: str) -> Entry | None:
        """What a document id stands for, for a client.

        Args:
            client_id: the client's.
            document_id: as it was published; or `sha256:` and the hash of the text; or the client, the release and the
                id, joined by tildes (`web~1.4.2~FunctionPage`), for that release alone.
        """
        found = self._by_id.get((client_id, document_id))
        if found is None and document_id.startswith("sha256:"):
            return self._by_text.get((client_id, document_id.removeprefix("sha256:")))
        return found

    def find_text(self, client_id: uuid.UUID, text: str) -> Entry | None:
        """What a text stands for, for a client: what a safelist admits."""
        return self._by_text.get((client_id, text_sha256(text)))

    @property
    def stopped(self) -> list[Entry]:
        """What partners are no longer granted of the operations that ought to be served."""
        return [entry for (_, key), entry in self._by_id.items() if entry.ungranted and key == entry.public_id]

    def entries(self, client_id: uuid.UUID) -> list[Entry]:
        """The operations of a client, each by the id that it was published under."""
        return [entry for (owner, key), entry in self._by_id.items() if owner == client_id and key == entry.public_id]


async def load_registry(database: Database, target: Target, known: Registry | None = None) -> Registry:
    """Read the registry as it is now.

    Documents are parsed; those that were compiled under another schema are validated and analysed again, and not served
    where this one breaks them. Operations that `known` has are taken from there.
    """
    operations = {} if known is None else dict(known._operations)  # noqa: SLF001 - another one of its kind
    for _ in range(_ATTEMPTS):
        version = await registry_version(database)
        clients, keys, releases, links, rows = [
            await database.fetch(statement, {}) for statement in (CLIENTS, KEYS, RELEASES, LINKS, OPERATIONS)
        ]
        if await registry_version(database) == version:
            break
    else:
        raise TimeoutError(f"the registry changed during each of {_ATTEMPTS} attempts to read it")
    faults: dict[str, list[Fault]] = {}
    served: dict[str, RegisteredOperation] = {}
    other = {row["text_sha256"] for row in rows if row["schema_sha256"] != target.sha256} - operations.keys()
    if other:
        _log.info("operations of another schema are prepared for this one", operations=len(other))
    for number, row in enumerate(rows):
        if number % _PORTION == 0:
            await asyncio.sleep(0)
        digest = row["text_sha256"]
        ready = operations.get(digest) or _ready(row, target)
        if isinstance(ready, RegisteredOperation):
            served[digest] = ready
        else:
            faults[digest] = ready
    snapshot = _snapshot(version, clients, keys, releases, links, served, faults)
    prepared = {digest: served[digest].analysis for digest in sorted(other & served.keys())}
    return replace(snapshot, prepared=prepared)


def _ready(row: Row, target: Target) -> RegisteredOperation | list[Fault]:
    digest, text = row["text_sha256"], row["text"]
    analysis = analysis_of(row["analysis"])
    if row["schema_sha256"] != target.sha256:
        compiled = compile_operation(target, Candidate(digest, text))
        if not isinstance(compiled, CompiledOperation):
            return compiled
        analysis = compiled.analysis
    return RegisteredOperation(digest, text, row["name"], row["kind"], analysis, load_document(text))


def _snapshot(
    version: int,
    client_rows: Sequence[Row],
    key_rows: Sequence[Row],
    release_rows: Sequence[Row],
    links: Sequence[Row],
    served: Mapping[str, RegisteredOperation],
    faults: Mapping[str, Sequence[Fault]],
) -> Registry:
    clients = {
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
        for row in client_rows
    }
    releases = {row["release_id"]: _release(row, clients[row["client_id"]]) for row in release_rows}
    order = {release_id: place for place, release_id in enumerate(releases)}
    names = {
        (releases[link["release_id"]].client.client_id, releases[link["release_id"]].name, served[digest].name): link
        for link in links
        if (digest := link["text_sha256"]) in served
    }
    by_id: dict[tuple[uuid.UUID, str], Entry] = {}
    by_text: dict[tuple[uuid.UUID, str], Entry] = {}
    broken: list[Fault] = []
    routed: list[tuple[uuid.UUID, Route, Entry]] = []
    # The last one stays: what is served longest.
    for link in sorted(links, key=lambda link: _rank(releases[link["release_id"]], order[link["release_id"]])):
        release, public_id, digest = releases[link["release_id"]], link["public_id"], link["text_sha256"]
        client, operation = release.client, served.get(digest) if release.state in SERVED else None
        after = None if operation is None else names.get((client.client_id, release.successor or "", operation.name))
        missing = tuple(ungranted(operation.analysis, client.grants)) if operation and client.is_partner else ()
        successor_id = None if after is None else after["public_id"]
        route = None if link["route"] is None else parse_route(link["route"])
        entry = Entry(public_id, release, None if missing else operation, successor_id, missing, route)
        if route is not None:
            routed.append((client.client_id, route, entry))
        by_id[client.client_id, entry.pinned_id] = entry
        by_id[client.client_id, public_id] = by_text[client.client_id, digest] = entry
        if release.state in SERVED:
            called = f"{client.name} {release.name} {public_id}"
            broken += [Fault(each.message, called, None, each.line, each.column) for each in faults.get(digest, ())]
    calling = [row for row in key_rows if row["purpose"] == KeyPurpose.CALL.value]
    keys = {row["key_sha256"]: clients[row["client_id"]] for row in calling}
    publishers = {
        row["key_sha256"]: Publisher(clients[row["client_id"]], row["label"])
        for row in key_rows
        if row["purpose"] == KeyPurpose.PUBLISH.value
    }
    by_name = {client.name: client for client in clients.values()}
    public = frozenset(client.client_id for client in clients.values() if client.is_public)
    return Registry(
        version, by_name, keys, publishers, tuple(broken), served, by_id, by_text, Routes.of(routed, public)
    )


def _rate(capacity: int | None, restored: float | None) -> Rate | None:
    return None if capacity is None or restored is None else Rate(capacity, restored)


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
