"""How many operations a process executes at once, and what becomes of those beyond that."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from server.http.refusals import Code, Refused


@dataclass(slots=True)
class Gate:
    """Lets so many through at once, and so many wait for a short while; all others are told to come again.

    To be refused at once is better than to wait in a line that is longer than anyone's patience: what is done for those
    who have left is lost for those who have not.

    Attributes:
        most: how many are let through.
        waiting: how many may wait.
        patience: for how many seconds.
        inside: how many are in.
        shed: how many were refused.
    """

    most: int = 128
    waiting: int = 256
    patience: float = 1.0
    inside: int = 0
    shed: int = 0
    _line: deque[asyncio.Future[None]] = field(default_factory=deque)
    _patient: int = 0

    @property
    def in_line(self) -> int:
        """How many wait."""
        return len(self._line)

    async def __aenter__(self) -> None:
        """Go in.

        Raises:
            Refused: 503, when there is no place, nor will be soon.
        """
        if self.inside < self.most:
            self.inside += 1
        else:
            await self._wait()

    async def __aexit__(self, *_ended: object) -> None:
        """Leave."""
        self._leave()

    @asynccontextmanager
    async def patiently(self) -> AsyncGenerator[None]:
        """Go in however long that takes, and leave: for what has limits of its own to how many come, and how long."""
        if self.inside < self.most:
            self.inside += 1
        else:
            self._patient += 1
            try:
                await self._turn(None)
            finally:
                self._patient -= 1
        try:
            yield
        finally:
            self._leave()

    async def _wait(self) -> None:
        if len(self._line) - self._patient >= self.waiting:
            raise self._overloaded()
        try:
            await self._turn(self.patience)
        except TimeoutError:
            raise self._overloaded() from None

    async def _turn(self, limit: float | None) -> None:
        turn = asyncio.get_running_loop().create_future()
        self._line.append(turn)
        try:
            async with asyncio.timeout(limit):
                await turn
        except BaseException:
            if turn.done() and not turn.cancelled():
                self._leave()  # the turn came too late
            else:
                with suppress(ValueError):  # whoever left may have passed over it
                    self._line.remove(turn)
            raise

    def _leave(self) -> None:
        """Hand the place on to the first in line; nobody else takes it meanwhile."""
        while self._line:
            turn = self._line.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self.inside -= 1

    def _overloaded(self) -> Refused:
        self.shed += 1
        message = "This process has more to do than it can; try again."
        return Refused(503, Code.SERVER_OVERLOADED, message, headers={"Retry-After": "1"})
