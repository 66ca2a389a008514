"""The registry's faces and GraphQL over a database of the test's own, asked over HTTP in process."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx
import orjson
from starlette.applications import Starlette

from commands.clients import add_key, create_client, ensure_public_client
from commands.registering import Author
from commands.registry import deprecate, publish
from commands.retiring import retire
from db.rows import Row
from db.statements.registry import LOG
from domain.registry import POLICIES, KeyPurpose
from persisted_queries.live import LiveRegistry
from persisted_queries.publications import read_publication
from schema.target import target
from tests.plugins.graph import Graph

PERSON = Author("someone")


@dataclass(slots=True)
class Faces:
    """A process that serves, and the rows beside it."""

    graph: Graph
    live: LiveRegistry
    app: Starlette

    async def client(self, name: str, **options: bool) -> httpx.AsyncClient:
        """A client that was made now, and calls with its key."""
        key = await create_client(self.graph.database, name, POLICIES["ids-only"], PERSON, **options)
        await self.refresh()
        return self.anyone(key)

    async def publisher(self, name: str) -> httpx.AsyncClient:
        """A build pipeline of a client, with a key for publishing."""
        key = await add_key(self.graph.database, name, "ci", PERSON, purpose=KeyPurpose.PUBLISH)
        await self.refresh()
        return self.anyone(key)

    def anyone(self, key: str | None = None) -> httpx.AsyncClient:
        """A caller with a key, or without one."""
        headers = {} if key is None else {"authorization": f"Bearer {key}"}
        return httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url="http://test", headers=headers)

    async def public(self, name: str) -> None:
        """Make a client whose routes anyone may call."""
        await ensure_public_client(self.graph.database, name, PERSON)

    async def publish(
        self, client: str, release: str, texts: Mapping[str, str], routes: Mapping[str, str] | None = None
    ) -> None:
        """Publish texts by id, with routes."""
        found = read_publication("m.json", orjson.dumps(texts), orjson.dumps(routes or {}))
        await publish(self.graph.database, target(), client, release, found.candidates(client), PERSON)
        await self.refresh()

    async def deprecate(self, client: str, release: str, successor: str | None = None) -> None:
        """Announce the end of a release."""
        await deprecate(self.graph.database, client, release, PERSON, successor=successor)
        await self.refresh()

    async def retire(self, client: str, release: str) -> None:
        """End a release."""
        await retire(self.graph.database, client, release, PERSON, force=True)
        await self.refresh()

    async def log(self) -> list[Row]:
        """The entries of the log, newest first."""
        return await self.graph.database.fetch(LOG, {"client": None, "most": 100})

    async def refresh(self) -> None:
        """Have the process serve what the registry holds now."""
        await self.live.ask_database()


def code_of(answer: httpx.Response) -> Any:
    """The code of a problem, whose form is checked on the way."""
    told = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert (told["type"], told["status"]) == ("about:blank", answer.status_code)
    assert told["title"]
    assert told["detail"]
    return told["code"]
