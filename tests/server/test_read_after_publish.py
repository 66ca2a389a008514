"""When a change of the registry returns, every running process serves it: with real processes, killed and paused."""

import asyncio
import http.client
import json
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from commands import clients, registry, retiring
from commands.announcing import announced
from commands.registering import Author
from db.cache import open_cache
from db.database import Database, DatabaseOptions, open_database
from domain.registry import POLICIES
from persisted_queries.compiling import Candidate
from schema.target import target
from tests.plugins.program import Serving, serving
from tests.plugins.servers import in_thread

PERSON = Author("someone")
NAME = Candidate("name", "query Name { __typename }")
COUNT = Candidate("count", "query Count { functions { totalCount } }")
LEASE = 2.0
SECOND = 1.0


class Office:
    """Those who change the registry."""

    def __init__(self, database_url: str, redis_url: str) -> None:
        self.database_url, self.redis_url = database_url, redis_url

    def publish(self, release: str, *candidates: Candidate) -> float:
        return self._change(lambda it: registry.publish(it, target(), "web", release, candidates, PERSON))

    def retire(self, release: str) -> float:
        return self._change(lambda it: retiring.retire(it, "web", release, PERSON, force=True))

    def create_client(self) -> str:
        made: list[str] = []

        async def create(database: Database) -> None:
            made.append(await clients.create_client(database, "web", POLICIES["ids-only"], PERSON))

        self._change(create)
        return made[0]

    def revoke_key(self) -> float:
        return self._change(lambda it: clients.revoke_key(it, "web", "first", PERSON))

    def _change(self, change: object) -> float:
        """Make a change; the seconds that it took."""

        async def make() -> None:
            async with (
                open_database(DatabaseOptions(self.database_url)) as database,
                open_cache(self.redis_url, 1.0) as cache,
                announced(database, cache),
            ):
                await change(database)  # type: ignore[operator]

        started = time.monotonic()
        in_thread(lambda: asyncio.run(make()))
        return time.monotonic() - started


class Asker:
    """A connection to a server that stays open."""

    def __init__(self, server: Serving, key: str) -> None:
        self.connection = http.client.HTTPConnection(urlsplit(server.base).netloc, timeout=60)
        self.headers = {"Authorization": f"Bearer {key}", "Accept": "application/graphql-response+json"}

    def close(self) -> None:
        self.connection.close()

    def send(self, public_id: str) -> None:
        self.connection.request("GET", f"/graphql/{public_id}", headers=self.headers)

    def read(self) -> tuple[int, str | None]:
        answer = self.connection.getresponse()
        body = json.loads(answer.read())
        return answer.status, body["errors"][0]["extensions"]["code"] if "errors" in body else None

    def ask(self, public_id: str) -> tuple[int, str | None]:
        self.send(public_id)
        return self.read()


@pytest.fixture
def office(database_url: str, redis_url: str) -> Office:
    return Office(database_url, redis_url)


@pytest.fixture
def servers(office: Office, tmp_path: Path) -> Iterator[list[Serving]]:
    given = {
        "DATABASE_URL": office.database_url,
        "REDIS_URL": office.redis_url,
        "SECRET_KEY": "k" * 32,
        "REGISTRY_LEASE_SECONDS": str(LEASE),
    }
    with ExitStack() as stack, ThreadPoolExecutor(3) as pool:
        yield list(pool.map(lambda _: stack.enter_context(serving(cwd=tmp_path, **given)), range(3)))


def test_what_returned_is_served_by_every_process_whatever_happens_to_them(
    office: Office, servers: list[Serving]
) -> None:
    key = office.create_client()
    with ExitStack() as stack:
        _walk_through(
            office, servers, [stack.enter_context(closing(Asker(each, key))) for each in (*servers, servers[1])]
        )


def _walk_through(office: Office, servers: list[Serving], askers: list[Asker]) -> None:
    assert [each.ask("name") for each in askers[:3]] == [(404, "PERSISTED_DOCUMENT_NOT_FOUND")] * 3

    took = office.publish("1.0", NAME, COUNT)
    assert [each.ask("name") for each in askers[:3]] == [(200, None)] * 3
    assert took < LEASE + SECOND  # nobody's lease was waited for; connecting takes most of it

    killed, paused, _ = servers
    killed.process.kill()
    killed.process.wait(10)
    paused.process.send_signal(signal.SIGSTOP)
    try:
        office.retire("1.0")
        assert askers[2].ask("name") == (410, "PERSISTED_DOCUMENT_RETIRED")
        # These wait in the paused process's sockets, over an old connection and a new one.
        late = [askers[1], askers[3]]
        for each in late:
            each.send("name")
    finally:
        paused.process.send_signal(signal.SIGCONT)
    seen = [each.read() for each in late]
    end = time.monotonic() + 3 * SECOND
    while time.monotonic() < end:
        seen += [each.ask("name") for each in late]

    assert set(seen) <= {(503, "REGISTRY_STALE"), (410, "PERSISTED_DOCUMENT_RETIRED")}
    assert seen[-1] == (410, "PERSISTED_DOCUMENT_RETIRED")

    took = office.revoke_key()
    assert [each.ask("name")[0] for each in askers[1:]] == [401] * 3
    assert took < LEASE + SECOND  # the one that was killed is forgotten
