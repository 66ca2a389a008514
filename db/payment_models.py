"""The tables of money: payments and refunds, as the providers told of them."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from db import checks
from db.base import Base
from domain.sales import PaymentState, RefundState

UNDER_WAY = text("state = ANY (ARRAY['PENDING'::text, 'AUTHORIZED'::text])")


class Payment(Base):
    """An attempt to pay a registration; `provider_reference` is the provider's own name for it, such as an intent's id.

    `client_secret` lets the payer's browser speak with the provider about it, and nobody else.
    """

    __tablename__ = "payments"

    payment_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    registration_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("registrations.registration_id"))
    provider: Mapped[str]
    provider_reference: Mapped[str | None]
    client_secret: Mapped[str | None]
    state: Mapped[str] = mapped_column(server_default=text("'PENDING'"))
    amount: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str]
    refunded_amount: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    failure_code: Mapped[str | None]
    metadata_: Mapped[dict[str, Any] | None] = mapped_column("metadata")
    processed_at: Mapped[dt.datetime | None]
    created_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    version: Mapped[int] = mapped_column(server_default=text("1"))

    __table_args__ = (
        checks.label("provider"),
        checks.subject("provider_reference"),
        checks.heading("client_secret"),
        checks.one_of("state", (state.value for state in PaymentState)),
        checks.not_below("amount", 1),
        checks.currency(),
        CheckConstraint("refunded_amount BETWEEN 0 AND amount", name="never_refunded_beyond"),
        checks.label("failure_code"),
        checks.metadata(),
        checks.version(),
        UniqueConstraint("provider", "provider_reference"),
        Index("ix_payments_registration_id", "registration_id", "payment_id"),
        # One is under way at a time: whoever starts another gets this one, or has it cancelled first.
        Index(
            "uq_payments_under_way",
            "registration_id",
            unique=True,
            postgresql_where=UNDER_WAY,
        ),
        # What is asked for at the provider when no webhook came.
        Index(
            "ix_payments_under_way",
            "updated_at",
            "payment_id",
            postgresql_where=UNDER_WAY,
        ),
    )


class Refund(Base):
    """Money that goes back; its key is what keeps a provider from paying it back twice."""

    __tablename__ = "refunds"

    refund_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    payment_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("payments.payment_id"))
    provider_reference: Mapped[str | None]
    state: Mapped[str] = mapped_column(server_default=text("'PENDING'"))
    amount: Mapped[int] = mapped_column(BigInteger)
    reason: Mapped[str | None]
    failure_code: Mapped[str | None]
    created_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())

    __table_args__ = (
        checks.subject("provider_reference"),
        checks.one_of("state", (state.value for state in RefundState)),
        checks.not_below("amount", 1),
        checks.heading("reason"),
        checks.label("failure_code"),
        UniqueConstraint("payment_id", "provider_reference"),
        Index("ix_refunds_pending", "updated_at", "refund_id", postgresql_where=text("state = 'PENDING'::text")),
    )
