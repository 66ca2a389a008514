import re

import httpx
import pytest
import structlog
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.types import Message, Receive, Scope, Send
from structlog.testing import capture_logs

from server.http.request_id import RequestId, request_id_of


async def tell(request: Request) -> JSONResponse:
    names = {"context": structlog.contextvars.get_contextvars(), "scope": request_id_of(request.scope)}
    structlog.contextvars.bind_contextvars(left_behind="by the request before")
    return JSONResponse(names, status_code=202)


def client() -> httpx.AsyncClient:
    transport = httpx.ASGITransport(RequestId(Starlette(routes=[Route("/tell", tell)])))
    return httpx.AsyncClient(transport=transport, base_url="http://test")


@pytest.mark.parametrize("given", ["12345678", "a" * 128, "01JD.trace_7-b"])
async def test_a_well_formed_id_is_taken_over(given: str) -> None:
    async with client() as http:
        response = await http.get("/tell", headers={"X-Request-ID": given})

    assert response.headers["x-request-id"] == given
    assert response.json() == {"context": {"request_id": given}, "scope": given}


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [("X-Request-ID", "")],
        [("X-Request-ID", "1234567")],
        [("X-Request-ID", "a" * 129)],
        [("X-Request-ID", "12345678 ")],
        [("X-Request-ID", "12345678\n")],
        [("X-Request-ID", '12345678","level":"fatal')],
        [("X-Request-ID", "éééééééé")],
        [("X-Request-ID", "12345678"), ("X-Request-ID", "12345678")],
    ],
)
async def test_any_other_id_is_replaced(headers: list[tuple[str, str]]) -> None:
    raw = [(name.encode(), value.encode()) for name, value in headers]
    async with client() as http:
        response = await http.get("/tell", headers=raw)

    assert re.fullmatch(r"[0-9a-f]{32}", response.headers["x-request-id"])
    assert response.json()["scope"] == response.headers["x-request-id"]


async def test_every_request_has_an_id_of_its_own_and_a_clean_context() -> None:
    async with client() as http:
        answers = [(await http.get("/tell")).json() for _ in range(2)]

    assert answers[0]["scope"] != answers[1]["scope"]
    assert answers[1]["context"] == {"request_id": answers[1]["scope"]}


async def test_one_line_says_what_became_of_a_request_and_nothing_of_what_it_said() -> None:
    with capture_logs() as logs:
        async with client() as http:
            response = await http.get("/tell?secret=1", headers={"X-Request-ID": "12345678", "Authorization": "secret"})

    (line,) = logs
    assert line.pop("duration_ms") >= 0
    assert line == {
        "event": "request",
        "log_level": "info",
        "method": "GET",
        "path": "/tell",
        "status": 202,
        "bytes": len(response.content),
        "request_id": "12345678",
    }


async def test_a_request_that_nobody_waited_for_is_logged_as_499() -> None:
    async def silent(scope: Scope, receive: Receive, send: Send) -> None:
        pass

    with capture_logs() as logs:
        await RequestId(silent)({"type": "http", "method": "GET", "path": "/", "headers": []}, _never, _never)

    assert logs[0]["status"] == 499


async def test_what_is_not_http_passes_through() -> None:
    seen = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope)

    await RequestId(app)({"type": "lifespan"}, _never, _never)

    assert seen == [{"type": "lifespan"}]


def test_outside_of_a_request_there_is_no_id() -> None:
    assert request_id_of({"type": "http"}) is None


async def _never(*_: Message) -> Message:
    raise AssertionError
