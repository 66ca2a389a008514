"""Gatherings and talks as rows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from db.imports import KnownFunction
from integrations.schedules.model import Gathering, Talk

_LONGEST_TYPE = 100
"""Characters of a label, as the database's CHECK constraint has it."""


def function_values(gathering: Gathering, zone: str) -> dict[str, Any]:
    """The values of `db.imports.FUNCTION_COLUMNS`; `zone` is for a gathering that names none."""
    return {
        "name": gathering.name,
        "description": gathering.description,
        "start_date": gathering.start_date,
        "end_date": gathering.end_date,
        "timezone": gathering.zone or zone,
        "location": gathering.location,
        "image_url": gathering.image_url,
        "metadata": dict(gathering.metadata),
    }


def event_values(talk: Talk, zone: str) -> dict[str, Any]:
    """The values of `db.imports.EVENT_COLUMNS`; `zone` is for a talk that names none."""
    kind = talk.metadata.get("type")
    return {
        "type": kind if isinstance(kind, str) and kind.strip() and len(kind) <= _LONGEST_TYPE else "event",
        "title": talk.title,
        "description": talk.description,
        "event_start": talk.start,
        "event_end": talk.end,
        "timezone": talk.zone or zone,
        "location": talk.location,
        "image_url": talk.image_url,
        "metadata": dict(talk.metadata),
    }


def gathering_of(function: KnownFunction) -> Gathering:
    """What a row says, as if a schedule had said it; talks aside."""
    values: Mapping[str, Any] = function.values
    first: dt.date | None = values["start_date"]
    return Gathering(
        external_id=function.external_id or "",
        name=values["name"],
        slug=function.slug,
        description=values["description"],
        start_date=first,
        end_date=values["end_date"],
        zone=values["timezone"],
        location=values["location"],
        image_url=values["image_url"],
        metadata=values["metadata"] or {},
    )
