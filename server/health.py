"""Health: whether this process lives, whether it should be sent requests, and what it stands on."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
from sqlalchemy import text
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from db.database import Database
from db.migrate import head

CHECK_TIMEOUT_SECONDS = 2.0
"""The longest that a health check waits for a neighbour."""


_PRIVATE = frozenset({"data_folder"})
"""Settings that are no secret, and nobody else's business: places on this machine."""


@dataclass(slots=True)
class Draining:
    """Whether this process has been told to stop; it then says that it is not ready, before anything else.

    Attributes:
        started: whether it has.
        closing: what to call when nothing new is accepted any more.
    """

    started: bool = False
    closing: list[Callable[[], None]] = field(default_factory=list)

    def close(self) -> None:
        """Tell everyone who stays that nothing new is accepted any more."""
        for each in self.closing:
            each()


Check = Callable[[], Awaitable[Mapping[str, Any]]]


@dataclass(frozen=True, slots=True)
class Health:
    """What the health routes report on."""

    database: Database
    ping_cache: Callable[[], Awaitable[Any]]
    config: Mapping[str, object]
    draining: Draining = field(default_factory=Draining)

    def routes(self) -> list[Route]:
        """The routes below `/health`."""
        return [
            Route("/health/live", self.live),
            Route("/health/ready", self.ready),
            Route("/health/database", self.check_database),
            Route("/health/cache", self.check_cache),
            Route("/health/config", self.show_config),
        ]

    async def live(self, _request: Request) -> Response:
        """The process runs and its loop turns."""
        return _answer({"status": "ok"})

    async def ready(self, _request: Request) -> Response:
        """Requests may be sent here: not stopping, and the database answers with the schema this program knows."""
        if self.draining.started:
            return _answer({"status": "stopping"}, healthy=False)
        report = await _bounded(self._database)
        return _answer({"status": report["status"], "database": report["status"]}, healthy=report["status"] == "ok")

    async def check_database(self, _request: Request) -> Response:
        """The database: how long it takes to answer, its version and its revision."""
        report = await _bounded(self._database)
        return _answer(report, healthy=report["status"] == "ok")

    async def check_cache(self, _request: Request) -> Response:
        """The cache: how long it takes to answer. Reading goes on without it."""
        report = await _bounded(self._cache)
        return _answer(report, healthy=report["status"] == "ok")

    async def show_config(self, _request: Request) -> Response:
        """The settings in force, without secrets."""
        shown = {name: value for name, value in self.config.items() if name not in _PRIVATE}
        return _answer({"status": "ok", "settings": shown})

    async def _database(self) -> Mapping[str, Any]:
        started = time.perf_counter()
        async with self.database.turn(), self.database.writing.connect() as connection:
            version = (await connection.execute(text("SHOW server_version"))).scalar_one()
            migrated = (
                await connection.execute(text("SELECT to_regclass('alembic_version') IS NOT NULL"))
            ).scalar_one()
            revision = (
                (await connection.execute(text("SELECT version_num FROM alembic_version"))).scalar_one_or_none()
                if migrated
                else None
            )
        expected = head()
        status = "ok" if revision == expected else "not migrated"
        return {
            "status": status,
            "milliseconds": _since(started),
            "version": version,
            "revision": revision,
            "expected": expected,
        }

    async def _cache(self) -> Mapping[str, Any]:
        started = time.perf_counter()
        await self.ping_cache()
        return {"status": "ok", "milliseconds": _since(started)}


async def _bounded(check: Check) -> Mapping[str, Any]:
    try:
        async with asyncio.timeout(CHECK_TIMEOUT_SECONDS):
            return await check()
    except TimeoutError:
        return {"status": "unavailable", "reason": f"no answer within {CHECK_TIMEOUT_SECONDS:g} s"}
    except Exception as error:  # noqa: BLE001 - whatever a neighbour fails with, the check's answer is that it failed
        # The kind of failure only: messages name hosts and users.
        return {"status": "unavailable", "reason": type(error).__name__}


def _since(started: float) -> float:
    return round((time.perf_counter() - started) * 1000, 2)


def _answer(body: Mapping[str, Any], *, healthy: bool = True) -> Response:
    return Response(
        orjson.dumps(body),
        200 if healthy else 503,
        media_type="application/json",
        headers={"Cache-Control": "no-store"},
    )
