"""The routes of the registry's faces, and what stands behind each."""

from __future__ import annotations

from functools import partial

from starlette.routing import BaseRoute, Route

from db.database import Database
from persisted_queries.live import LiveRegistry
from schema.scalars import JSON_SCHEMAS
from server.admitting import serve_from
from server.calling import Callers
from server.http.limits import HttpLimits
from server.http.resource import Resource
from server.operations.describing import Describer
from server.operations.listing import Listing
from server.operations.named_routes import NamedRoutes, Perform
from server.operations.openapi import OpenApi
from server.operations.releases import Releases


def operations_routes(
    database: Database, live: LiveRegistry, callers: Callers, perform: Perform, limits: HttpLimits
) -> list[BaseRoute]:
    """The routes `/operations…` and `/api/…`."""
    schema = live.target.schema
    describer = Describer(schema, JSON_SCHEMAS)
    current = partial(serve_from, live)
    listing = Listing(current, callers, describer)
    document = OpenApi(current, callers, describer)
    releases = Releases(database, live, live.target, limits)
    named = NamedRoutes(current, callers, schema, perform)
    return [
        Route("/operations", Resource(limits, {"GET": listing.list})),
        Route("/operations/openapi.json", Resource(limits, {"GET": document.get})),
        Route("/operations/releases", Resource(limits, {"POST": releases.post})),
        Route("/operations/{id}", Resource(limits, {"GET": listing.one})),
        Route("/api/{path:path}", Resource(limits, {"GET": named.get})),
    ]
