"""What the database knows of a token's subject: their row's key, and for whom they work."""

from __future__ import annotations

import dataclasses
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from auth.viewer import Membership, OrgRole, Viewer
from db.database import Database
from db.statements.callers import OF_SUBJECT

SECONDS: Final = 1.0
"""How long what was read is believed: so long may somebody act for whom they no longer work."""

_MOST: Final = 10_000
"""Subjects that are remembered at a time."""


@dataclass(frozen=True, slots=True)
class _Known:
    customer_id: uuid.UUID | None
    memberships: frozenset[Membership]
    until: float


@dataclass(slots=True)
class People:
    """Completes viewers by what the database knows of them, and remembers it for a second.

    Attributes:
        database: where it is.
        clock: seconds that never go back.
    """

    database: Database
    clock: Callable[[], float] = time.monotonic
    _known: dict[str, _Known] = field(default_factory=dict)

    async def complete(self, viewer: Viewer) -> Viewer:
        """The viewer, with the key of their row and their memberships.

        Raises:
            OSError, TimeoutError, …: the database is away (`db.failures`).
        """
        assert viewer.subject is not None, "a viewer with a token"
        known = self._known.get(viewer.subject)
        if known is None or known.until < self.clock():
            known = await self._ask(viewer.subject)
        if known.customer_id is None:
            return viewer
        return dataclasses.replace(viewer, customer_id=known.customer_id, memberships=known.memberships)

    async def _ask(self, subject: str) -> _Known:
        # From before the question on: what is written while it is answered is seen a second later at the latest.
        until = self.clock() + SECONDS
        rows = await self.database.fetch(OF_SUBJECT, {"subject": subject})
        known = _Known(
            rows[0]["customer_id"] if rows else None,
            frozenset(Membership(row["organisation_id"], OrgRole(row["role"])) for row in rows if row["role"]),
            until,
        )
        if len(self._known) >= _MOST:
            self._known.clear()
        self._known[subject] = known
        return known
