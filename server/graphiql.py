"""GraphiQL in the browser: the page and its assets, served from the folder that `web/build.py` makes.

Everything comes from this server, and the Content-Security-Policy holds the page to it: scripts, workers, fonts and
requests from its own origin only, nothing inline. Monaco, GraphiQL's editor, makes `<style>` elements at run time; they
are let in by a nonce that is new for every page (see `web/graphiql/strict-styles.js` for style attributes).
"""

import os
import secrets
from pathlib import Path
from typing import Final

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, HTMLResponse, PlainTextResponse, Response
from starlette.routing import Mount
from starlette.staticfiles import NotModifiedResponse, StaticFiles
from starlette.types import Scope

ASSETS_PATH: Final = "/graphiql/assets"

_PAGE_POLICY: Final = {
    "default-src": "'none'",
    "script-src": "'self'",
    "worker-src": "'self'",
    "style-src": "'self' 'nonce-{nonce}'",
    "connect-src": "'self'",
    "font-src": "'self'",
    "img-src": "'self' data:",  # Monaco's stylesheet draws its squiggles from data: addresses
    "base-uri": "'none'",
    "form-action": "'none'",
    "frame-ancestors": "'none'",
}
# A worker answers to the policy that its own script was served with, not to the page's.
_ASSET_POLICY: Final = "default-src 'none'; script-src 'self'; frame-ancestors 'none'"

# Not left to the machine's own table of media types: browsers refuse a script of the wrong type.
_MEDIA_TYPES: Final = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".ttf": "font/ttf",
    ".woff2": "font/woff2",
}


def graphiql_page(dist: Path) -> Response:
    """Answer a browser's `GET /graphql` with GraphiQL.

    The page sends its operations to the address it was served from and looks for its assets beside that address, in
    `graphiql/assets/`. It must never be stored: its nonce holds for one response.

    Args:
        dist: The folder that `web/build.py` makes.

    Returns:
        The page, or 503 and one sentence where the folder was not built.
    """
    headers = {
        "Cache-Control": "no-store",
        "Vary": "Accept",  # clients of the API get JSON at the same address
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
    }
    try:
        template = (dist / "index.html").read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return PlainTextResponse(
            "GraphiQL is not built yet: run `make setup`, then load this page again.\n",
            status_code=503,
            headers=headers,
        )
    nonce = secrets.token_urlsafe(18)
    policy = "; ".join(f"{directive} {sources}" for directive, sources in _PAGE_POLICY.items())
    return HTMLResponse(
        template.replace("{{nonce}}", nonce),
        headers={**headers, "Content-Security-Policy": policy.format(nonce=nonce)},
    )


def graphiql_assets(dist: Path) -> Mount:
    """Make the route that serves what the page loads: scripts, workers, styles and fonts.

    Args:
        dist: The folder that `web/build.py` makes. It may be built after the server has started.
    """
    return Mount(ASSETS_PATH, app=_Assets(directory=dist / "assets", check_dir=False), name="graphiql_assets")


class _Assets(StaticFiles):
    """Static files whose names carry the hash of their content, so that a browser may keep them for ever."""

    async def check_config(self) -> None:
        """Let a folder that is not there be 404, file by file: the page says how to build it."""

    def file_response(
        self, full_path: str | os.PathLike[str], stat_result: os.stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        media_type = _MEDIA_TYPES.get(Path(full_path).suffix)
        if media_type is None:
            raise HTTPException(status_code=404)
        headers = {
            "Cache-Control": "public, max-age=31536000, immutable",
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "same-origin",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Content-Security-Policy": _ASSET_POLICY,
        }
        response = FileResponse(full_path, status_code, headers, media_type, stat_result=stat_result)
        if self.is_not_modified(response.headers, Headers(scope=scope)):
            return NotModifiedResponse(response.headers)
        return response
