"""`GET /operations/{id}/usage`: how often the caller's own operation was called, by day and by release."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from starlette.requests import Request

from db.database import Database
from db.failures import UNAVAILABLE
from db.usage import usage_by_operation, usage_over_time
from persisted_queries.refusals import Reason
from persisted_queries.registry import Registry
from server.calling import Callers
from server.http.caching import Answer
from server.http.refusals import Refused, document_refused
from server.operations.asking import who_asks
from server.operations.ready import ready

DAYS: Final = 30
"""Of how many days it is told, today included."""


@dataclass(frozen=True, slots=True)
class UsageOfOperations:
    """Tells clients of the usage of their operations.

    Attributes:
        database: where it is kept.
        registry: the newest snapshot.
        callers: knows who asks.
        clock: says what time it is.
    """

    database: Database
    registry: Callable[[], Registry]
    callers: Callers
    clock: Callable[[], dt.datetime]

    async def get(self, request: Request) -> Answer:
        """What an operation came to on each of the last days, and by release; retired ones are told of too.

        Raises:
            Refused: a credential is missing or not valid; the id is unknown, or another client's; the database is away.
        """
        caller = await who_asks(self.callers, request)
        client = caller.client
        if client is None:
            message = "Usage is told to the client whose operation it is: send its API key."
            raise Refused(401, "UNAUTHENTICATED", message, headers={"WWW-Authenticate": "Bearer"})
        entry = self.registry().find(client.client_id, request.path_params["id"])
        if entry is None:
            raise document_refused(Reason.DOCUMENT_NOT_FOUND)
        today = self.clock().astimezone(dt.UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        since = today - dt.timedelta(days=DAYS - 1)
        of = {"client": client.name, "public_id": entry.public_id}
        try:
            by_day = await usage_over_time(self.database, since, step="day", **of)
            by_release = await usage_by_operation(self.database, since, **of)
        except UNAVAILABLE as away:
            message = "The database is not available; try again."
            raise Refused(503, "SERVICE_UNAVAILABLE", message, headers={"Retry-After": "2"}) from away
        days = [since + dt.timedelta(days=number) for number in range(DAYS)]
        body = {
            "id": entry.public_id,
            "days": [
                {
                    "day": day.date(),
                    "calls": usage.calls if usage else 0,
                    "errors": usage.errors if usage else 0,
                    "refused": usage.refused if usage else 0,
                }
                for day in days
                for usage in (by_day.get(day),)
            ],
            "releases": [
                {
                    "release": key.release,
                    "calls": usage.calls,
                    "errors": usage.errors,
                    "refused": usage.refused,
                    "deprecated": usage.deprecated,
                    "cost": usage.cost,
                    "p50": usage.p50,
                    "p95": usage.p95,
                    "lastSeen": usage.last_seen,
                }
                for key, usage in by_release.items()
            ],
        }
        return ready(request, body, caller)
