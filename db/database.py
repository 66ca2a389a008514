"""The database: two pools, two ways in.

`read()` gives a connection on which nothing can be written and every statement stands alone; `write()` gives a
transaction that commits at its end or not at all. Nothing else calls commit.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

import asyncpg
import orjson
from sqlalchemy import event, text
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool

from db.lending import Connection, Lending
from db.row_security import MOVES_ROLE, PUBLIC_ROLE, SALES_ROLE, SYSTEM_ROLE, VIEWER_ROLE
from db.rows import Row
from db.statement import Statement
from db.urls import SQLALCHEMY_DRIVER, asyncpg_dsn
from db.visibility import Reach, Sight

R = TypeVar("R", bound=Row)

POOL_SIZE = 10
"""Connections of a pool, unless said."""

ASKED_AFTER = 1.0
"""Seconds without use after which a connection that writes is asked whether it is there."""

STATEMENT_CACHE_SIZE = 512
"""Prepared statements kept by each connection: more than there are shapes of reading statements."""

READING_SETTINGS = {
    "default_transaction_read_only": "on",
    "jit": "off",
    # A lookup's generic plan is the right one (`tests/db/test_plans.py` looks at all of them), and planning it anew for
    # each set of keys takes longer than running it.
    "plan_cache_mode": "force_generic_plan",
}
"""What a session that reads is told at its start."""

_AS = text("SELECT set_config('role', :role, true), set_config('boxoffice.viewer', :setting, true)")
_AS_WAITING = text(f"{_AS.text}, set_config('lock_timeout', :limit, true)")
_WAITING = text("SELECT set_config('lock_timeout', :limit, true)")

_ROLES = {sight: VIEWER_ROLE if sight.is_privileged else PUBLIC_ROLE for sight in Sight} | {Sight.SYSTEM: SYSTEM_ROLE}

Observer = Callable[[Statement[Any], int, float], None]
"""Called after each read with the statement, the number of rows, and the seconds it took."""


@dataclass(frozen=True, slots=True)
class DatabaseOptions:
    """How to reach the database.

    `pool_size` connections read, and `writers` write, at most: as many, unless said. `timeout` seconds is the longest
    that a statement, or the wait for a connection, may take. `prepared_statements` is off behind a pooler in
    transaction mode, such as PgBouncer, where a prepared statement may be looked for on another connection than the one
    that made it. Such a pooler also passes on no settings of a session, so that `read()` is then read-only by what it
    is used for alone.

    `under_roles` is for whoever serves requests: every connection works under one of the roles that own nothing
    (`db.row_security`), as its statements say. Without it, the role of the URL reads and writes as it may: that is for
    operators, who own the tables.
    """

    url: str
    pool_size: int = POOL_SIZE
    timeout: float = 10.0
    prepared_statements: bool = True
    under_roles: bool = False
    writers: int | None = None


class ReadConnection(asyncpg.Connection):
    """A connection that carries nothing over from one borrower to the next, so that nothing has to be reset."""

    def get_reset_query(self) -> str:
        """Nothing: read-only statements, each on its own, leave no state behind."""
        return ""


@dataclass(frozen=True, slots=True)
class Reader:
    """A borrowed connection that reads."""

    connection: Connection
    observe: Observer | None

    async def fetch(self, statement: Statement[R], values: Mapping[str, Any]) -> list[R]:
        """Run a statement.

        Raises:
            asyncpg.PostgresError: the database refused.
            TimeoutError: it took longer than `DatabaseOptions.timeout`; it was cancelled.
        """
        started = time.perf_counter()
        rows = await self.connection.fetch(statement.text, *statement.arguments(values), record_class=statement.row)
        if self.observe is not None:
            self.observe(statement, statement.count(rows), time.perf_counter() - started)
        return rows


@dataclass(frozen=True, slots=True)
class Database:
    """An open database; made by `open_database`.

    `reading` lends to statements for anyone; `others` to those for other sights, where roles tell them apart.
    `switches` is the role that each statement has to switch to, where connections cannot be opened under it. `turns`
    are as many as connections that write: by itself the pool gives them to whoever asks at the right moment.
    """

    reading: Lending
    writing: AsyncEngine
    timeout: float
    observe: Observer | None = field(default=None)
    others: Mapping[Sight, Lending] = field(default_factory=dict)
    switches: Mapping[Sight, str] = field(default_factory=dict)
    turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(POOL_SIZE))

    @asynccontextmanager
    async def read(self, sight: Sight = Sight.SYSTEM) -> AsyncIterator[Reader]:
        """Borrow a connection that reads.

        Args:
            sight: for whom, and so under which role; for the server itself, unless said.

        Raises:
            TimeoutError: none came free in time.
        """
        async with AsyncExitStack() as stack:
            connection = await stack.enter_async_context(self.others.get(sight, self.reading).lend())
            if self.switches:
                await stack.enter_async_context(connection.transaction(readonly=True))
                await connection.execute(f"SET LOCAL ROLE {self.switches[sight]}")
            yield Reader(connection, self.observe)

    async def fetch(self, statement: Statement[R], values: Mapping[str, Any]) -> list[R]:
        """Run one statement on a connection of its own.

        What `read` does, without its context managers: most of what a small request costs is what stands around it.

        Raises:
            asyncpg.PostgresError: the database refused.
            TimeoutError: it took too long, or no connection came free in time.
        """
        lending = self.others.get(statement.sight, self.reading)
        connection = await lending.borrow()
        try:
            if not self.switches:
                rows = await Reader(connection, self.observe).fetch(statement, values)
            else:
                async with connection.transaction(readonly=True):
                    await connection.execute(f"SET LOCAL ROLE {self.switches[statement.sight]}")
                    rows = await Reader(connection, self.observe).fetch(statement, values)
        except BaseException:
            await lending.put_away(connection)
            raise
        await lending.give_back(connection)
        return rows

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for a connection that writes, in the order in which others do, and have it borrowed in this block.

        Raises:
            TimeoutError: none came free in time.
        """
        try:
            async with asyncio.timeout(self.timeout):
                await self.turns.acquire()
        except TimeoutError as error:
            raise TimeoutError(f"no connection for writing came free within {self.timeout:g} seconds") from error
        try:
            yield
        finally:
            self.turns.release()

    @asynccontextmanager
    async def write(
        self, reach: Reach | None = None, *, sells: bool = False, lock_timeout: float | None = None
    ) -> AsyncIterator[AsyncConnection]:
        """A transaction: committed when the block ends, undone when it raises.

        Args:
            reach: of the viewer on whose behalf it writes; None for the server itself, and for operators.
            sells: whether the server writes orders and takes places, which no viewer may by themselves.
            lock_timeout: the longest wait for one lock, in seconds; None for as long as a statement may take.

        Raises:
            TimeoutError: no connection came free in time, or a statement took too long.
        """
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(self.turn())
            connection = await stack.enter_async_context(self.writing.begin())
            await self.act_for(connection, reach, sells=sells, lock_timeout=lock_timeout)
            yield connection

    async def act_for(
        self,
        connection: AsyncConnection,
        reach: Reach | None = None,
        *,
        sells: bool = False,
        moves: bool = False,
        lock_timeout: float | None = None,
    ) -> None:
        """Go on with a transaction on behalf of a viewer, or of the server itself.

        Args:
            connection: from `write`.
            reach: of the viewer; None for the server, which writes what no viewer may, such as the audit log.
            sells: whether the server writes orders and takes places.
            moves: whether it moves events between hierarchies.
            lock_timeout: the longest wait for one lock, in seconds; None leaves it as it is.
        """
        told = {}
        if self.others or self.switches:
            itself = SALES_ROLE if sells else MOVES_ROLE if moves else SYSTEM_ROLE
            role, setting = (itself, "") if reach is None else (VIEWER_ROLE, reach.setting)
            told = {"role": role, "setting": setting}
        if lock_timeout is None:
            statement = _AS
        else:  # in one statement with the role: it is part of every transaction
            statement = _AS_WAITING if told else _WAITING
            told["limit"] = f"{max(lock_timeout, 0.001) * 1000:.0f}ms"
        if told:
            await connection.execute(statement, told)


async def _prepare(connection: asyncpg.Connection[Row] | Connection) -> None:
    for name in ("json", "jsonb"):
        await connection.set_type_codec(
            name, schema="pg_catalog", encoder=lambda value: orjson.dumps(value).decode(), decoder=orjson.loads
        )


@asynccontextmanager
async def open_database(options: DatabaseOptions, observe: Observer | None = None) -> AsyncIterator[Database]:
    """Open the pools, and close them at the end.

    Connections are made when first needed, so that a server can start, and say that it is not ready, while the database
    is away.
    """
    cache_size = STATEMENT_CACHE_SIZE if options.prepared_statements else 0
    # A pooler in transaction mode refuses start-up parameters it does not know.
    apart = options.under_roles and options.prepared_statements
    switches = _ROLES if options.under_roles and not options.prepared_statements else {}
    async with AsyncExitStack() as stack:
        reading = await _open_lending(options, stack, PUBLIC_ROLE if apart else None)
        roles = (VIEWER_ROLE, SYSTEM_ROLE) if apart else ()
        pools = {role: await _open_lending(options, stack, role) for role in roles}
        others = {sight: pools[role] for sight, role in _ROLES.items() if role in pools}
        writers = options.writers or options.pool_size
        writing = create_async_engine(
            SQLALCHEMY_DRIVER,
            poolclass=AsyncAdaptedQueuePool,
            pool_size=writers,
            max_overflow=0,
            pool_timeout=options.timeout,
            hide_parameters=True,  # they are people's, and would stand in the log with a statement that failed
            json_serializer=lambda value: orjson.dumps(value).decode(),
            json_deserializer=orjson.loads,
            connect_args={
                "dsn": asyncpg_dsn(options.url),
                "timeout": options.timeout,
                "command_timeout": options.timeout,
                "statement_cache_size": cache_size,
                "prepared_statement_cache_size": cache_size,
                "server_settings": {"role": SYSTEM_ROLE} if apart else {},
            },
        )
        _check_when_borrowed(writing)
        stack.push_async_callback(writing.dispose)
        turns = asyncio.Semaphore(writers)
        yield Database(reading, writing, options.timeout, observe, others, switches, turns)


def _check_when_borrowed(engine: AsyncEngine) -> None:
    """Let nobody borrow a connection that has ended; ask the server only where it was not used for a while.

    What SQLAlchemy does itself (`pool_pre_ping`) asks each time, which is two statements more in every transaction. The
    driver knows of an end that was said; one that was not, such as a network's, shows itself after a while.
    """

    @event.listens_for(engine.sync_engine, "checkin")
    def put_back(_connection: Any, record: Any) -> None:  # noqa: ANN401 - SQLAlchemy's hooks
        record.info["put_back"] = time.monotonic()

    @event.listens_for(engine.sync_engine, "checkout")
    def borrowed(connection: Any, record: Any, _proxy: Any) -> None:  # noqa: ANN401 - the same
        if connection.driver_connection.is_closed():
            raise DisconnectionError
        if time.monotonic() - record.info.get("put_back", math.inf) > ASKED_AFTER:
            try:
                connection.ping()
            except engine.dialect.loaded_dbapi.Error as error:
                raise DisconnectionError from error


async def _open_lending(options: DatabaseOptions, stack: AsyncExitStack, role: str | None) -> Lending:
    settings = READING_SETTINGS if options.prepared_statements else {}
    pool: asyncpg.Pool[Row] = asyncpg.create_pool(
        asyncpg_dsn(options.url),
        min_size=0,
        max_size=options.pool_size,
        connection_class=cast("type[asyncpg.Connection[Row]]", ReadConnection),
        init=_prepare,
        timeout=options.timeout,
        command_timeout=options.timeout,
        server_settings=settings if role is None else {**settings, "role": role},
        statement_cache_size=STATEMENT_CACHE_SIZE if options.prepared_statements else 0,
        record_class=Row,
    )
    await pool
    lending = Lending(pool, options.timeout)
    stack.push_async_callback(_close, lending, pool, options.timeout)
    return lending


async def _close(lending: Lending, pool: asyncpg.Pool[Row], limit: float) -> None:
    try:
        async with asyncio.timeout(limit):
            await lending.close()
            await pool.close()
    except TimeoutError:
        pool.terminate()
