from pathlib import Path

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from server.http.limits import HttpLimits
from server.http.resource import Resource
from server.operations.page import operations_page

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


async def ask(dist: Path, accept: str) -> httpx.Response:
    async def listed(_request: Request) -> Response:
        return Response(b"[]", media_type="application/json")

    def page(_request: Request) -> Response:
        return operations_page(dist)

    app = Starlette(routes=[Route("/operations", Resource(HttpLimits(), {"GET": listed}, page))])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        return await client.get("/operations", headers={"accept": accept})


async def test_a_browser_gets_a_page_that_may_do_nothing_but_what_it_came_for(tmp_path: Path) -> None:
    (tmp_path / "operations.html").write_text("<title>Operations</title>")

    answer = await ask(tmp_path, BROWSER)

    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    policy = dict(part.split(maxsplit=1) for part in answer.headers["content-security-policy"].split("; "))
    assert set(policy.values()) == {"'none'", "'self'", "'script'"}
    assert policy["default-src"] == policy["frame-ancestors"] == policy["form-action"] == "'none'"
    assert policy["require-trusted-types-for"] == "'script'"
    assert answer.headers["vary"] == "Accept"


async def test_a_program_gets_json_at_the_same_address(tmp_path: Path) -> None:
    for accept in ("application/json", "*/*", "application/json, text/html;q=0.9"):
        assert (await ask(tmp_path, accept)).headers["content-type"] == "application/json"


async def test_a_page_that_is_not_built_says_how(tmp_path: Path) -> None:
    answer = await ask(tmp_path, BROWSER)

    assert (answer.status_code, "make setup" in answer.text) == (503, True)
