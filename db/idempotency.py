"""Keys of requests that had their effect, within a transaction of selling."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from dataclasses import dataclass
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

_FIND: Final = text("""
    SELECT pg_try_advisory_xact_lock(hashtextextended(:principal || ' ' || :key, 0)) AS is_mine,
        request_sha256, response, outcome->>'key' AS key, outcome->>'id' AS id
    FROM (VALUES (1)) AS one LEFT JOIN idempotency_keys ON principal = :principal AND key = :key
""")
_ADD: Final = text("""
    INSERT INTO idempotency_keys
        (principal, key, operation, request_sha256, outcome, response, created_at, expires_at)
    VALUES (:principal, :key, :operation, :request_sha256, CAST(:outcome AS jsonb), :response, :now, :expires_at)
    ON CONFLICT (principal, key) DO NOTHING
""")
_SET_RESPONSE: Final = text("""
    UPDATE idempotency_keys SET response = coalesce(response, :response)
    WHERE principal = :principal AND key = :key RETURNING response
""")
_REMOVE: Final = text("""
    DELETE FROM idempotency_keys WHERE (principal, key) IN (
        SELECT principal, key FROM idempotency_keys WHERE expires_at < :now
        ORDER BY expires_at LIMIT :most FOR UPDATE SKIP LOCKED
    )
""")


Outcome = uuid.UUID | str | None
"""What an effect came to: the key, or the global id, of what it made or changed."""


@dataclass(frozen=True, slots=True)
class Found:
    """What is known of a key: nothing (`is_there` is False), or the request that it was used for."""

    is_there: bool
    request_sha256: str | None
    outcome: Outcome
    response: bytes | None


async def find(connection: AsyncConnection, principal: str, key: str) -> Found | None:
    """What is known of a key, which this transaction alone may then use; None where another one is at it."""
    row = (await connection.execute(_FIND, {"principal": principal, "key": key})).one()
    if not row.is_mine:
        return None
    outcome = row.id if row.key is None else uuid.UUID(row.key)
    return Found(row.request_sha256 is not None, row.request_sha256, outcome, row.response)


async def add(
    connection: AsyncConnection,
    principal: str,
    key: str,
    operation: str,
    request_sha256: str,
    outcome: Outcome,
    *,
    now: dt.datetime,
    expires_at: dt.datetime,
    response: bytes | None = None,
) -> bool:
    """Write down what a key was used for; whether it was not there."""
    values = {
        "principal": principal,
        "key": key,
        "operation": operation,
        "request_sha256": request_sha256,
        "outcome": _written(outcome),
        "now": now,
        "expires_at": expires_at,
        "response": response,
    }
    return (await connection.execute(_ADD, values)).rowcount > 0


def _written(outcome: Outcome) -> str:
    if outcome is None:
        return "{}"
    return json.dumps({"id": outcome} if isinstance(outcome, str) else {"key": str(outcome)})


async def set_response(connection: AsyncConnection, principal: str, key: str, response: bytes) -> bytes:
    """The answer that is kept for a key: this one, if there was none."""
    values = {"principal": principal, "key": key, "response": response}
    kept: bytes = (await connection.execute(_SET_RESPONSE, values)).scalar_one()
    return kept


async def remove_expired(connection: AsyncConnection, now: dt.datetime, *, at_most: int) -> int:
    """Remove keys whose time is over, oldest first; how many."""
    return (await connection.execute(_REMOVE, {"now": now, "most": at_most})).rowcount
