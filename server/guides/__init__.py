"""Guides for clients: the way over from what is deprecated, served where `Link` and `apiVersions` say it is."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

FOLDER: Final = Path(__file__).parent

_HEADERS: Final = {
    "Cache-Control": "public, max-age=3600",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
}


@cache
def guides() -> dict[str, str]:
    """The text of every guide, by its name."""
    return {path.stem: path.read_text(encoding="utf-8") for path in sorted(FOLDER.glob("*.md"))}


async def _guide(request: Request) -> Response:
    text = guides().get(request.path_params["name"])
    if text is None:
        raise HTTPException(404)
    return PlainTextResponse(text, headers=_HEADERS)  # it is Markdown, which browsers would rather save than show


def guide_routes() -> list[Route]:
    """The route of every guide, by the addresses of `domain.versions.guide_address`."""
    return [Route("/guides/{name}", _guide)]
