"""The table of webhooks that were received."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import CheckConstraint, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column

from db import checks
from db.base import Base


class WebhookDelivery(Base):
    """A webhook that had its effect, written in the transaction of that effect: a second one with its id has none.

    `result` is what the effect came to, in figures. Rows are removed once no sender delivers them again.
    """

    __tablename__ = "webhook_deliveries"

    source: Mapped[str] = mapped_column(primary_key=True)
    delivery_id: Mapped[str] = mapped_column(primary_key=True)
    type: Mapped[str]
    received_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    result: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))

    __table_args__ = (
        checks.label("source"),
        CheckConstraint("delivery_id <> '' AND char_length(delivery_id) <= 255", name="delivery_id_well_formed"),
        checks.label("type"),
        CheckConstraint("jsonb_typeof(result) = 'object'", name="result_is_object"),
        Index("ix_webhook_deliveries_received_at", "received_at"),
    )
