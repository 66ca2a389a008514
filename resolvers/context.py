"""What every batch resolver is handed: the request, as far as reading is concerned."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from auth.viewer import ANONYMOUS, Viewer
from db.database import Database
from execution.batching import Batches


@dataclass(slots=True, eq=False)
class Context:
    """One operation's surroundings.

    `now` is the one clock of the operation, so that all its answers speak of the same moment. `cursor_secret` signs
    cursors. No connection lives here: sibling fields run at the same time, and each borrows its own. `uses` says which
    columns the operation takes from rows of which type; a type it does not name is taken whole.
    """

    database: Database
    cursor_secret: bytes
    now: dt.datetime
    viewer: Viewer = ANONYMOUS
    uses: Mapping[str, frozenset[str] | None] = field(default_factory=dict)
    batches: Batches[Context] = field(init=False)

    def __post_init__(self) -> None:
        self.batches = Batches(self)
