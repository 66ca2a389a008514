"""The routes of the registry's faces, and what stands behind each."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import partial
from typing import NoReturn

from starlette.requests import Request
from starlette.routing import BaseRoute, Route

from db.database import Database
from persisted_queries.live import LiveRegistry
from schema.scalars import JSON_SCHEMAS
from server.admitting import serve_from
from server.calling import Callers
from server.http.below import route_below
from server.http.endpoint import Page
from server.http.limits import HttpLimits
from server.http.refusals import Code, Refused
from server.http.resource import Resource
from server.operations.describing import Describer
from server.operations.listing import Listing
from server.operations.named_routes import NamedRoutes, Perform
from server.operations.openapi import OpenApi
from server.operations.releases import Releases
from server.operations.usage import UsageOfOperations


def _utcnow() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def operations_routes(
    database: Database,
    live: LiveRegistry,
    callers: Callers,
    perform: Perform,
    limits: HttpLimits,
    page: Page | None = None,
    clock: Callable[[], dt.datetime] = _utcnow,
) -> list[BaseRoute]:
    """The routes `/operations…` and `/api/…`.

    Args:
        database: where releases are published, and usage is read.
        live: the registry that is served.
        callers: knows callers by their credentials.
        perform: executes an operation.
        limits: bounds on a request.
        page: what a browser sees that opens `/operations`; None if there is nothing to see.
        clock: says what time it is.
    """
    schema = live.target.schema
    describer = Describer(schema, JSON_SCHEMAS)
    current = partial(serve_from, live)
    listing = Listing(current, callers, describer)
    document = OpenApi(current, callers, describer)
    usage = UsageOfOperations(database, current, callers, clock)
    releases = Releases(database, live, live.target, limits)
    named = NamedRoutes(current, callers, schema, perform)
    return [
        Route("/operations", Resource(limits, {"GET": listing.list}, page)),
        Route("/operations/openapi.json", Resource(limits, {"GET": document.get})),
        Route("/operations/releases", Resource(limits, {"POST": releases.post})),
        Route("/operations/{id}", Resource(limits, {"GET": listing.one})),
        Route("/operations/{id}/usage", Resource(limits, {"GET": usage.get})),
        route_below("/operations", "path", Resource(limits, {"GET": _nothing})),
        route_below("/api", "path", Resource(limits, {"GET": named.get}, recalled=named.recalled)),
    ]


async def _nothing(_request: Request) -> NoReturn:
    """Nothing stands here; said as everything else beside it."""
    raise Refused(404, Code.NOT_FOUND, "There is nothing at this address.")
