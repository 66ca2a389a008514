"""Polling: what is listened to is asked for at intervals, once for all who listen to it in this process.

The database is asked, rather than a channel on which whoever writes would have to tell: a process that is killed
between its commit and its message tells nothing, and what a person does with psql is told by nobody.
"""

from __future__ import annotations

import asyncio
import uuid
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Generic, TypeVar

import structlog

from domain.errors import Refusal

V = TypeVar("V")

_log = structlog.get_logger(__name__)


class TooManyWatched(Refusal):
    """As much is listened to as there may be."""

    code = "TOO_MANY_WATCHED"


@dataclass(slots=True, eq=False)
class Polled(Generic[V]):
    """The things of one kind that are listened to in this process; made by `polling`.

    Attributes:
        name: what they are, in the plural.
        read: what is known of some of them now, by their keys; `nothing` of those that it leaves out.
        nothing: what is known of what is not there.
        seconds: how often it is asked.
        most: how many may be listened to at a time.
    """

    name: str
    read: Callable[[Sequence[uuid.UUID]], Awaitable[Mapping[uuid.UUID, V]]]
    nothing: V
    seconds: float
    most: int
    _listeners: Counter[uuid.UUID] = field(default_factory=Counter)
    _known: dict[uuid.UUID, V] = field(default_factory=dict)
    _news: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def changes(self, key: uuid.UUID) -> AsyncGenerator[tuple[V, V]]:
        """What was known of a thing and what is, each time that it differs, since this began.

        Raises:
            TooManyWatched: nothing further can be listened to.
        """
        if key not in self._listeners and len(self._listeners) >= self.most:
            raise TooManyWatched(f"Too many {self.name} are listened to here; try again later.")
        return self._follow(key, (await self.read([key])).get(key, self.nothing))

    async def _follow(self, key: uuid.UUID, told: V) -> AsyncGenerator[tuple[V, V]]:
        self._listeners[key] += 1
        try:
            while True:
                async with self._news:
                    await self._news.wait_for(partial(self._differs, key, told))
                before, told = told, self._known[key]
                yield before, told
        finally:
            self._listeners[key] -= 1
            if not self._listeners[key]:
                del self._listeners[key]
                self._known.pop(key, None)

    def _differs(self, key: uuid.UUID, told: V) -> bool:
        return self._known.get(key, told) != told

    async def poll(self) -> None:
        """Ask again and again; it ends when it is cancelled."""
        while True:
            await asyncio.sleep(self.seconds)
            if not self._listeners:
                continue
            try:
                found = await self.read(list(self._listeners))
            except Exception as error:  # noqa: BLE001 - whatever reading fails on, it is tried again
                _log.warning("not read for those who listen", what=self.name, reason=repr(error))
                continue
            self._known = {key: found.get(key, self.nothing) for key in self._listeners}
            async with self._news:
                self._news.notify_all()


@asynccontextmanager
async def polling(polled: Polled[V]) -> AsyncIterator[Polled[V]]:
    """Poll until the block ends."""
    task = asyncio.create_task(polled.poll(), name=polled.name)
    try:
        yield polled
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
