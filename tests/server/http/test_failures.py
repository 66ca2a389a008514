import httpx
import pytest
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import Message, Receive, Scope, Send
from structlog.testing import capture_logs

from server.http.failures import Failures, answer_http_exception
from tests.plugins.http_server import Server

QUERY = {"query": "{ hello }"}


@pytest.mark.parametrize("accept", ["application/json", "application/graphql-response+json", "text/html"])
async def test_a_crash_is_masked_and_named(client: httpx.AsyncClient, accept: str) -> None:
    headers = {"X-Crash": "1", "X-Request-ID": "12345678", "Accept": accept}
    response = await client.get("/graphql", params=QUERY, headers=headers)

    if accept == "text/html":
        assert response.status_code == 406
        return
    assert response.status_code == 500
    assert response.headers["content-type"] == f"{accept}; charset=utf-8"
    assert response.headers["x-request-id"] == "12345678"
    (error,) = response.json()["errors"]
    assert error["extensions"] == {"code": "INTERNAL_SERVER_ERROR", "requestId": "12345678"}
    assert "secret" not in response.text


async def test_a_crash_is_logged_in_full(client: httpx.AsyncClient) -> None:
    with capture_logs() as logs:
        await client.post("/graphql", json=QUERY, headers={"X-Crash": "1", "X-Request-ID": "12345678"})

    crash, access = logs
    assert (crash["event"], crash["log_level"], crash["request_id"]) == ("request failed", "error", "12345678")
    assert crash["exc_info"]
    assert (access["event"], access["status"]) == ("request", 500)


def test_a_crash_leaves_the_connection_usable(server: Server) -> None:
    with server.connect() as connection:
        connection.send(b"GET /graphql?query={hello} HTTP/1.1\r\nHost: x\r\nX-Crash: 1\r\n\r\n")
        assert connection.response().status == 500
        connection.send(b"GET /graphql?query={hello} HTTP/1.1\r\nHost: x\r\n\r\n")

        assert connection.response().status == 200


async def test_a_crash_in_the_middle_of_an_answer_goes_on_to_the_server() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise ValueError("late")

    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "GET", "path": "/", "headers": []}
    with capture_logs() as logs, pytest.raises(ValueError, match="late"):
        await Failures(app)(scope, _never, send)

    assert [message["type"] for message in sent] == ["http.response.start"]
    assert logs[0]["event"] == "request failed"


async def test_what_is_not_http_passes_through() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        raise ValueError(scope["type"])

    with pytest.raises(ValueError, match="lifespan"):
        await Failures(app)({"type": "lifespan"}, _never, _never)


async def test_what_the_router_refuses_looks_like_any_refusal(client: httpx.AsyncClient) -> None:
    response = await client.get("/nowhere", headers={"Accept": "application/graphql-response+json"})

    assert response.status_code == 404
    assert response.json() == {"errors": [{"message": "Not Found", "extensions": {"code": "NOT_FOUND"}}]}


@pytest.mark.parametrize(
    ("status", "code"), [(404, "NOT_FOUND"), (405, "METHOD_NOT_ALLOWED"), (503, "SERVICE_UNAVAILABLE")]
)
def test_a_refusal_of_the_router_keeps_its_status_and_header_fields(status: int, code: str) -> None:
    request = Request({"type": "http", "headers": []})
    response = answer_http_exception(request, HTTPException(status, headers={"Retry-After": "3"}))

    assert response.status_code == status
    assert response.headers["retry-after"] == "3"
    assert code in bytes(response.body).decode()


async def _never(*_: Message) -> Message:
    raise AssertionError
