"""The trial provider's webhooks on their way: signed, and sent to this application as anybody sends them.

They go through the whole application, from its middleware to the route, without a network in between: the process need
not know by which address it is reached.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final

import httpx
import orjson
import structlog
from starlette.types import ASGIApp

from auth.signatures import sign
from db import trial_payments
from db.contention import transact
from db.database import Database
from db.failures import is_unavailable
from db.trial_payments import Due
from integrations.payments.port import TRIAL

LOOK_SECONDS: Final = 0.5
"""How often it is looked for webhooks to send."""

AGAIN_AFTER: Final = dt.timedelta(seconds=15)
MOST_ATTEMPTS: Final = 20

_AT_ONCE: Final = 20
_LIMIT: Final = 20.0

_log = structlog.get_logger(__name__)


@asynccontextmanager
async def telling(database: Database, app: ASGIApp, key: bytes, host: str) -> AsyncIterator[None]:
    """Send what is due until the block ends.

    Args:
        database: where the trial provider keeps it.
        app: that has the route.
        key: to sign with.
        host: a name that the application answers to.
    """
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=f"http://{host}", timeout=_LIMIT) as client:
        task = asyncio.create_task(_tell_on(database, client, key), name="trial webhooks")
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


async def _tell_on(database: Database, client: httpx.AsyncClient, key: bytes) -> None:
    is_told = False
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        try:
            await tell(database, client, key)
        except Exception as error:  # noqa: BLE001 - whatever it is, webhooks are sent on
            if not is_told:
                _log.warning("trial webhooks not sent", reason=repr(error), exc_info=not is_unavailable(error))
            is_told = True
        else:
            is_told = False


async def tell(database: Database, client: httpx.AsyncClient, key: bytes) -> int:
    """Send what is due, once each; how many were received."""
    due = await transact(
        database,
        lambda transaction: trial_payments.take_due(transaction, at_most=_AT_ONCE, again_after=AGAIN_AFTER),
        patience=1.0,
    )
    received = 0
    for event in due:
        is_received = await _send(client, key, event)
        received += is_received
        if is_received or event.attempts >= MOST_ATTEMPTS:
            number = event.number
            async with database.write() as transaction:
                await trial_payments.forget_event(transaction, number)
    return received


async def _send(client: httpx.AsyncClient, key: bytes, event: Due) -> bool:
    body = orjson.dumps(event.payload)
    head = {"Content-Type": "application/json", **sign(key, event.event_id, body, time.time())}
    try:
        answer = await client.post(f"/webhooks/{TRIAL}", content=body, headers=head)
    except httpx.HTTPError:
        return False
    return answer.is_success
