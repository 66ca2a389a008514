"""Since when which fields are deprecated: answers say so (`Deprecation`, RFC 9745), and calls of them are counted."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Final

_PARENT_EVENTS: Final = dt.datetime(2026, 11, 21, tzinfo=dt.UTC)
"""When functions had taken the place of parent events."""

DEPRECATED_AT: Final[Mapping[str, dt.datetime]] = {
    "Event.parentEventId": _PARENT_EVENTS,
    "Event.parentEvent": _PARENT_EVENTS,
    "Event.childEvents": _PARENT_EVENTS,
}
"""Every deprecated field, as `Type.field`."""
