"""Two processes over one database, asked and written to at the same time: no answer is older than a second."""

import asyncio
import contextlib
import json
import random
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, urlsplit

import asyncpg
import pytest

from tests.plugins.graph import Graph
from tests.plugins.program import Serving, serving

NAME = '{ function(slug: "camp") { name } }'
COUNT = "{ events { totalCount } }"
CONNECTIONS = 3
"""To each process, for each question."""


@dataclass(slots=True)
class Truth:
    """When each number was acknowledged, by `time.monotonic`, and the number: they are written in turn."""

    written: list[tuple[float, int]] = field(default_factory=lambda: [(0.0, 0)])

    def age(self, number: int, moment: float) -> float:
        """For how long a number had not been the newest any more when someone asked, in seconds."""
        return moment - self.written[number + 1][0] if number + 1 < len(self.written) else 0.0


@dataclass(slots=True)
class Seen:
    """What was answered; `oldest` is the greatest age of an answer when it was asked for, in seconds."""

    stale: list[str] = field(default_factory=list)
    statuses: Counter[str] = field(default_factory=Counter)
    oldest: float = 0.0

    @property
    def answers(self) -> int:
        return sum(self.statuses.values())

    @property
    def hits(self) -> int:
        return sum(number for status, number in self.statuses.items() if status.startswith("boxoffice; hit"))


async def ask_on(base: str, query: str, truth: Truth, seen: Seen, until: float) -> None:
    """Ask again and again, on one connection."""
    address = urlsplit(base)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    request = f"GET /graphql?query={quote(query)} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    while time.monotonic() < until:
        asked_at = time.monotonic()
        writer.write(request)
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        fields = dict(line.split(": ", 1) for line in head.strip().split("\r\n")[1:])
        data = json.loads(await reader.readexactly(int(fields["content-length"])))["data"]
        number = data["events"]["totalCount"] if "events" in data else int(data["function"]["name"])
        seen.statuses[fields["cache-status"]] += 1
        age = truth.age(number, asked_at)
        seen.oldest = max(seen.oldest, age)
        if age > 1.0:
            seen.stale.append(f"{base} {query}: {number}, {age:.2f} s after another was acknowledged; {fields}")
        await asyncio.sleep(0)
    writer.close()
    with contextlib.suppress(ConnectionError):
        await writer.wait_closed()


async def write(url: str, truth: Truth, until: float) -> None:
    """Write one number after the other: the function's name, and as many events."""
    draw = random.Random(1)
    connection = await asyncpg.connect(url, timeout=10)
    number = 0
    while time.monotonic() < until - 1.2:
        number += 1
        async with connection.transaction():
            await connection.execute("UPDATE functions SET name = $1 WHERE slug = 'camp'", str(number))
            await connection.execute(
                """INSERT INTO events
                       (event_id, organisation_id, title, slug, timezone, event_start, is_published)
                   SELECT gen_random_uuid(), organisation_id, 'Event', $1, 'UTC', now(), true FROM organisations""",
                f"e-{number}",
            )
            # What is written later may become visible earlier.
            await asyncio.sleep(draw.choice([0, 0, 0.05]))
        truth.written.append((time.monotonic(), number))
        await asyncio.sleep(draw.uniform(0.02, 0.4))
    await connection.close()


async def campaign(servers: list[Serving], url: str, seconds: float) -> tuple[Truth, Seen]:
    truth, seen, until = Truth(), Seen(), time.monotonic() + seconds
    async with asyncio.TaskGroup() as group:
        group.create_task(write(url, truth, until))
        for server in servers:
            for query in (NAME, COUNT):
                for _ in range(CONNECTIONS):
                    group.create_task(ask_on(server.base, query, truth, seen, until))
    return truth, seen


@pytest.mark.parametrize("seconds", [4.0, pytest.param(120.0, marks=pytest.mark.nightly)])
async def test_no_answer_is_older_than_a_second(
    graph: Graph, database_url: str, redis_url: str, home: Path, seconds: float
) -> None:
    graph.function(slug="camp", name="0")
    await graph.flush()
    given = {"DATABASE_URL": database_url, "REDIS_URL": redis_url, "SECRET_KEY": "k" * 32, "LOG_LEVEL": "warning"}
    with serving(cwd=home, **given) as one, serving(cwd=home, **given) as other:
        truth, seen = await campaign([one, other], database_url, seconds)
        answers = {
            server.get(f"/graphql?query={quote(COUNT)}")[1]["data"]["events"]["totalCount"] for server in (one, other)
        }

    assert seen.stale == []
    assert answers == {len(truth.written) - 1}
    assert len(truth.written) > 3
    assert seen.hits > seen.answers / 2
    print(  # noqa: T201 - what the long run is read for, with `-rP`
        f"{seen.answers:,} answers, {seen.hits:,} of them at hand; {len(truth.written) - 1} writes; "
        f"{len(seen.stale)} older than a second, the oldest {seen.oldest * 1000:.0f} ms"
    )
