"""Writing the audit log, within the transaction of what it tells."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from db.base import Base
from db.identity_models import AuditEntry
from domain.audit import Action


async def record(connection: AsyncConnection, action: Action, *, at: dt.datetime) -> None:
    """Write an entry."""
    await connection.execute(
        insert(Base.metadata.tables[AuditEntry.__tablename__]),
        {
            "at": at,
            "action": action.name,
            "actor": action.actor.name,
            "actor_role": action.actor.role,
            "client_id": action.actor.client_id,
            "request_id": action.actor.request_id,
            "subject": action.subject,
            "reason": action.reason,
            "details": dict(action.details),
        },
    )
