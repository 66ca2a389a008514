"""Answers of the registry's faces: kept by whoever asked, and confirmed with a strong ETag each time."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from server.calling import Caller

VARY: Final = "Accept, Authorization, X-API-Key"
_TAG: Final = re.compile(r'"[\x21\x23-\x7e\x80-\xff]*+"')


def ready(
    request: Request, body: bytes, media_type: str, caller: Caller, headers: Mapping[str, str] | None = None
) -> Response:
    """A response with an ETag; 304 where the client has it (RFC 9110, sections 8.8.3 and 13.1.2)."""
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    shared = "private" if caller.client else "public"
    fields = {"ETag": etag, "Cache-Control": f"{shared}, no-cache", "Vary": VARY, **(headers or {})}
    wanted = ",".join(request.headers.getlist("if-none-match")).strip()
    if wanted == "*" or etag in _TAG.findall(wanted):
        return Response(status_code=304, headers=fields)
    return Response(body, headers={"Content-Type": media_type, "X-Content-Type-Options": "nosniff", **fields})
