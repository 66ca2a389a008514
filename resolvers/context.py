"""What every batch resolver is handed: the request, as far as reading is concerned."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar

from auth.check_in_codes import NO_KEYS, CheckInKeys
from auth.reach import reach_of
from auth.tokens import Token
from auth.viewer import ANONYMOUS, Viewer
from db.database import Database
from db.deployment import Within
from db.once import Once
from db.rows import Row
from db.statement import Statement
from db.visibility import Reach, Sight
from domain.audit import ANYONE, Actor
from domain.flags import Subject
from domain.sales import Terms
from execution.batching import Batches
from integrations.feature_flags import Evaluations, Flags
from integrations.payments.port import NO_PAYMENTS, Payments

if TYPE_CHECKING:
    from resolvers.watching import Watch  # which reads with contexts of its own

R = TypeVar("R", bound=Row)


UNFOLLOWED: Final = Flags()
"""Flags as they are where nobody says anything."""


def _revokes_none(_token: Token) -> bool:
    return False


Touching = Callable[[Sequence[R]], Mapping[str, Iterable[str]]]
"""From the rows of a statement, what an answer with them is a part of: tags (`domain.changes`), by table."""


@dataclass(slots=True, eq=False)
class Touched:
    """What the answer to an operation is a part of: a change of any of it may change the answer.

    `is_known` is False once something was read of whose changes nobody is told.
    """

    tags: set[str] = field(default_factory=set)
    is_known: bool = True

    def add(self, statement: Statement[R], rows: Sequence[R], touching: Touching[R] | None) -> None:
        """Note what a statement gave: of each table that it reads, what is said to be touched; else all of it."""
        if statement.subjects is None:
            self.is_known = False
            return
        said = {} if touching is None else touching(rows)
        for subject in statement.subjects:
            self.tags.update(said.get(subject, (subject,)))


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
    columns the operation takes from rows of which type; a type it does not name is taken whole. `sight` says which kind
    of statement reads for the viewer, and `fetch` tells statements how far the viewer sees. `touched` is where it is
    noted what the answer is a part of; None where nobody wants to know. `rate_limit` is None where nothing is charged.
    `spent` is what the operation has come to so far, and None where nobody counts. `watch` is what subscriptions listen
    to; None where there are none. `actor` is who acts, as the audit log names them. `flags` says what is on for whoever
    asks. `within` is what the deployment shows; None for everything. `terms` are those on which is sold. `once` is by
    what a repeat of a mutation is known. `keys` sign codes for the door; without any, one made from the same secret
    does. `payments` is whom to pay by. `revokes` says which tokens are void.
    """

    database: Database
    cursor_secret: bytes
    now: dt.datetime
    viewer: Viewer = ANONYMOUS
    uses: Mapping[str, frozenset[str] | None] = field(default_factory=dict)
    touched: Touched | None = None
    rate_limit: RateLimitStatus | None = None
    spent: int | None = None
    watch: Watch | None = None
    actor: Actor = ANYONE
    terms: Terms = field(default_factory=Terms)
    keys: CheckInKeys = NO_KEYS
    once: Once | None = None
    payments: Payments = NO_PAYMENTS
    flags: Evaluations = field(default_factory=lambda: UNFOLLOWED.of(Subject()))
    within: Within | None = None
    revokes: Callable[[Token], bool] = _revokes_none
    batches: Batches[Context] = field(init=False)
    sight: Sight = field(init=False)
    _reach: Reach = field(init=False)

    def __post_init__(self) -> None:
        self.keys = self.keys if self.keys.keys else CheckInKeys.of([self.cursor_secret])
        self.batches = Batches(self)
        self._reach = reach_of(self.viewer, self.within)
        self.sight = self._reach.sight

    def admit(self, registration_id: uuid.UUID) -> None:
        """From now on, let the operation see a registration that it made, or whose guest token it was sent."""
        self._reach = replace(self._reach, registrations=(*self._reach.registrations, registration_id))

    async def fetch(
        self, statement: Statement[R], values: Mapping[str, Any], touching: Touching[R] | None = None
    ) -> list[R]:
        """Run a statement for the viewer: the one way in which resolvers read.

        Args:
            statement: what to run.
            values: its parameters.
            touching: says of some of the tables that the statement reads which rows, or whose, the answer depends on;
                without it, and for all others, any change of the table counts.

        Raises:
            asyncpg.PostgresError: the database refused.
            TimeoutError: it took too long, or no connection came free in time.
        """
        if statement.sight is not Sight.PUBLIC:
            values = {**self._reach.values, **values}
        rows = await self.database.fetch(statement, values)
        if self.touched is not None:
            self.touched.add(statement, rows, touching)
        return rows
