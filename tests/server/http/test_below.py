"""Everything below an address, whatever it is made of."""

from urllib.parse import quote

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

from server.http.below import route_below


class Rest:
    """Answers with the rest of the path."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await JSONResponse(Request(scope).path_params["rest"])(scope, receive, send)


APP = Starlette(routes=[route_below("/api", "rest", Rest())])


@pytest.mark.parametrize("path", ["", "a", "a/b/", "\n", "a\n", "\n/a", "a\r\nb", "\u2028", "%", "é"])
async def test_it_takes_all_of_it(path: str) -> None:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(APP), base_url="http://test") as client:
        answer = await client.put(f"/api/{quote(path)}")

    assert (answer.status_code, answer.json()) == (200, path)


@pytest.mark.parametrize("path", ["/api", "/apis/x", "/"])
async def test_what_is_not_below_is_left_to_others(path: str) -> None:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(APP), base_url="http://test") as client:
        assert (await client.get(path)).status_code in {307, 404}
