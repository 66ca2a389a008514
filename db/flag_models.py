"""The table of feature flags."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import CheckConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from db import checks
from db.base import Base


class FeatureFlag(Base):
    """A flag that somebody has changed; of all others the settings say what they are."""

    __tablename__ = "feature_flags"

    key: Mapped[str] = mapped_column(primary_key=True)
    enabled: Mapped[bool]
    rollout_percentage: Mapped[int]
    segments: Mapped[dict[str, Any]]
    updated_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())

    __table_args__ = (
        checks.label("key"),
        CheckConstraint("rollout_percentage BETWEEN 0 AND 100", name="percentage_is_part"),
        checks.metadata("segments"),
    )
