"""The server's clock, told again and again."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from typing import Final

from domain.errors import InvalidArgument
from resolvers.context import Context

LONGEST_SECONDS: Final = 60
"""The longest pause that may be asked for."""


async def clock(_context: Context, *, every: int) -> AsyncIterator[dt.datetime]:
    """The time now, and again whenever so many seconds have passed.

    Raises:
        InvalidArgument: the pause is out of range.
    """
    if not 1 <= every <= LONGEST_SECONDS:
        raise InvalidArgument(f"`every` is {every}; from 1 to {LONGEST_SECONDS} seconds may lie between two ticks.")
    return _ticks(every)


async def _ticks(every: int) -> AsyncIterator[dt.datetime]:
    loop = asyncio.get_running_loop()
    due = loop.time()
    while True:
        yield dt.datetime.now(dt.UTC)
        # Counted from the first tick, so that a reader who is slow now and then does not set the clock back.
        due = max(due + every, loop.time())
        await asyncio.sleep(due - loop.time())
