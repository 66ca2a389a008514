"""A webhook's effect, once: in the transaction that writes the id of its delivery."""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from db import webhooks
from db.contention import Transaction, transact
from db.database import Database
from domain.errors import Refusal

PATIENCE: Final = 5.0
"""Seconds for which an effect is begun again when other transactions stand in its way; then the sender tries again."""

_REMOVED_AT_ONCE: Final = 50_000


class InProgress(Refusal):
    """The same is under way already; it is not started a second time."""

    code = "IN_PROGRESS"


@dataclass(frozen=True, slots=True)
class Delivery:
    """A webhook whose source is certain.

    Attributes:
        source: by its name in the settings.
        delivery_id: names the delivery among those of the source.
        type: what has happened, in the source's words, such as `payment_intent.succeeded`.
        payload: the whole body.
    """

    source: str
    delivery_id: str
    type: str
    payload: Mapping[str, Any]


Result = Mapping[str, Any]
"""What an effect came to, as JSON has it: figures and states, no personal data. It is kept, and told to the sender."""

Effect = Callable[[Transaction, Delivery], Awaitable[Result]]
"""What a webhook does. All of it happens in the transaction: what it raises undoes it, and the sender tries again."""


@dataclass(frozen=True, slots=True)
class Received:
    """What became of a delivery; `is_new` is False where it was here before, and nothing was done."""

    is_new: bool
    result: Result


async def receive(database: Database, delivery: Delivery, effect: Effect) -> Received:
    """Let a webhook have its effect, unless it had it before.

    The primary key of the deliveries decides, in the effect's own transaction: nothing can come between the look and
    the deed, and a delivery whose effect fails has not been here.

    Raises:
        InProgress: the same delivery is being handled.
        InUse: others kept what was to be written.
        Refusal: what the effect refuses.
    """

    async def work(transaction: Transaction) -> Received:
        # Does not wait as the key alone would: copies of a delivery cannot fill the pool of connections.
        name = f"{delivery.source} {delivery.delivery_id}"
        if not await webhooks.try_turn(transaction, webhooks.DELIVERY, name):
            raise InProgress("This delivery is being handled; try again later.")
        if not await webhooks.add_delivery(transaction, delivery.source, delivery.delivery_id, delivery.type):
            return Received(False, await webhooks.result_of(transaction, delivery.source, delivery.delivery_id))
        result = await effect(transaction, delivery)
        if result:
            await webhooks.set_result(transaction, delivery.source, delivery.delivery_id, result)
        return Received(True, result)

    return await transact(database, work, patience=PATIENCE)


async def prune_deliveries(transaction: Transaction, *, older_than: dt.timedelta) -> int:
    """Forget deliveries that no sender repeats any more; how many. A backlog takes several turns."""
    return await webhooks.remove_deliveries(transaction, older_than=older_than, at_most=_REMOVED_AT_ONCE)
