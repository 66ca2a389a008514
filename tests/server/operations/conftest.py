"""What the tests of the registry's faces can ask for."""

from collections.abc import AsyncIterator
from functools import partial

import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from db.automatic_queries import SharedTexts
from db.cache import open_cache
from domain.registry import POLICIES
from execution.engine import Engine
from persisted_queries.automatic import AutomaticQueries
from persisted_queries.caching import cache_hint
from persisted_queries.documents import DocumentCache
from persisted_queries.live import LiveRegistry
from schema import graphql_schema
from schema.describe import describe, tell
from schema.target import target
from server.admitting import Door, serve_from
from server.calling import Callers
from server.graphql import GraphQLServer
from server.http.below import route_below
from server.http.endpoint import GraphQLEndpoint
from server.http.limits import HttpLimits
from server.operations.wiring import operations_routes
from server.places import Places
from server.preparing import Preparation
from tests.plugins.graph import Graph
from tests.server.operations.faces import Faces


@pytest.fixture
async def faces(graph: Graph, redis_url: str) -> AsyncIterator[Faces]:
    async with open_cache(redis_url, 1.0) as cache:
        live = LiveRegistry(graph.database, target(), cache, lease_seconds=3600)
        await live.ask_database()
        automatic = AutomaticQueries(SharedTexts(cache), "0" * 64, 60)
        callers = Callers(registry=partial(serve_from, live))
        graphql = GraphQLServer(
            preparation=Preparation(
                engine=Engine(graphql_schema(), describe, tell),
                documents=DocumentCache(graphql_schema()),
                hint_of=partial(cache_hint, target()),
            ),
            database=graph.database,
            secret=graph.secret,
            timeout=10,
            door=Door(automatic, POLICIES["apq"], partial(serve_from, live)),
            callers=callers,
            clock=lambda: graph.now,
        )
        limits = HttpLimits()
        routes = operations_routes(graph.database, live, callers, graphql.perform, limits, clock=lambda: graph.now)
        endpoint = GraphQLEndpoint(execute=graphql.execute, limits=limits, places=Places(10))
        graphql_routes = [Route("/graphql", endpoint), route_below("/graphql", "document", endpoint)]
        app = Starlette(routes=[*routes, *graphql_routes])
        app.router.redirect_slashes = False  # as the whole application has it
        yield Faces(graph, live, app)
