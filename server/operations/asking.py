"""Who asks at one of the registry's faces."""

from __future__ import annotations

from starlette.requests import Request

from server.calling import Caller, Callers
from server.charging import address_of
from server.http.request_id import request_id_of


async def who_asks(callers: Callers, request: Request) -> Caller:
    """Who sends a request.

    Raises:
        Refused: a credential is not valid, or contradicts another.
    """
    return await callers.of_headers(request.headers, request_id_of(request.scope), address_of(request.scope))
