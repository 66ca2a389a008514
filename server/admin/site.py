"""The administrators' pages, put together: starlette-admin's application behind a gate of this project's own."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette_admin import BaseAdmin, CustomView
from starlette_admin.routing import route

from auth.secrets import purpose_key
from auth.sessions import session_key
from db.failures import UNAVAILABLE
from persisted_queries.live import LiveRegistry
from server.admin.clients import ClientView
from server.admin.desk import Desk
from server.admin.events import EventView
from server.admin.flags import FlagView
from server.admin.functions import FunctionView
from server.admin.gate import LOGIN, Gate, Sessions
from server.admin.login import PATH, Login
from server.admin.releases import ReleaseView
from server.admin.tickets import TicketView
from server.admin.view import DeskView, Instead
from server.graphql import GraphQLServer
from server.http.failures import Failures
from server.http.limits import HttpLimits
from server.route_limits import RouteLimits

_HERE: Final = Path(__file__).resolve().parent
_VIEWS: Final[tuple[type[DeskView], ...]] = (FunctionView, EventView, TicketView, FlagView, ClientView, ReleaseView)


class _Admin(BaseAdmin):
    """starlette-admin, but for what this project has of its own: sessions, and what forms are proven by."""

    def _init_csrf(self) -> None:
        """Nothing: the gate does it, by the session instead of by a cookie that scripts can read."""


class _Home(CustomView):
    """Where to begin."""

    menu_label = "Home"
    route_name = "index"
    add_to_menu = False

    def __init__(self, views: list[DeskView]) -> None:
        super().__init__()
        self._views = views

    @route("")
    async def index(self, request: Request) -> Response:
        """What there is to look at."""
        assert self._admin is not None, "it was added to one"
        context = {"title": "Administration", "cards": self._views, "flashed_messages": []}
        return self._admin.templates.TemplateResponse(request, "home.html", context)


def admin_routes(
    graphql: GraphQLServer,
    registry: LiveRegistry,
    http_limits: HttpLimits,
    *,
    session_seconds: float,
    login_limit: str,
    route_limits: RouteLimits | None,
) -> list[BaseRoute]:
    """The routes at and below `/admin`.

    Args:
        graphql: what the pages read and write by; its secret signs sessions.
        registry: holds clients and releases.
        http_limits: bounds on a request.
        session_seconds: the longest that a session may last.
        login_limit: how often an address may try to log in, such as `10/minute`.
        route_limits: counts that; None where nothing is counted.
    """
    # It tells each step of each request, with what was typed into forms.
    logging.getLogger("starlette_admin").setLevel(logging.WARNING)
    desk = Desk(graphql, registry)
    views = [view(desk) for view in _VIEWS]
    admin = _Admin(
        "Boxoffice",
        base_url=PATH,
        templates_dir=str(_HERE / "templates"),
        static_dir=str(_HERE / "static"),
        index_view=_Home(views),
        secret_key=purpose_key(graphql.secret, "admin notice").hex(),
        middlewares=[Middleware(Failures)],
        timezone_config=None,
    )
    admin.templates.env.globals["is_auth_enabled"] = True
    admin.templates.env.auto_reload = False  # or each cell of each list asks the disk whether its template is new
    for view in views:
        admin.add_view(view)
    key = session_key(graphql.secret)
    login = Login(
        callers=graphql.callers,
        database=graphql.database,
        key=key,
        lifetime=session_seconds,
        templates=admin.templates,
        check=None if route_limits is None else route_limits.check_of(f"{PATH}{LOGIN}", login_limit),
    )
    admin.routes += [
        Route(LOGIN, login.show, name="login"),
        Route(LOGIN, login.log_in, methods=["POST"]),
        Route("/logout", login.log_out, methods=["POST"], name="logout"),
    ]
    admin.mount_to(Starlette())  # which builds the application; it is mounted below, behind the gate
    admin.app.state.admin, admin.app.state.desk = admin, desk
    admin.app.router.redirect_slashes = False
    for error in UNAVAILABLE:
        assert issubclass(error, Exception), "none of them ends a process"
        admin.app.add_exception_handler(error, _away)
    admin.app.add_exception_handler(Instead, _instead)
    sessions = Sessions(key, graphql.callers.revocations)
    gate = Middleware(Gate, sessions=sessions, limits=http_limits)
    return [Route(PATH, _within), Mount(PATH, app=admin.app, name="admin", middleware=[gate])]


async def _within(_request: Request) -> Response:
    return RedirectResponse(f"{PATH}/")


async def _instead(_request: Request, answer: Exception) -> Response:
    assert isinstance(answer, Instead), "it is asked for by its type"
    return answer.response


async def _away(request: Request, _error: Exception) -> Response:
    admin: BaseAdmin = request.app.state.admin
    error = HTTPException(503, "The database is not available; try again.")
    return admin.templates.TemplateResponse(request, "error.html", {"exc": error}, status_code=503)
