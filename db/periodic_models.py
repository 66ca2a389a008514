"""The table of what is done every so often."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import func, text
from sqlalchemy.orm import Mapped, mapped_column

from db import checks
from db.base import Base


class PeriodicJob(Base):
    """When a job is due, and who is at it: one process of any number, while `running_until` lies ahead."""

    __tablename__ = "periodic_jobs"

    name: Mapped[str] = mapped_column(primary_key=True)
    due_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    running_until: Mapped[dt.datetime | None]
    started_at: Mapped[dt.datetime | None]
    finished_at: Mapped[dt.datetime | None]
    figures: Mapped[dict[str, Any] | None]
    failures: Mapped[int] = mapped_column(server_default=text("0"))
    last_error: Mapped[str | None]

    __table_args__ = (
        checks.label("name"),
        checks.metadata("figures"),
        *checks.not_negative("failures"),
        checks.notes("last_error"),
    )
