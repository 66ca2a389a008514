"""A route for everything below an address."""

from __future__ import annotations

import re

from starlette.routing import Route
from starlette.types import ASGIApp


def route_below(address: str, parameter: str, app: ASGIApp) -> Route:
    """A route for whatever stands below an address, of any method.

    Starlette's own `{name:path}` takes everything but line breaks, so that an address with `%0A` in it would be
    answered by whatever comes next.

    Args:
        address: without a slash at its end.
        parameter: what the rest of the path is called in `path_params`.
        app: answers; an object that is called, not a function, which Starlette would hand a request.
    """
    route = Route(f"{address}/{{{parameter}:path}}", app)
    route.path_regex = re.compile(route.path_regex.pattern, re.DOTALL)
    return route
