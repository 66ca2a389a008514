"""The ASGI application: every part wired to every other, in one place."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute

from db.automatic_queries import SharedTexts
from db.buckets import SharedBuckets
from db.cache import open_cache
from db.database import Database, open_database
from domain.buckets import rate_of
from domain.registry import POLICIES
from domain.versions import DEPRECATIONS
from execution.engine import Engine
from integrations.feature_flags import Flags, open_flags
from integrations.payments.port import Payments
from jobs.relay import Deliveries
from persisted_queries.automatic import AutomaticQueries
from persisted_queries.caching import cache_hint
from persisted_queries.documents import DocumentCache
from persisted_queries.live import LiveRegistry, open_registry
from persisted_queries.usage import open_usage
from resolvers.context import Context
from resolvers.hierarchy import FLAGGED
from resolvers.watching import Watch, open_watch
from schema import graphql_schema
from schema.describe import describe, tell
from schema.target import facts_of, target
from server.admitting import Door, serve_from
from server.caching.opening import open_responses
from server.caching.responses import ResponseCache
from server.calling import Callers
from server.charging import Charging
from server.connections import check_room
from server.gate import Gate
from server.graphiql import graphiql_assets, graphiql_page
from server.graphql import GraphQLServer
from server.guides import guide_routes
from server.health import Draining, Health
from server.http.below import route_below
from server.http.cross_origin import CrossOrigin
from server.http.endpoint import GraphQLEndpoint
from server.http.failures import Failures, answer_http_exception
from server.http.request_id import RequestId
from server.http.trust import Trust, networks_of
from server.identity import open_callers
from server.ledger import Ledger, open_ledger
from server.mailbox import Mailbox
from server.metrics import Measured, metrics_route
from server.neighbours import database_options
from server.operations.page import operations_page
from server.operations.persisting import persisting_route
from server.operations.wiring import operations_routes
from server.paying.opening import host_of, open_payments, payment_handlers, sources_of, trial_key
from server.paying.page import trial_routes
from server.paying.telling import telling
from server.places import Places
from server.preparing import Preparation
from server.route_limits import RouteLimits, open_route_limits
from server.settings import Settings, public_values
from server.showing import check_shown
from server.sockets.endpoint import SocketEndpoint
from server.standing import Standing
from server.webhooks import Webhooks, handlers

WEB_FOLDER = Path(__file__).resolve().parent.parent / "web" / "dist"
"""Where `web/build.py` puts GraphiQL."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Opened:
    """What an application is made of, and is open as long as it is."""

    database: Database
    registry: LiveRegistry
    door: Door
    callers: Callers
    responses: ResponseCache | None
    ledger: Ledger
    health: Health
    places: Places
    route_limits: RouteLimits | None
    watch: Watch
    payments: Payments
    flags: Flags
    deliveries: Deliveries | None


@asynccontextmanager
async def open_app(
    settings: Settings, draining: Draining | None = None, deliveries: Deliveries | None = None
) -> AsyncIterator[Starlette]:
    """The application with everything it needs open; all of it is closed at the end.

    Args:
        settings: with `database_url`, `redis_url` and `secret_key`, given or filled in by `server.serve`.
        draining: tells the health routes that the process is about to stop.
        deliveries: what the worker counts that runs in this process; None where none does.

    Raises:
        NothingToShow: the function, or organisation, that is to be shown is not there.
        BreakingSchema: the schema breaks operations that are served, and `allow_breaking_schema` does not let it.
    """
    if settings.database_url is None or settings.redis_url is None or settings.secret_key is None:
        raise ValueError("database_url, redis_url and secret_key must be set before the application is opened")
    redis_url = settings.redis_url.get_secret_value()
    options = replace(database_options(settings), under_roles=True)
    async with (
        open_database(options) as database,
        open_cache(redis_url, settings.redis_timeout_seconds) as cache,
    ):
        await check_shown(database, settings.within)
        secret = _secret_of(settings)
        health = Health(database, cache.ping, public_values(settings), draining or Draining())
        automatic = AutomaticQueries(SharedTexts(cache), target().sha256, settings.apq_expiry_seconds)
        allow_breaking = settings.allow_breaking_schema
        retention = dt.timedelta(days=settings.usage_retention_days)
        async with (
            open_registry(
                database, target(), cache, allow_breaking=allow_breaking, lease=settings.registry_lease_seconds
            ) as registry,
            open_usage(database, retention) as usage,
            open_responses(settings, options, cache, target().sha256) as responses,
            open_callers(settings, database, partial(serve_from, registry)) as callers,
            open_ledger(SharedBuckets(cache)) as ledger,
            open_flags(database, settings.flags) as flags,
            open_watch(
                lambda viewer: Context(database, secret, dt.datetime.now(dt.UTC), viewer, within=settings.within)
            ) as watch,
            open_payments(settings, database) as payments,
            AsyncExitStack() as stack,
        ):
            await check_room(database, settings, works=deliveries is not None)
            policy = POLICIES[settings.default_policy]
            door = Door(automatic, policy, partial(serve_from, registry), usage, settings.introspection)
            places = Places(settings.max_streams, settings.max_streams_of_address)
            health.draining.closing.append(places.close)
            limits = stack.enter_context(open_route_limits(redis_url)) if settings.rate_limits else None
            app = _app(
                settings,
                _Opened(
                    database=database,
                    registry=registry,
                    door=door,
                    callers=callers,
                    responses=responses,
                    ledger=ledger,
                    health=health,
                    places=places,
                    route_limits=limits,
                    watch=watch,
                    payments=payments,
                    flags=flags,
                    deliveries=deliveries,
                ),
            )
            if settings.trial_payments:
                await stack.enter_async_context(telling(database, app, trial_key(settings), host_of(settings)))
            yield app


def _secret_of(settings: Settings) -> bytes:
    assert settings.secret_key is not None, "filled in before anything asks"
    return settings.secret_key.get_secret_value().encode()


def _charging(settings: Settings, ledger: Ledger) -> Charging | None:
    if not settings.rate_limits:
        return None
    return Charging(
        ledger=ledger,
        anonymous=rate_of(settings.rate_limit_address),
        viewer=rate_of(settings.rate_limit_viewer),
        client=rate_of(settings.rate_limit_client),
    )


def _app(settings: Settings, opened: _Opened) -> Starlette:
    schema = graphql_schema()
    limits = settings.query_limits
    preparation = Preparation(
        engine=Engine(schema, describe, tell),
        documents=DocumentCache(schema, limits=limits),
        facts_of=facts_of,
        hint_of=partial(cache_hint, target()),
        limits=limits,
        deprecated=DEPRECATIONS,
        flagged=FLAGGED,
    )
    graphql = GraphQLServer(
        preparation=preparation,
        database=opened.database,
        secret=_secret_of(settings),
        check_in_keys=settings.check_in_keys,
        timeout=settings.request_timeout_seconds,
        door=opened.door,
        callers=opened.callers,
        watch=opened.watch,
        payments=opened.payments,
        flags=opened.flags,
        within=settings.within,
        explains_to=settings.explain_to,
        responses=opened.responses,
        charging=_charging(settings, opened.ledger),
        gate=Gate(settings.max_operations, settings.max_waiting_operations, settings.max_wait_seconds),
        terms=settings.terms,
    )
    endpoint = GraphQLEndpoint(
        execute=graphql.execute,
        limits=settings.http_limits,
        page=_page if settings.graphiql else None,
        profile=settings.http_status_profile,
        places=opened.places,
        max_batch=settings.http_max_batch,
    )
    sockets = SocketEndpoint(
        graphql=graphql,
        callers=opened.callers,
        limits=settings.socket_limits,
        places=opened.places,
        origins=frozenset(settings.cors_origins),
    )
    webhooks = Webhooks(
        sources=sources_of(settings),
        handlers={**handlers(settings.upkeep), **payment_handlers(opened.database, opened.payments)},
        database=opened.database,
        limits=settings.http_limits,
        timeout=settings.request_timeout_seconds,
    )
    plain = [
        *operations_routes(
            opened.database,
            opened.registry,
            opened.callers,
            graphql.perform,
            settings.http_limits,
            page=_operations_page if settings.graphiql else None,
        ),
        *opened.health.routes(),
        *webhooks.routes(),
        *trial_routes(opened.payments, settings.http_limits),
        *guide_routes(),
    ]
    if settings.metrics_token is not None:
        measured = Measured(
            engine=preparation.engine,
            timings=graphql.timings,
            flags=graphql.flags.counters,
            gate=graphql.gate,
            places=opened.places,
            database=opened.database,
            ledger=opened.ledger,
            responses=None if opened.responses is None else opened.responses.counters,
            deliveries=opened.deliveries,
            standing=Standing(opened.database),
        )
        plain.append(metrics_route(measured, settings.metrics_token))
    if opened.route_limits is not None:
        opened.route_limits.guard(plain, settings.route_limit, {"/operations/releases": settings.publish_limit})
    routes: list[BaseRoute] = [
        Route("/graphql", endpoint),  # what is asked for most is looked for first
        Route("/", _home),
        WebSocketRoute("/graphql", sockets),
        route_below("/graphql", "document", endpoint),
        persisting_route(graphql, settings.http_limits),
        *plain,
    ]
    if settings.graphiql:
        routes.append(graphiql_assets(WEB_FOLDER))
    if settings.admin_page:
        routes.extend(_admin_routes(settings, opened, graphql))
    if settings.mail_page:
        routes.extend(Mailbox(settings.mail_folder).routes())
    app = Starlette(
        routes=routes,
        middleware=[
            Middleware(RequestId),
            Middleware(Failures),
            Middleware(
                Trust,
                hosts=frozenset(each.lower() for each in settings.trusted_hosts),
                proxies=networks_of(settings.trusted_proxies),
                proxy_header=settings.trusted_proxy_header,
                hsts_seconds=settings.hsts_seconds,
            ),
            Middleware(CrossOrigin, origins=frozenset(settings.cors_origins), credentials=settings.cors_credentials),
        ],
        exception_handlers={HTTPException: answer_http_exception},
    )
    app.router.redirect_slashes = False  # to an address that is made from whatever Host was sent
    return app


def _admin_routes(settings: Settings, opened: _Opened, graphql: GraphQLServer) -> list[BaseRoute]:
    from server.admin.site import admin_routes  # noqa: PLC0415 - a third of a second, for those alone who want it

    return admin_routes(
        graphql,
        opened.registry,
        settings.http_limits,
        session_seconds=settings.admin_session_minutes * 60.0,
        login_limit=settings.admin_login_limit,
        route_limits=opened.route_limits,
    )


def _page(_request: Request) -> Response:
    return graphiql_page(WEB_FOLDER)


def _operations_page(_request: Request) -> Response:
    return operations_page(WEB_FOLDER)


async def _home(_request: Request) -> Response:
    return RedirectResponse("/graphql")
