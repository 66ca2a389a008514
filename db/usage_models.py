"""The table of who called what how often."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base


class OperationUsage(Base):
    """What was called within an hour, by client, release and operation.

    Names rather than keys: what was called stays known when the release is collected. Empty ones stand for callers
    without a key, and for documents that no release has.
    """

    __tablename__ = "operation_usage"

    client: Mapped[str] = mapped_column(primary_key=True)
    release: Mapped[str] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(primary_key=True)
    by_release: Mapped[bool] = mapped_column(primary_key=True)
    hour: Mapped[dt.datetime] = mapped_column(primary_key=True)
    calls: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    errors: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    refused: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    cost: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    deprecated: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    durations: Mapped[dict[str, Any]]
    last_seen: Mapped[dt.datetime]

    __table_args__ = (
        CheckConstraint("extract(epoch FROM hour) % 3600 = 0", name="hour_is_whole"),
        CheckConstraint(
            "calls >= 0 AND errors >= 0 AND refused >= 0 AND cost >= 0 AND deprecated >= 0", name="counts_not_negative"
        ),
        CheckConstraint("jsonb_typeof(durations) = 'object'", name="durations_is_object"),
        Index("ix_operation_usage_hour", "hour"),
    )
