"""Limits on plain routes, by slowapi: so many requests a minute from one network address.

slowapi asks Redis synchronously, so it is asked in threads of its own, with short waits; while Redis is away it counts
in memory. Whatever goes wrong beyond that lets the request pass: the routes that it guards must not fall with it.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import structlog
from redis import ConnectionPool
from redis.backoff import NoBackoff
from redis.retry import Retry
from slowapi import Limiter
from slowapi.errors import RateLimitExceeded
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from server.charging import network_of
from server.http.answer import StatusProfile, refusal
from server.http.negotiate import MediaType
from server.http.refusals import Code, Refused

_WAIT_SECONDS: Final = 0.05
_THREADS: Final = 2
_CHARGED: Final = "/api/"

Check = Callable[[Request], Awaitable[Refused | None]]

_log = structlog.get_logger(__name__)


class RouteLimits:
    """Guards routes."""

    def __init__(self, redis_url: str, pool: ConnectionPool, threads: ThreadPoolExecutor) -> None:
        """Count on Redis, asked over these connections and from these threads."""
        self._threads = threads
        options: Any = {"connection_pool": pool}  # slowapi says that they are text; it hands them on
        unix = redis_url.startswith("unix:")
        self._limiter = Limiter(
            key_func=lambda request: network_of(None if request.client is None else request.client.host),
            key_prefix="boxoffice",
            key_style="endpoint",
            storage_uri=f"redis+{redis_url}" if unix else redis_url,
            storage_options=options,
            in_memory_fallback_enabled=True,
        )

    def guard(self, routes: Iterable[BaseRoute], limit: str, others: Mapping[str, str]) -> None:
        """Let each route answer no more often for one address than a limit says.

        Args:
            routes: plain ones; those that execute operations are passed over, since these are charged.
            limit: such as `100/minute`.
            others: the limits of paths that have another one.
        """
        for route in routes:
            assert isinstance(route, Route), "sockets and mounted applications have limits of their own"
            if not route.path.startswith(_CHARGED):
                route.app = Guarded(route.app, self.check_of(route.path, others.get(route.path, limit)))

    def check_of(self, path: str, limit: str) -> Check:
        """What counts a request to a path, and tells why it is refused; None where it is within the limit."""

        def check(request: Request) -> Response:  # noqa: ARG001 - slowapi asks for it by this name
            return Response()

        check.__name__ = path
        limited = self._limiter.limit(limit)(check)

        def refusal_of(request: Request) -> Refused | None:
            try:
                limited(request)
            except RateLimitExceeded as exceeded:
                return _too_many(limit, self._reset(request, exceeded))
            except Exception as error:  # noqa: BLE001 - a limit that cannot be counted is none
                _log.warning("route not limited", path=path, reason=repr(error))
            return None

        async def check_aside(request: Request) -> Refused | None:
            return await asyncio.get_running_loop().run_in_executor(self._threads, refusal_of, request)

        return check_aside

    def _reset(self, request: Request, exceeded: RateLimitExceeded) -> int:
        """How many seconds until the next window."""
        try:
            item, keys = request.state.view_rate_limit
            reset, _ = self._limiter.limiter.get_window_stats(item, *keys)
            return max(math.ceil(reset - time.time()), 1)
        except Exception:  # noqa: BLE001 - Redis may go away meanwhile
            return exceeded.limit.limit.get_expiry() if exceeded.limit is not None else 60


@dataclass(frozen=True, slots=True)
class Guarded:
    """An ASGI application that is reached only within its limit."""

    app: ASGIApp
    check: Check

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check, pass on."""
        refused = await self.check(Request(scope))
        app = self.app if refused is None else refusal(refused, MediaType.JSON, StatusProfile.AUDITED)
        await app(scope, receive, send)


@contextmanager
def open_route_limits(redis_url: str) -> Iterator[RouteLimits]:
    """Limits for as long as the block lasts."""
    pool = ConnectionPool.from_url(
        redis_url, socket_timeout=_WAIT_SECONDS, socket_connect_timeout=_WAIT_SECONDS, retry=Retry(NoBackoff(), 0)
    )
    threads = ThreadPoolExecutor(_THREADS, "route-limits")
    try:
        yield RouteLimits(redis_url, pool, threads)
    finally:
        threads.shutdown(wait=False, cancel_futures=True)
        pool.disconnect()


def _too_many(limit: str, seconds: int) -> Refused:
    message = f"This address may ask here {limit.replace('/', ' times a ')} at most; try again in {seconds} s."
    return Refused(429, Code.RATE_LIMITED, message, headers={"Retry-After": str(seconds)})
