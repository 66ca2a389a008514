"""The table of codes that were shown at doors."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import ForeignKey, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column

from db import checks
from db.base import Base


class CheckIn(Base):
    """A good code that was shown at the door of its event: one row for each time, whenever it was told.

    `at` is the door's time, `recorded_at` this server's. The earliest `at` of an attendee is the one that counts; the
    attendee has it too.
    """

    __tablename__ = "check_ins"

    check_in_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    attendee_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("attendees.attendee_id"))
    at: Mapped[dt.datetime]
    place: Mapped[str | None]
    recorded_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    customer_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("customers.customer_id"))

    __table_args__ = (
        checks.label("place"),
        *checks.moments("at"),
        # Told twice, it is one.
        Index("uq_check_ins_attendee_at_place", "attendee_id", "at", text("COALESCE(place, ''::text)"), unique=True),
    )
