"""What is attacked: the program as it is delivered, on real servers, with two houses and two clients in it."""

import asyncio
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import httpx

from auth.viewer import OrgRole
from commands.clients import add_key, create_client
from commands.members import add_member
from commands.registering import Author
from commands.registry import publish
from db.database import DatabaseOptions, open_database
from db.models import Event, Function, Organisation, Package, Ticket
from domain.audit import Actor
from domain.ids import encode_global_id
from domain.registry import POLICIES, KeyPurpose
from persisted_queries.compiling import Candidate
from schema.target import target
from tests.db.rows import add
from tests.plugins.http_server import Server
from tests.plugins.program import Serving, serving
from tests.plugins.servers import in_thread
from tests.plugins.webhooks import SOURCES

TOKEN_SECRET = "a secret of the tests that tokens are signed with"
GRAPHQL = "application/graphql-response+json"


@dataclass(frozen=True, slots=True)
class Contents:
    """What is in the database.

    Attributes:
        seen: the global id of each kind of entity that everybody may see; `outsider` works for their organisation.
        hidden: of each kind, one that is not to be seen but by the staff of its organisation, which is `insider`.
        keys: the API keys of the clients `red` and `blue`, by name.
        operations: the id of each client's own operation, by name.
        publishing_key: publishes for `red`.
    """

    seen: Mapping[str, str]
    hidden: Mapping[str, str]
    keys: Mapping[str, str]
    operations: Mapping[str, str]
    publishing_key: str


@dataclass(frozen=True, slots=True)
class Site:
    """A server under attack."""

    program: Serving
    contents: Contents
    http: httpx.Client

    @property
    def server(self) -> Server:
        """For raw connections."""
        port = urlsplit(self.program.base).port
        assert port is not None
        return Server(port)

    def cpu(self) -> float:
        """Seconds that all threads of the server have computed, from what the scheduler has counted."""
        tasks = Path(f"/proc/{self.program.process.pid}/task").glob("*/schedstat")
        return sum(int(each.read_text().split()[0]) for each in tasks) / 1e9

    def ask(self, document: str, variables: Mapping[str, Any] | None = None, **headers: str) -> httpx.Response:
        """Send a document."""
        body = {"query": document, "variables": variables or {}}
        return self.http.post("/graphql", json=body, headers={"Accept": GRAPHQL, **headers})

    def call(self, operation: str, **headers: str) -> httpx.Response:
        """Call a published operation by its id."""
        return self.http.post("/graphql", json={"documentId": operation}, headers={"Accept": GRAPHQL, **headers})


@contextmanager
def site(database_url: str, redis_url: str, home: Path, **settings: str) -> Iterator[Site]:
    """A server of the settings it is delivered with, but for those that it cannot do without, and for these."""
    contents = in_thread(lambda: asyncio.run(_fill(database_url)))
    given = {
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "SECRET_KEY": "k" * 32,
        "TOKEN_SECRET": TOKEN_SECRET,
        "WEBHOOK_SOURCES": SOURCES,
        "RATE_LIMITS": "false",  # one address sends more in a minute than it would be allowed
        **settings,
    }
    with serving(cwd=home, **given) as program, httpx.Client(base_url=program.base, timeout=30) as http:
        yield Site(program, contents, http)


async def _fill(database_url: str) -> Contents:
    connection = await asyncpg.connect(database_url, timeout=10)
    try:
        seen, hidden = await _house(connection, "open-house"), await _house(connection, "closed-house", shown=False)
        await _crowd(connection)
    finally:
        await connection.close(timeout=10)
    keys, operations = {}, {}
    author = Author("tests")
    async with open_database(DatabaseOptions(database_url, pool_size=2)) as database:
        for name, text in (("red", "query Red { functions { totalCount } }"), ("blue", "query Blue { __typename }")):
            keys[name] = await create_client(database, name, POLICIES["ids-only"], author)
            done = await publish(database, target(), name, "1.0", [Candidate(f"only-{name}", text)], author)
            operations[name] = done.operations[0].public_id
        publishing_key = await add_key(database, "red", "pipeline", author, purpose=KeyPurpose.PUBLISH)
        for subject, house in (("insider", "closed-house"), ("outsider", "open-house")):
            await add_member(database, house, subject, OrgRole.OWNER, actor=Actor("tests"), reason="a test")
    return Contents(seen, hidden, keys, operations, publishing_key)


async def _house(connection: asyncpg.Connection, slug: str, *, shown: bool = True) -> dict[str, str]:
    """An organisation with one entity of each kind, of which anybody may see all or none."""
    house = await add(connection, Organisation, slug=slug)
    secret = {"deposit": f"paid by {slug}"}
    function = await add(
        connection, Function, organisation_id=house, slug=f"{slug}-day", is_active=shown, private_metadata=secret
    )
    event = await add(connection, Event, organisation_id=house, function_id=function, is_published=shown)
    keys: dict[str, uuid.UUID] = {
        "Organisation": house,
        "Function": function,
        "Event": event,
        "Ticket": await add(connection, Ticket, event_id=event, is_active=shown),
        "Package": await add(connection, Package, function_id=function, is_active=shown),
    }
    return {kind: encode_global_id(kind, key) for kind, key in keys.items()}


async def _crowd(connection: asyncpg.Connection) -> None:
    """A hundred functions of a hundred events each: more than one answer may hold."""
    house = await add(connection, Organisation)
    await connection.execute(
        """
        INSERT INTO functions (function_id, organisation_id, name, slug, timezone, is_active)
        SELECT gen_random_uuid(), $1, 'Gathering ' || n, 'crowd-' || n, 'Europe/Brussels', true
        FROM generate_series(1, 100) AS n
        """,
        house,
    )
    await connection.execute(
        """
        INSERT INTO events (event_id, organisation_id, function_id, title, slug, description, event_start, timezone,
                            location, is_published)
        SELECT gen_random_uuid(), $1, function_id, 'Talk ' || n, slug || '-talk-' || n, repeat('What is said. ', 6),
               timestamptz '2027-05-01 09:00Z' + n * interval '1 hour', 'Europe/Brussels', 'Hall', true
        FROM functions CROSS JOIN generate_series(1, 100) AS n WHERE organisation_id = $1
        """,
        house,
    )
    await connection.execute("ANALYZE functions, events")
