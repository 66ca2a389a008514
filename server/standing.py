"""How the whole installation stands, for whoever watches it: asked of the database no more often than is of use.

Whoever scrapes has it looked up, if it was not a moment ago; who does not, costs nothing. A database that does not
answer leaves it out, and keeps nobody waiting.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import Final

import structlog

from db import outbox
from db.database import Database
from db.outbox import Backlog
from db.under_way import UnderWay, under_way

FRESH_SECONDS: Final = 10.0
"""For how long what was found is told again."""

_LIMIT_SECONDS: Final = 2.0

_log = structlog.get_logger(__name__)


@dataclass(slots=True, eq=False)
class Standing:
    """How things stand.

    Attributes:
        database: where it is looked up.
        backlog: of the outbox; None where it is not known.
        under_way: of selling; None where it is not known.
    """

    database: Database
    backlog: Backlog | None = None
    under_way: UnderWay | None = None
    _until: float = 0.0
    _looking: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def look(self) -> None:
        """Look it up, unless that was done a moment ago."""
        async with self._looking:
            if time.monotonic() < self._until:
                return
            try:
                async with asyncio.timeout(_LIMIT_SECONDS), self.database.write(sells=True) as transaction:
                    self.backlog = await outbox.backlog(transaction)
                    self.under_way = await under_way(transaction)
            except Exception as error:  # noqa: BLE001 - whatever it is, all other numbers can be told
                _log.warning("standing not known", reason=type(error).__name__)
                self.backlog = self.under_way = None
            self._until = time.monotonic() + FRESH_SECONDS
