"""Which processes serve the registry, and at which version: told to the database, and to the cache.

Each is a witness by itself: a process that reaches either may go on serving (`persisted_queries.live`), and whoever
changes the registry asks both (`commands.announcing`).
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Final

import orjson
from redis.asyncio import Redis
from redis.exceptions import RedisError
from sqlalchemy import TextClause, text
from sqlalchemy.exc import DBAPIError

from db.database import Database
from db.rows import Row
from db.statement import compile_statement
from db.statements.registry import VERSION
from domain.leases import Beat

CACHE_UNAVAILABLE: Final[tuple[type[Exception], ...]] = (RedisError, OSError)
"""How a cache that is away shows itself."""

_BEAT: Final = text(
    """
    INSERT INTO serving_processes AS kept (process_id, name, version, beat, lease)
    VALUES (:process, :name, :version, :beat, :lease)
    ON CONFLICT (process_id) DO UPDATE
    SET version = excluded.version, beat = excluded.beat, lease = excluded.lease, beaten_at = now()
    """
)
_BURY: Final = text("DELETE FROM serving_processes WHERE process_id = :process AND beat <= :beat")
_PROCESSES: Final = compile_statement(
    "registry.processes", text("SELECT process_id, name, version, beat, lease FROM serving_processes"), Row
)
_IDENTITY: Final = compile_statement(
    "registry.identity",
    text(
        "SELECT system_identifier, oid::bigint FROM pg_control_system(), pg_database WHERE datname = current_database()"
    ),
    Row,
)


_ROOM: Final = compile_statement(
    "serving.room",
    text("""
        SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
            - coalesce(current_setting('reserved_connections', true)::int, 0) AS connections,
            (SELECT count(*) FROM serving_processes
             WHERE beaten_at > now() - make_interval(secs => lease * 2)) AS processes
    """),
    Row,
)


async def room(database: Database) -> tuple[int, int]:
    """How many connections PostgreSQL has for anyone, and how many processes serve that share them."""
    (row,) = await database.fetch(_ROOM, {})
    return row["connections"], row["processes"]


async def registry_version(database: Database) -> int:
    """The newest version of the registry."""
    (row,) = await database.fetch(VERSION, {})
    version: int = row["version"]
    return version


async def tell_database(database: Database, beat: Beat) -> None:
    """Give the database a sign of life."""
    values = {"process": uuid.UUID(beat.process), "name": beat.name, "version": beat.version}
    await _write(database, _BEAT, {**values, "beat": beat.beat, "lease": beat.lease})


async def processes_in_database(database: Database) -> list[Beat]:
    """The newest sign of life of each process that the database knows."""
    return [
        Beat(str(row["process_id"]), row["name"], row["version"], row["beat"], row["lease"])
        for row in await database.fetch(_PROCESSES, {})
    ]


async def bury_in_database(database: Database, beat: Beat) -> None:
    """Forget a process, unless it has given a newer sign."""
    await _write(database, _BURY, {"process": uuid.UUID(beat.process), "beat": beat.beat})


async def _write(database: Database, statement: TextClause, values: Mapping[str, object]) -> None:
    try:
        async with database.write() as connection:
            await connection.execute(statement, values)
    except DBAPIError as error:
        # What the driver said, as reading raises it.
        cause = None if error.orig is None else error.orig.__cause__
        raise (error if cause is None else cause) from error


_RAISE: Final = """
local version = tonumber(redis.call('GET', KEYS[1]) or '-1')
if tonumber(ARGV[1]) > version then redis.call('SET', KEYS[1], ARGV[1]) end
"""
_BURY_IN_CACHE: Final = """
if redis.call('HGET', KEYS[1], ARGV[1]) == ARGV[2] then redis.call('HDEL', KEYS[1], ARGV[1]) end
"""


@dataclass(frozen=True, slots=True)
class Signals:
    """The registry's place in the cache: the newest version that was announced, and signs of life.

    Every method raises `CACHE_UNAVAILABLE` while the cache is away.
    """

    client: Redis
    namespace: str

    @property
    def _version(self) -> str:
        return f"{self.namespace}:version"

    @property
    def _processes(self) -> str:
        return f"{self.namespace}:processes"

    async def check(self) -> None:
        """Do nothing, if the cache can be written to."""
        await self.raise_version(-1)

    async def tell(self, beat: Beat) -> int | None:
        """Give a sign of life; the version that was announced last, asked after the sign was kept."""
        async with self.client.pipeline(transaction=True) as pipeline:
            pipeline.hset(self._processes, beat.process, orjson.dumps([beat.name, beat.version, beat.beat, beat.lease]))
            pipeline.get(self._version)
            _, version = await pipeline.execute()
        return None if version is None else int(version)

    async def raise_version(self, version: int) -> None:
        """Say that the registry has come to a version; one that is newer stays."""
        await self.client.eval(_RAISE, 1, self._version, str(version))

    async def announce(self, version: int) -> None:
        """Say that the registry has come to a version, and wake those who listen."""
        await self.raise_version(version)
        await self.client.publish(self.namespace, str(version))

    async def processes(self) -> list[Beat]:
        """The newest sign of life of each process that the cache knows."""
        found = await self.client.hgetall(self._processes)
        return [
            Beat(process.decode() if isinstance(process, bytes) else process, *orjson.loads(told))
            for process, told in found.items()
        ]

    async def forget(self, process: str) -> None:
        """Forget a process that serves no more."""
        await self.client.hdel(self._processes, process)

    async def bury(self, beat: Beat) -> None:
        """Forget a process, unless it has given a newer sign."""
        told = orjson.dumps([beat.name, beat.version, beat.beat, beat.lease])
        await self.client.eval(_BURY_IN_CACHE, 1, self._processes, beat.process, told)

    async def listen(self) -> AsyncIterator[None]:
        """Wake whenever something is announced, and once at first; ends when the cache goes away."""
        async with self.client.pubsub() as subscription:
            await subscription.subscribe(self.namespace)
            yield
            while True:
                if await subscription.get_message(ignore_subscribe_messages=True, timeout=None) is not None:
                    yield


async def open_signals(database: Database, client: Redis) -> Signals:
    """The registry's place in the cache: one for each database, whichever name it is reached by.

    Raises:
        OSError, TimeoutError, …: the database is away (`db.failures.UNAVAILABLE`).
    """
    (row,) = await database.fetch(_IDENTITY, {})
    identity = hashlib.sha256(f"{row['system_identifier']} {row['oid']}".encode()).hexdigest()[:16]
    return Signals(client, f"boxoffice:registry:{identity}")
