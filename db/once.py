"""An effect that happens once, however often it is asked for: by a key that whoever asks has chosen.

The key is written in the transaction of the effect, with what it came to. So a repeat finds either both or neither; one
that comes while the first is under way is told so, and waits for nothing. What was answered is written before it is
first sent (`answered`), so that every repeat gets the same bytes.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Final

from db import idempotency
from db.contention import Transaction
from db.database import Database
from domain.errors import Refusal

KEPT: Final = dt.timedelta(hours=48)
"""For how long a key is known; at least a day is promised."""

IN_FLIGHT: Final = "The same request, by its idempotency key, is under way; try again in a moment."


class InFlight(Refusal):
    """The same key is being worked on right now."""

    code = "IDEMPOTENCY_IN_FLIGHT"


class Mismatch(Refusal):
    """The key was used for something else."""

    code = "IDEMPOTENCY_MISMATCH"


@dataclass(slots=True, eq=False)
class Once:
    """A request that is to have its effect once.

    Attributes:
        principal: who asks: keys of others are others' keys.
        key: what they call the request.
        operation: the mutation that it is for.
        request_sha256: of all that decides what is done.
        now: when it is asked.
        refusal: why nothing may be done; None where it may.
        answer: what was answered before; None where nothing was yet.
        is_recorded: whether the effect has happened, now or before.
    """

    principal: str
    key: str
    operation: str
    request_sha256: str
    now: dt.datetime
    refusal: Refusal | None = None
    answer: bytes | None = None
    is_recorded: bool = field(default=False)

    async def before(self, connection: Transaction) -> idempotency.Outcome:
        """What the effect came to, if it has happened; begin with this, in its transaction.

        Raises:
            InFlight: another request with the key is under way.
            Mismatch: the key was used for another request.
        """
        self.is_recorded = False
        found = await idempotency.find(connection, self.principal, self.key)
        if found is None:
            self.refusal = InFlight(IN_FLIGHT)
            raise self.refusal
        if not found.is_there:
            return None
        if found.request_sha256 != self.request_sha256:
            self.refusal = Mismatch(
                "This idempotency key was used for another request; use a new key, or send the same request again."
            )
            raise self.refusal
        self.answer, self.is_recorded = found.response, True
        return found.outcome

    async def record(self, connection: Transaction, outcome: idempotency.Outcome) -> None:
        """Write down that the effect happens, in its transaction."""
        await idempotency.add(
            connection,
            self.principal,
            self.key,
            self.operation,
            self.request_sha256,
            outcome,
            now=self.now,
            expires_at=self.now + KEPT,
        )
        self.is_recorded = True

    async def answered(self, database: Database, response: bytes) -> bytes:
        """What is to be answered: `response`, unless something was before. Call it before sending anything.

        Raises:
            InFlight: another request with the key has had an effect just now, and is not answered yet.
            Mismatch: the key was used for another request.
        """
        async with database.write(sells=True) as connection:
            if self.is_recorded:
                return await idempotency.set_response(connection, self.principal, self.key, response)
            # Nothing was done, and that is the answer.
            is_first = await idempotency.add(
                connection,
                self.principal,
                self.key,
                self.operation,
                self.request_sha256,
                None,
                now=self.now,
                expires_at=self.now + KEPT,
                response=response,
            )
            if is_first:
                return response
            await self.before(connection)
        if self.answer is None:
            raise InFlight(IN_FLIGHT)
        return self.answer


async def prune_keys(connection: Transaction, *, now: dt.datetime) -> int:
    """Forget keys whose time is over; how many. A backlog takes several turns."""
    return await idempotency.remove_expired(connection, now, at_most=50_000)
