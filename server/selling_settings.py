"""Settings that say on which terms is sold, a part of `server.settings.Settings`."""

from __future__ import annotations

import datetime as dt

from pydantic import BaseModel, Field

from domain.sales import Terms


class SellingSettings(BaseModel):
    """What an operator may set of selling."""

    hold_minutes: int = Field(
        15,
        description="For how long places are held for somebody who has ordered, and not paid yet.",
        json_schema_extra={"group": "Selling"},
        ge=1,
        le=24 * 60,
    )
    offer_minutes: int = Field(
        12 * 60,
        description="For how long a place is held for somebody on the waiting list to whom it was offered.",
        json_schema_extra={"group": "Selling"},
        ge=1,
        le=30 * 24 * 60,
    )

    @property
    def terms(self) -> Terms:
        """On which is sold."""
        return Terms(hold=dt.timedelta(minutes=self.hold_minutes), offer=dt.timedelta(minutes=self.offer_minutes))
