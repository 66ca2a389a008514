import re
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import unquote

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Message

from server.graphiql import graphiql_assets, graphiql_page


@pytest.fixture
def dist(tmp_path: Path) -> Path:
    """What a build leaves, in small."""
    folder = tmp_path / "dist"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text('<meta name="style-nonce" nonce="{{nonce}}" /><title>Boxoffice</title>')
    (folder / ".built").touch()
    for name in ("main-A1.js", "main-B2.css", "codicon-C3.ttf", "roboto-D4.woff2", "favicon-E5.svg", "notes.txt"):
        (folder / "assets" / name).write_text(name)
    return folder


@pytest.fixture
def application(dist: Path) -> Starlette:
    async def page(_: Request) -> Response:
        return graphiql_page(dist)

    return Starlette(routes=[Route("/graphql", page), graphiql_assets(dist)])


@pytest.fixture
async def client(application: Starlette) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(application), base_url="http://boxoffice") as client:
        yield client


def policy(response: httpx.Response) -> dict[str, list[str]]:
    directives = (part.split() for part in response.headers["content-security-policy"].split(";"))
    return {name: sources for name, *sources in directives}


async def test_the_page_allows_scripts_workers_and_requests_of_its_own_origin_only(client: httpx.AsyncClient) -> None:
    response = await client.get("/graphql")

    assert (response.status_code, response.headers["content-type"]) == (200, "text/html; charset=utf-8")
    directives = policy(response)
    assert directives.pop("style-src")[0] == "'self'"
    assert directives == {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "worker-src": ["'self'"],
        "connect-src": ["'self'"],
        "font-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "base-uri": ["'none'"],
        "form-action": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
    assert "unsafe" not in response.headers["content-security-policy"]


async def test_each_page_has_a_nonce_of_its_own_that_its_policy_names(client: httpx.AsyncClient) -> None:
    responses = [await client.get("/graphql") for _ in range(2)]

    nonces = [re.findall(r'nonce="([\w-]{20,})"', response.text) for response in responses]
    assert [policy(response)["style-src"][1:] for response in responses] == [[f"'nonce-{own}'"] for (own,) in nonces]
    assert nonces[0] != nonces[1]


async def test_the_page_is_never_stored_sniffed_or_named_to_others(client: httpx.AsyncClient) -> None:
    headers = (await client.get("/graphql")).headers

    assert headers["cache-control"] == "no-store"
    assert headers["vary"] == "Accept"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cross-origin-opener-policy"] == "same-origin"


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("main-A1.js", "text/javascript; charset=utf-8"),
        ("main-B2.css", "text/css; charset=utf-8"),
        ("codicon-C3.ttf", "font/ttf"),
        ("roboto-D4.woff2", "font/woff2"),
        ("favicon-E5.svg", "image/svg+xml"),
    ],
)
async def test_an_asset_has_its_type_and_may_be_kept_for_ever(
    client: httpx.AsyncClient, name: str, media_type: str
) -> None:
    response = await client.get(f"/graphiql/assets/{name}")

    assert (response.status_code, response.text) == (200, name)
    assert response.headers["content-type"] == media_type
    assert response.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["referrer-policy"] == "same-origin"
    assert policy(response) == {"default-src": ["'none'"], "script-src": ["'self'"], "frame-ancestors": ["'none'"]}


async def test_an_asset_that_the_browser_has_is_not_sent_again(client: httpx.AsyncClient) -> None:
    first = await client.get("/graphiql/assets/main-A1.js")
    again = await client.get("/graphiql/assets/main-A1.js", headers={"if-none-match": first.headers["etag"]})

    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    assert again.headers["cache-control"] == first.headers["cache-control"]


async def test_an_asset_answers_head_and_refuses_other_methods(client: httpx.AsyncClient) -> None:
    head = await client.head("/graphiql/assets/main-A1.js")
    post = await client.post("/graphiql/assets/main-A1.js")

    assert (head.status_code, head.headers["content-length"], head.content) == (200, "10", b"")
    assert (post.status_code, post.headers["allow"]) == (405, "GET, HEAD")


@pytest.mark.parametrize(
    "path",
    [
        b"/graphiql/assets/missing.js",
        b"/graphiql/assets/notes.txt",  # no kind of file that a build makes
        b"/graphiql/assets/",
        b"/graphiql/assets/../index.html",
        b"/graphiql/assets/%2e%2e/index.html",
        b"/graphiql/assets/..%2f.built",
        b"/graphiql/assets/..%5cindex.html",
        b"/graphiql/assets//etc/passwd",
        b"/graphiql/assets/%2fetc%2fpasswd",
        b"/graphiql/assets/main-A1.js%00.css",
        b"/graphiql/assets/" + b"a" * 300 + b".js",
    ],
)
async def test_nothing_but_the_assets_can_be_read(application: Starlette, path: bytes) -> None:
    assert await status_of_get(application, path) == 404


async def test_the_assets_can_be_read_by_their_path(application: Starlette) -> None:
    """What the test above asks for, it asks for rightly."""
    assert await status_of_get(application, b"/graphiql/assets/main-A1.js") == 200


async def status_of_get(application: Starlette, path: bytes) -> int:
    """Ask for a path as it stands. A client library would tidy it first."""
    statuses: list[int] = []

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    target = {"path": unquote(path.decode()), "raw_path": path, "root_path": "", "query_string": b""}
    scope = {"type": "http", "http_version": "1.1", "method": "GET", "scheme": "http", "headers": [], **target}
    await application(scope, receive, send)
    (status,) = statuses
    return status


async def test_a_link_out_of_the_folder_is_not_followed(client: httpx.AsyncClient, dist: Path) -> None:
    (dist.parent / "secret.js").write_text("secret")
    (dist / "assets" / "link.js").symlink_to(dist.parent / "secret.js")

    assert (await client.get("/graphiql/assets/link.js")).status_code == 404


async def test_without_a_build_the_page_says_how_to_make_one(client: httpx.AsyncClient, dist: Path) -> None:
    shutil.rmtree(dist)

    page = await client.get("/graphql")
    asset = await client.get("/graphiql/assets/main-A1.js")

    assert (page.status_code, page.headers["content-type"]) == (503, "text/plain; charset=utf-8")
    assert page.text == "GraphiQL is not built yet: run `make setup`, then load this page again.\n"
    assert page.headers["cache-control"] == "no-store"
    assert asset.status_code == 404


async def test_a_build_that_comes_after_the_start_is_served(client: httpx.AsyncClient, dist: Path) -> None:
    later = shutil.move(dist, dist.parent / "later")
    before = [(await client.get(path)).status_code for path in ("/graphql", "/graphiql/assets/main-A1.js")]
    shutil.move(later, dist)
    after = [(await client.get(path)).status_code for path in ("/graphql", "/graphiql/assets/main-A1.js")]

    assert (before, after) == ([503, 404], [200, 200])
