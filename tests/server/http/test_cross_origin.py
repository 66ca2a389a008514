"""What a browser may send for a page from elsewhere, and what that page may read."""

from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from server.http.cross_origin import CrossOrigin

SHOP = "https://tickets.example.org"
EVIL = "https://evil.test"
HOST = "https://api.example.org"


async def answer(_request: Request) -> Response:
    return Response(b"data", headers={"Vary": "Accept"})


def client(*origins: str, **options: Any) -> httpx.AsyncClient:
    routes = [Route(path, answer, methods=["GET", "POST"]) for path in ("/graphql", "/health/live")]
    app = CrossOrigin(Starlette(routes=routes), frozenset(origins), **options)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=HOST)


def preflight(origin: str) -> dict[str, str]:
    return {"origin": origin, "access-control-request-method": "POST", "access-control-request-headers": "content-type"}


async def test_a_page_of_a_named_origin_may_ask_and_read() -> None:
    async with client(SHOP) as asking:
        first = await asking.options("/graphql", headers=preflight(SHOP))
        then = await asking.post("/graphql", headers={"origin": SHOP})

    assert first.status_code == 204
    assert first.headers["access-control-allow-origin"] == SHOP
    assert "Content-Type" in first.headers["access-control-allow-headers"]
    assert "access-control-allow-credentials" not in first.headers
    assert then.headers["access-control-allow-origin"] == SHOP
    assert "RateLimit" in then.headers["access-control-expose-headers"]
    assert then.headers.get_list("vary") == ["Accept", "Origin"]


async def test_a_page_from_elsewhere_may_neither_ask_nor_read() -> None:
    async with client(SHOP) as asking:
        first = await asking.options("/graphql", headers=preflight(EVIL))
        then = await asking.post("/graphql", headers={"origin": EVIL})

    assert first.status_code == 403
    assert first.json()["errors"][0]["extensions"]["code"] == "ORIGIN_NOT_ALLOWED"
    for each in (first, then):
        assert not [name for name in each.headers if name.startswith("access-control")]
        assert "Origin" in each.headers.get_list("vary")


async def test_caches_learn_that_answers_differ_by_page_where_they_do() -> None:
    varies = {}
    for origins in ((), (SHOP,), ("*",)):
        async with client(*origins) as asking:
            varies[origins] = (await asking.get("/graphql")).headers.get_list("vary")

    assert varies == {(): ["Accept"], (SHOP,): ["Accept", "Origin"], ("*",): ["Accept"]}


async def test_all_pages_may_read_without_credentials() -> None:
    async with client("*") as asking:
        answered = await asking.get("/graphql", headers={"origin": EVIL, "sec-fetch-site": "cross-site"})

    assert answered.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in answered.headers


async def test_credentials_are_let_in_for_named_origins() -> None:
    async with client(SHOP, credentials=True) as asking:
        answered = await asking.get("/graphql", headers={"origin": SHOP})

    assert answered.headers["access-control-allow-credentials"] == "true"
    assert answered.headers["access-control-allow-origin"] == SHOP


FOREIGN = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors"}


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"sec-fetch-mode": "cors"}, 200),
        ({"sec-fetch-site": "same-origin", "sec-fetch-mode": "cors"}, 200),
        ({"sec-fetch-site": "none", "sec-fetch-mode": "navigate"}, 200),
        ({"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}, 200),
        (FOREIGN, 403),
        (FOREIGN | {"sec-fetch-site": "same-site"}, 403),
        (FOREIGN | {"sec-fetch-mode": "cors", "origin": EVIL}, 403),
        (FOREIGN | {"sec-fetch-mode": "cors", "origin": SHOP}, 200),
        ({"origin": EVIL}, 403),
        ({"origin": "null"}, 403),
        ({"origin": HOST}, 200),
        (FOREIGN | {"graphql-require-preflight": "1"}, 200),
        (FOREIGN | {"apollo-require-preflight": "true"}, 200),
        (FOREIGN | {"x-apollo-operation-name": "A"}, 200),
        (FOREIGN | {"authorization": "Bearer x"}, 200),
        (FOREIGN | {"accept": "text/html", "content-type": "text/plain"}, 403),
    ],
    ids=str,
)
async def test_a_get_that_a_browser_sends_unasked_for_a_foreign_page_is_refused(
    headers: dict[str, str], status: int
) -> None:
    async with client(SHOP) as asking:
        answered = await asking.get("/graphql", headers=headers)
        health = await asking.get("/health/live", headers=headers)

    assert answered.status_code == status
    assert health.status_code == 200
    if status == 403:
        assert answered.json()["errors"][0]["extensions"]["code"] == "PREFLIGHT_REQUIRED"
