"""The versions of the API, as clients see them."""

from __future__ import annotations

import datetime as dt

import strawberry

from schema.fields import column


@strawberry.type(description="A version of this API: what its clients can rely on, and until when.")
class ApiVersion:
    """`domain.versions.ApiVersion`, shown."""

    name: str = column("Its name: a whole number, which goes up when something is broken.")
    title: str = column("What was new in it.")
    is_latest: bool = column("Whether it is the one for new clients.")
    is_deprecated: bool = column("Whether its clients are to go over to the latest.")
    sunset_at: dt.date | None = column(
        "The day from which something of it may be gone; until then it works. Null where nothing is going to end."
    )
    migration_guide: str | None = column(
        "Where the guide to the latest version is, on this server: `/guides/parent-events`."
    )
    breaking_changes: list[str] = column("What of it is gone or is going to be, and what to use instead.")
