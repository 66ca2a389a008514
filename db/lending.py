"""Lending: a connection goes from one statement to the next without a way through the pool.

asyncpg's pool ends a loan in a task of its own, resets the connection, and sets a timer for as long as nobody wants it:
two thirds of what a small statement costs. A connection that reads carries nothing over (`db.database.ReadConnection`),
so there is nothing to be done between two borrowers. The pool still opens, counts, and closes connections.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import TypeAlias

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from db.rows import Row

Connection: TypeAlias = "PoolConnectionProxy[Row]"  # generic in its stubs alone

KEPT_SECONDS = 60.0
"""How long a connection that nobody borrows is kept at hand; then the pool gets it, which closes it in the end."""


class Lending:
    """Connections of one pool, to be borrowed one after the other; who waited longest is next."""

    __slots__ = ("_free", "_idle", "_limit", "_pool", "_returning", "_timer", "_waiting")

    def __init__(self, pool: asyncpg.Pool[Row], limit: float) -> None:
        """Take a pool that nobody else borrows from.

        Args:
            pool: opened; it stays whoever's it is, and is closed after `close`.
            limit: the longest wait for a connection, in seconds.
        """
        self._pool = pool
        self._limit = limit
        self._free = pool.get_max_size()
        self._idle: deque[tuple[float, Connection]] = deque()
        self._waiting: deque[asyncio.Future[Connection | None]] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._returning: set[asyncio.Task[None]] = set()

    @property
    def idle(self) -> int:
        """How many connections are open, and not borrowed."""
        return self._pool.get_idle_size() + len(self._idle)

    @property
    def size(self) -> int:
        """How many connections are open."""
        return self._pool.get_size()

    @asynccontextmanager
    async def lend(self) -> AsyncIterator[Connection]:
        """A connection for the length of a block.

        Raises:
            TimeoutError: none came free in time.
        """
        connection = await self.borrow()
        try:
            yield connection
        except BaseException:
            await self.put_away(connection)
            raise
        await self.give_back(connection)

    async def borrow(self) -> Connection:
        """A connection; whoever borrows gives it back, or puts it away.

        Raises:
            TimeoutError: none came free in time.
        """
        while self._idle:
            _, connection = self._idle.pop()
            if _is_usable(connection):
                return connection
            await self.put_away(connection)
        if self._free:
            self._free -= 1
            return await self._open()
        return await self._wait()

    async def give_back(self, connection: Connection) -> None:
        """End a loan after which the connection is as it was: whoever waits gets it."""
        if not _is_usable(connection):
            await self.put_away(connection)
        elif not self._hand_over(connection):
            loop = asyncio.get_running_loop()
            self._idle.append((loop.time(), connection))
            if self._timer is None:
                self._timer = loop.call_later(KEPT_SECONDS, self._tidy)

    async def put_away(self, connection: Connection) -> None:
        """End a loan after which a connection may be in any state: the pool looks after it."""
        try:
            await self._pool.release(connection)
        finally:
            self._leave_place()

    async def close(self) -> None:
        """Give the pool back what is at hand."""
        if self._timer is not None:
            self._timer.cancel()
        while self._idle:
            await self.put_away(self._idle.pop()[1])
        if self._returning:
            await asyncio.wait(self._returning)

    async def _open(self) -> Connection:
        """Take a connection from the pool, in a place that was kept."""
        try:
            return await self._pool.acquire(timeout=self._limit)
        except BaseException:
            self._leave_place()
            raise

    async def _wait(self) -> Connection:
        turn: asyncio.Future[Connection | None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            async with asyncio.timeout(self._limit):
                connection = await turn
        except BaseException:
            if turn.cancelled() or not turn.done():
                with suppress(ValueError):  # whoever gave something back has passed over it already
                    self._waiting.remove(turn)
            elif (late := turn.result()) is None:  # given, and given up in the same moment
                self._leave_place()
            else:
                await self.give_back(late)
            raise
        return await self._open() if connection is None else connection

    def _hand_over(self, connection: Connection | None) -> bool:
        """Give a connection, or a place in the pool, to whoever waited longest; whether anybody did."""
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(connection)
                return True
        return False

    def _leave_place(self) -> None:
        if not self._hand_over(None):
            self._free += 1

    def _tidy(self) -> None:
        """Put away what nobody borrowed for a while: those that came back first, for the last are borrowed first."""
        self._timer = None
        loop = asyncio.get_running_loop()
        while self._idle and self._idle[0][0] <= loop.time() - KEPT_SECONDS:
            task = loop.create_task(self.put_away(self._idle.popleft()[1]))
            self._returning.add(task)
            task.add_done_callback(self._returning.discard)
        if self._idle:
            self._timer = loop.call_at(self._idle[0][0] + KEPT_SECONDS, self._tidy)


def _is_usable(connection: Connection) -> bool:
    try:
        return not connection.is_closed()
    except asyncpg.InterfaceError:  # it ended, and so the pool took it back
        return False
