"""Feature flags, as administrators see them."""

from __future__ import annotations

import datetime as dt

import strawberry
from strawberry.scalars import JSON

from schema.fields import column


@strawberry.type(description="What is on for some and not for others, for a while.")
class FeatureFlag:
    """`resolvers.flags.ShownFlag`, shown."""

    key: str = column("Its name.")
    description: str = column("What it decides.")
    enabled: bool = column("Whether it is on for anyone.")
    rollout_percentage: int = column("For how many of all viewers it is on, those in a segment aside; from 0 to 100.")
    segments: JSON = column(
        "Those for whom it is on whatever the share: lists by `organisations`, `roles`, `clients`, `customers`."
    )
    evaluated_for_viewer: bool = column("Whether it is on for you.")
    updated_at: dt.datetime | None = column("When somebody changed it; null where the settings say what it is.")
