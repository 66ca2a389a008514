"""The tables of the payment provider that is built in for trying things out: its own state, apart from everything."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import BigInteger, Identity, Index, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base


class TrialIntent(Base):
    """What somebody is to pay, as the trial provider knows it; one for each payment."""

    __tablename__ = "trial_intents"

    reference: Mapped[str] = mapped_column(primary_key=True)
    payment_id: Mapped[uuid.UUID]
    client_secret: Mapped[str]
    amount: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str]
    state: Mapped[str] = mapped_column(server_default=text("'OPEN'"))
    received_amount: Mapped[int | None] = mapped_column(BigInteger)
    received_currency: Mapped[str | None]
    metadata_: Mapped[dict[str, Any]] = mapped_column("metadata", server_default=text("'{}'::jsonb"))
    created_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())

    __table_args__ = (
        UniqueConstraint("payment_id"),
        UniqueConstraint("client_secret"),
    )


class TrialRefund(Base):
    """Money that the trial provider gave back; one for each key."""

    __tablename__ = "trial_refunds"

    key: Mapped[str] = mapped_column(primary_key=True)
    reference: Mapped[str]
    refund_id: Mapped[uuid.UUID]
    intent_reference: Mapped[str]
    amount: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = (
        UniqueConstraint("reference"),
        Index("ix_trial_refunds_intent_reference", "intent_reference"),
    )


class TrialEvent(Base):
    """A webhook that the trial provider has still to send; it is gone once it was received."""

    __tablename__ = "trial_events"

    number: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    event_id: Mapped[str]
    payload: Mapped[dict[str, Any]]
    due_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    attempts: Mapped[int] = mapped_column(server_default=text("0"))

    __table_args__ = (Index("ix_trial_events_due_at", "due_at"),)
