"""Places for those who stay: sockets and event streams, so many a process, and all told to leave when it stops.

One network address may take some of them and not all: the others are for everybody else.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from server.charging import network_of
from server.http.refusals import Code, Refused

Leave = Callable[[], None]
"""Tells one who stays to leave as soon as it can."""


@dataclass(slots=True)
class Places:
    """The places of a process.

    Attributes:
        most: how many there are.
        most_of_one: how many one network address may take.
        closed: whether the process is stopping, so that there are none any more.
    """

    most: int
    most_of_one: int = sys.maxsize
    closed: bool = False
    _taken: set[Leave] = field(default_factory=set)
    _of_address: Counter[str] = field(default_factory=Counter)

    @property
    def taken(self) -> int:
        """How many stay."""
        return len(self._taken)

    @contextmanager
    def take(self, leave: Leave, address: str | None = None) -> Iterator[None]:
        """Take a place for as long as the block lasts.

        Args:
            leave: tells who takes it to leave.
            address: from where on the network; None where that is not known.

        Raises:
            Refused: 503, when there is none; 429, when the address has as many as it may.
        """
        network = network_of(address)
        if self.closed or len(self._taken) >= self.most:
            message = "This process is stopping: connect again." if self.closed else "Too many stay connected here."
            raise Refused(503, Code.TOO_MANY_CONNECTIONS, message, headers={"Retry-After": "2"})
        if self._of_address[network] >= self.most_of_one:
            message = f"This network address has {self.most_of_one} connections that stay, and may have no more."
            raise Refused(429, Code.TOO_MANY_CONNECTIONS, message, headers={"Retry-After": "2"})
        self._taken.add(leave)
        self._of_address[network] += 1
        try:
            yield
        finally:
            self._taken.discard(leave)
            self._of_address[network] -= 1
            if not self._of_address[network]:
                del self._of_address[network]

    def close(self) -> None:
        """Tell everyone to leave, and let nobody in again."""
        self.closed = True
        for leave in list(self._taken):
            leave()
