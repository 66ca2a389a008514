"""What every batch resolver is handed: the request, as far as reading is concerned."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from auth.viewer import ANONYMOUS, Viewer
from db.database import Database
from execution.batching import Batches


class RateLimitStatus(NamedTuple):
    """Where the caller stands: what its bucket holds at most, what this operation costs, what is left, and more."""

    limit: int
    cost: int
    remaining: int
    reset_at: dt.datetime
    node_count: int


@dataclass(slots=True, eq=False)
class Context:
    """One operation's surroundings.

    `now` is the one clock of the operation, so that all its answers speak of the same moment. `cursor_secret` signs
    cursors. No connection lives here: sibling fields run at the same time, and each borrows its own. `uses` says which
    columns the operation takes from rows of which type; a type it does not name is taken whole. `rate_limit` is None
    where nothing is charged. `spent` is what the operation has come to so far, and None where nobody counts.
    """

    database: Database
    cursor_secret: bytes
    now: dt.datetime
    viewer: Viewer = ANONYMOUS
    uses: Mapping[str, frozenset[str] | None] = field(default_factory=dict)
    rate_limit: RateLimitStatus | None = None
    spent: int | None = None
    batches: Batches[Context] = field(init=False)

    def __post_init__(self) -> None:
        self.batches = Batches(self)
