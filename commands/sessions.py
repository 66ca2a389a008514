"""Sessions of administrators' pages: that one begins and ends stands in the audit log."""

from __future__ import annotations

import datetime as dt
from typing import Final

from commands.revoking import revoke_token
from db.audit import record
from db.contention import transact
from db.database import Database
from db.revocations import Mirror
from domain.audit import Action, Actor

PATIENCE: Final = 3.0
"""Seconds to wait for others."""


async def begin_session(database: Database, session_id: str, actor: Actor) -> None:
    """Note that somebody has come in.

    Args:
        database: migrated.
        session_id: of the session.
        actor: whose it is.
    """
    action = Action("begin session", session_id, "logged in to the administrators' pages", actor)
    now = dt.datetime.now(dt.UTC)
    await transact(database, lambda connection: record(connection, action, at=now), patience=PATIENCE)


async def end_session(
    database: Database, mirror: Mirror, session_id: str, *, expires_at: dt.datetime, actor: Actor
) -> None:
    """Make a session worth nothing, in every process within a second.

    Args:
        database: migrated.
        mirror: told at once.
        session_id: of the session.
        expires_at: when it would end by itself.
        actor: whose it is.
    """
    reason = "logged out of the administrators' pages"
    await revoke_token(database, mirror, session_id, expires_at=expires_at, actor=actor, reason=reason)
