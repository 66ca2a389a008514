"""Places for those who stay: sockets and event streams, so many a process, and all told to leave when it stops."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from server.http.refusals import Code, Refused

Leave = Callable[[], None]
"""Tells one who stays to leave as soon as it can."""


@dataclass(slots=True)
class Places:
    """The places of a process.

    Attributes:
        most: how many there are.
        closed: whether the process is stopping, so that there are none any more.
    """

    most: int
    closed: bool = False
    _taken: set[Leave] = field(default_factory=set)

    @property
    def taken(self) -> int:
        """How many stay."""
        return len(self._taken)

    @contextmanager
    def take(self, leave: Leave) -> Iterator[None]:
        """Take a place for as long as the block lasts.

        Raises:
            Refused: 503, when there is none.
        """
        if self.closed or len(self._taken) >= self.most:
            message = "This process is stopping: connect again." if self.closed else "Too many stay connected here."
            raise Refused(503, Code.TOO_MANY_CONNECTIONS, message, headers={"Retry-After": "2"})
        self._taken.add(leave)
        try:
            yield
        finally:
            self._taken.discard(leave)

    def close(self) -> None:
        """Tell everyone to leave, and let nobody in again."""
        self.closed = True
        for leave in list(self._taken):
            leave()
