"""Answers of the registry's faces: kept by whoever asked, and confirmed with a strong ETag each time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from starlette.requests import Request

from server.calling import Caller
from server.http.answer import encode
from server.http.caching import Answer, Content, Freshness, respond

VARY: Final = "Accept, Authorization, X-API-Key"


def ready(request: Request, value: object, caller: Caller, headers: Mapping[str, str] | None = None) -> Answer:
    """Answer with a value as JSON; with 304 where the client has it."""
    freshness = Freshness(max_age=0, shared=caller.client is None)
    content = Content(encode(value))
    given = request.scope["headers"]
    return respond(content, "application/json", freshness, given, headers=headers, vary=VARY)
