"""An answer leaves in one piece, and a head that nothing follows at once does not wait for what does."""

import asyncio
from collections.abc import Iterator

import pytest
from starlette.types import Receive, Scope, Send

from server.http.limits import HttpLimits
from tests.plugins.http_server import PATIENCE_SECONDS, Server, serve

REQUEST = b"GET %b HTTP/1.1\r\nHost: x\r\n\r\n"


async def answer(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers at once, or with a body that begins only when the head was read."""
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"5")]})
    if scope["path"] == "/later":
        await asyncio.sleep(0.5)
    await send({"type": "http.response.body", "body": b"hello"})


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    limits = HttpLimits()
    with serve(answer, limits) as running:
        yield running


def test_head_and_body_come_in_one_piece(server: Server) -> None:
    with server.connect() as connection:
        connection.sock.settimeout(PATIENCE_SECONDS)
        for _ in range(3):
            connection.send(REQUEST % b"/")
            piece = connection.sock.recv(65536)

            assert piece.startswith(b"HTTP/1.1 200")
            assert piece.endswith(b"\r\n\r\nhello")


def test_a_head_whose_body_takes_its_time_is_sent_before_it(server: Server) -> None:
    with server.connect() as connection:
        connection.sock.settimeout(PATIENCE_SECONDS)
        connection.send(REQUEST % b"/later")
        head = connection.sock.recv(65536)

        assert head.endswith(b"\r\n\r\n")
        assert connection.sock.recv(65536) == b"hello"
