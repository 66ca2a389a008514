"""The tables of what is done once and told at least once: idempotency keys, and the outbox."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column

from db import checks
from db.base import Base


class IdempotencyKey(Base):
    """A request that had its effect, written in the transaction of that effect: a repeat has none.

    `outcome` is what the effect came to, by which its answer can be made; `response` is the answer, written before it
    is first sent.
    """

    __tablename__ = "idempotency_keys"

    principal: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    operation: Mapped[str]
    request_sha256: Mapped[str]
    outcome: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    response: Mapped[bytes | None]
    created_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[dt.datetime]

    __table_args__ = (
        checks.subject("principal"),
        checks.subject("key"),
        checks.label("operation"),
        checks.sha256("request_sha256"),
        checks.metadata("outcome"),
        CheckConstraint("expires_at >= created_at + interval '24 hours'", name="kept_for_a_day"),
        Index("ix_idempotency_keys_expires_at", "expires_at"),
    )


class OutboxEntry(Base):
    """A fact, written in the transaction that made it true, to be told at least once.

    Those of one registration are written while its row is locked, so that `sequence` is their order.
    """

    __tablename__ = "outbox"

    sequence: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    registration_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("registrations.registration_id"))
    topic: Mapped[str]
    payload: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    created_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    attempts: Mapped[int] = mapped_column(server_default=text("0"))
    next_attempt_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    delivered_at: Mapped[dt.datetime | None]
    dead_at: Mapped[dt.datetime | None]
    last_error: Mapped[str | None]

    __table_args__ = (
        checks.label("topic"),
        checks.metadata("payload"),
        *checks.not_negative("attempts"),
        CheckConstraint("num_nonnulls(delivered_at, dead_at) <= 1", name="delivered_or_dead"),
        checks.notes("last_error"),
        # What is still to be told: in order, and for each registration.
        Index(
            "ix_outbox_pending",
            "next_attempt_at",
            "sequence",
            postgresql_where=text("delivered_at IS NULL AND dead_at IS NULL"),
        ),
        Index(
            "ix_outbox_registration_id", "registration_id", "sequence", postgresql_where=text("delivered_at IS NULL")
        ),
        Index("ix_outbox_delivered_at", "delivered_at", postgresql_where=text("delivered_at IS NOT NULL")),
    )
