"""The registry as a process serves from it: an immutable snapshot, replaced whole when the database has a newer one.

Finding is a lookup in memory, keyed by the client: an id of another client is not there, just as one that nobody has.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from domain.buckets import Rate
from domain.errors import Refusal
from domain.registry import SERVED, Policy, ReleaseState
from domain.routes import Route
from persisted_queries.analysis import Analysis
from persisted_queries.compiling import Fault, text_sha256
from persisted_queries.documents import PreparedDocument
from persisted_queries.identifiers import SHA256_PREFIX
from persisted_queries.routing import Routes


class BreakingSchema(Refusal):
    """The schema breaks operations that are served; `faults` says which, and where."""

    code = "BREAKING_SCHEMA"

    def __init__(self, broken: Sequence[Broken]) -> None:
        self.faults = tuple(fault for each in broken for fault in each.faults)
        lines = [
            "the schema breaks operations that are served:",
            *(f"  {each}" for each in self.faults),
            "Retire or mend them, or serve the others alone with ALLOW_BREAKING_SCHEMA=true.",
        ]
        super().__init__("\n".join(lines))


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
        """The id that names its release as well, and so never another operation; it has no prefix before a hash."""
        return f"{self.release.client.name}~{self.release.name}~{self.public_id.removeprefix(SHA256_PREFIX)}"


@dataclass(frozen=True, slots=True)
class Broken:
    """An operation that ought to be served, and what the schema breaks of it."""

    entry: Entry
    faults: tuple[Fault, ...]


@dataclass(frozen=True, slots=True)
class Registry:
    """All that is served at one version of the registry.

    Attributes:
        version: grows with every change; -1 for the one of a process that could not read any yet.
        clients: by their names.
        keys: clients by the hashes of their valid keys (`auth.keys.key_sha256`) that are for calling.
        publishers: who publishes, by the hashes of the valid keys that are for that.
        broken: what the schema breaks of the operations that ought to be served: they do not fit it, or a partner's
            touch what was public, or granted, under the schema that they were stored under.
        prepared: what was found of operations that were stored under another schema and are as good under this one, by
            the hashes of their texts, when this snapshot was taken.
        operations: all that fit the schema, by the hashes of their texts.
        by_id: what each id of a client stands for, spelled in each way.
        by_text: what the hash of each text of a client stands for.
        routes: what stands at each address.
    """

    version: int = -1
    clients: Mapping[str, RegisteredClient] = field(default_factory=dict)
    keys: Mapping[str, RegisteredClient] = field(default_factory=dict)
    publishers: Mapping[str, Publisher] = field(default_factory=dict)
    broken: tuple[Broken, ...] = ()
    prepared: Mapping[str, Analysis] = field(default_factory=dict)
    operations: Mapping[str, RegisteredOperation] = field(default_factory=dict)
    by_id: Mapping[tuple[uuid.UUID, str], Entry] = field(default_factory=dict)
    by_text: Mapping[tuple[uuid.UUID, str], Entry] = field(default_factory=dict)
    routes: Routes[Entry] = field(default_factory=Routes)

    def find_route(self, client_id: uuid.UUID | None, path: Sequence[str]) -> tuple[Entry, dict[str, str]] | None:
        """What stands at an address, and the values of its parameters.

        Args:
            client_id: the caller's; its own routes go before those that anyone may call. None for a caller without one.
            path: the segments of the address.
        """
        return self.routes.find(client_id, path)

    def public_entries(self) -> list[Entry]:
        """The operations that anyone may call, each by its route."""
        return self.routes.public.values()

    def find(self, client_id: uuid.UUID, document_id: str) -> Entry | None:
        """What a document id stands for, for a client.

        Args:
            client_id: the client's.
            document_id: as it was published; or `sha256:` and the hash of the text; or the client, the release and the
                id, joined by tildes (`web~1.4.2~FunctionPage`), for that release alone.
        """
        found = self.by_id.get((client_id, document_id))
        if found is None and document_id.startswith("sha256:"):
            return self.by_text.get((client_id, document_id.removeprefix("sha256:")))
        return found

    def find_text(self, client_id: uuid.UUID, text: str) -> Entry | None:
        """What a text stands for, for a client: what a safelist admits."""
        return self.by_text.get((client_id, text_sha256(text)))

    @property
    def size(self) -> int:
        """How many operations ought to be served, each in each of its releases."""
        return sum(key == entry.pinned_id and entry.release.state in SERVED for (_, key), entry in self.by_id.items())

    @property
    def stopped(self) -> list[Entry]:
        """What partners are no longer granted of the operations that ought to be served."""
        return [entry for (_, key), entry in self.by_id.items() if entry.ungranted and key == entry.public_id]

    def entries(self, client_id: uuid.UUID) -> list[Entry]:
        """The operations of a client, each by the id that it was published under."""
        return [entry for (owner, key), entry in self.by_id.items() if owner == client_id and key == entry.public_id]
