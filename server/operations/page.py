"""The page for people at `/operations`, served from the folder that `web/build.py` makes.

It is plain modules and one stylesheet, so that its policy allows nothing but files of this server: no nonce, and no
text that would become markup (`require-trusted-types-for`). Its assets stand beside GraphiQL's.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from starlette.responses import HTMLResponse, PlainTextResponse, Response

_POLICY: Final = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "connect-src": "'self'",
    "font-src": "'self'",
    "img-src": "'self'",
    "base-uri": "'none'",
    "form-action": "'none'",
    "frame-ancestors": "'none'",
    "require-trusted-types-for": "'script'",
}

_HEADERS: Final = {
    "Cache-Control": "no-cache",
    "Vary": "Accept",  # programs get JSON at the same address
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def operations_page(dist: Path) -> Response:
    """Answer a browser's `GET /operations`.

    Args:
        dist: The folder that `web/build.py` makes.

    Returns:
        The page, or 503 and one sentence where the folder was not built.
    """
    try:
        page = (dist / "operations.html").read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        message = "This page is not built yet: run `make setup`, then load it again.\n"
        return PlainTextResponse(message, status_code=503, headers=_HEADERS)
    policy = "; ".join(f"{directive} {sources}" for directive, sources in _POLICY.items())
    return HTMLResponse(page, headers={**_HEADERS, "Content-Security-Policy": policy})
