"""What callers of plain HTTP are told when something is wrong: problem details (RFC 9457).

The type is `about:blank`, so that the title is the status's own phrase; programs act on `code`, which is the one that
GraphQL's errors have in `extensions`. Where there are several faults, `errors` has each with its place.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Final

from starlette.responses import Response

from server.http.answer import encode
from server.http.refusals import Refused

MEDIA_TYPE: Final = "application/problem+json"

Fault = Mapping[str, object]
"""One of several faults: `detail`, and where it is."""


class Problem(Refused):
    """A refusal with several faults."""

    def __init__(self, status: int, code: str, message: str, errors: Sequence[Fault]) -> None:
        """Name the refusal, and each fault."""
        super().__init__(status, code, message, details={"errors": list(errors)})


def problem(refused: Refused) -> Response:
    """Write a refusal as problem details."""
    body = {
        "type": "about:blank",
        "title": HTTPStatus(refused.status).phrase,
        "status": refused.status,
        "detail": refused.message,
        "code": refused.code,
        **refused.details,
    }
    fields = {"Content-Type": MEDIA_TYPE, "Cache-Control": "no-store", "Vary": "Accept, Authorization, X-API-Key"}
    return Response(encode(body), refused.status, headers=fields | refused.headers)
