"""A socket below its messages: a rate of frames, a deadline for the reader, a goodbye at the end."""

import asyncio
import base64
import json
import os
import socket
import struct
import time
from collections.abc import Callable
from contextlib import closing

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.plugins.live import PATIENCE_SECONDS, Live, live

CODES = {1000, 1001, 1002, 1003, 1007, 1008, 1009, 1011, 4400, 4401, 4403, 4408, 4409, 4429}
"""Those of RFC 6455 that a server sends, and those of `graphql-transport-ws`."""

NO_CODE = 1005
"""What stands for the code of a close frame that has none (RFC 6455, section 7.1.5)."""

HANDSHAKE = (
    "GET /graphql HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n{more}\r\n"
)


async def until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < end, "it did not come about in time"
        await asyncio.sleep(0.02)


def connected(host: str, more: str = "") -> socket.socket:
    """A raw connection on which a handshake was sent."""
    name, _, port = host.partition(":")
    connection = socket.create_connection((name, int(port)), timeout=PATIENCE_SECONDS)
    key = base64.b64encode(os.urandom(16)).decode()
    connection.sendall(HANDSHAKE.format(host=host, key=key, more=more).encode("latin-1"))
    return connection


def masked(opcode: int, data: bytes, *, fin: bool = True) -> bytes:
    """A frame as a client sends it, with a mask of zeros."""
    length = len(data)
    size = bytes([0x80 | length]) if length < 126 else struct.pack("!BH", 0x80 | 126, length)
    return bytes([(0x80 if fin else 0) | opcode]) + size + bytes(4) + data


def text(**message: object) -> bytes:
    return masked(1, json.dumps(message).encode())


GOODBYE = masked(8, b"\x03\xe8")
GOODBYE_WITHOUT_CODE = masked(8, b"")


def read_to_the_end(connection: socket.socket) -> bytes:
    answer = b""
    try:
        while chunk := connection.recv(65536):
            answer += chunk
    except ConnectionResetError:
        pass
    return answer


def close_code(answer: bytes) -> int | None:
    """The code of the close frame at the end of what a server said; None where there is no such frame."""
    _, _, rest = answer.partition(b"\r\n\r\n")
    while rest:
        opcode, size = rest[0] & 15, rest[1]
        start = 2 if size < 126 else 4 if size == 126 else 10
        length = size if size < 126 else int.from_bytes(rest[2:start], "big")
        if opcode == 8:
            return int.from_bytes(rest[start : start + 2], "big") if length else NO_CODE
        rest = rest[start + length :]
    return None


async def spoken(host: str, raw: bytes, more: str = "") -> bytes:
    """All that a server says to these bytes after a handshake; the client says nothing more."""

    def speak() -> bytes:
        with closing(connected(host, more)) as connection:
            answer = b""
            while b"\r\n\r\n" not in answer:
                answer += connection.recv(65536)
            connection.sendall(raw)
            return answer + read_to_the_end(connection)

    return await asyncio.to_thread(speak)


async def test_too_many_frames_in_a_second_close_the_socket(database_url: str, redis_url: str) -> None:
    async with live(database_url, redis_url, socket_messages_per_second=20) as server:
        for flood in (masked(9, b"") * 30, masked(0, b"", fin=False) * 30, text(type="pong") * 30):
            answer = await spoken(server.host, masked(1, b"{", fin=False) + flood)

            assert close_code(answer) in {1002, 1008}


async def test_a_message_above_the_limit_closes_the_socket(database_url: str, redis_url: str) -> None:
    async with live(database_url, redis_url, http_max_body_bytes=2048) as server:
        whole = await spoken(server.host, masked(1, b"a" * 2049))
        in_parts = await spoken(server.host, masked(1, b"a" * 1500, fin=False) + masked(0, b"a" * 1500))

    assert close_code(whole) == close_code(in_parts) == 1009


async def test_a_client_that_is_gone_is_noticed(server: Live) -> None:
    """It answers no ping."""
    began = time.monotonic()
    answer = await spoken(server.host, text(type="connection_init"))

    assert close_code(answer) == 1011
    assert time.monotonic() - began < PATIENCE_SECONDS / 2


async def test_a_client_that_does_not_read_is_cut_off(database_url: str, redis_url: str) -> None:
    types = "{ types { name description fields { name description } } }"
    large = "{ " + " ".join(f"a{number}: __schema {types}" for number in range(20)) + " }"
    asked = [text(type="subscribe", id=str(number), payload={"query": large}) for number in range(40)]
    async with live(database_url, redis_url, http_send_timeout_seconds=0.5, socket_ping_seconds=60) as server:
        with closing(connected(server.host)) as connection:
            await asyncio.to_thread(connection.recv, 1024)
            connection.sendall(b"".join([text(type="connection_init"), *asked]))
            await until(lambda: server.server.server_state.connections == set())


@pytest.mark.parametrize(
    "more",
    [
        "X-Long: " + "a" * 20_000 + "\r\n",
        "".join(f"X-{number}: a\r\n" for number in range(200)),
        "Sec-WebSocket-Key: twice\r\n",
        "Content-Length: 5\r\n",
        "Transfer-Encoding: chunked\r\n",
        "X-\xff: a\r\n",
    ],
)
async def test_what_is_no_handshake_is_refused(server: Live, more: str) -> None:
    with closing(connected(server.host, more)) as connection:
        answer = await asyncio.to_thread(read_to_the_end, connection)

    assert answer.startswith(b"HTTP/1.1 400")


@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.lists(
        st.builds(masked, st.integers(0, 15), st.binary(max_size=140), fin=st.booleans())
        | st.sampled_from([text(type="connection_init"), text(type="complete", id="1"), GOODBYE, GOODBYE_WITHOUT_CODE])
        | st.binary(min_size=1, max_size=20),
        max_size=6,
    )
)
async def test_whatever_is_sent_the_socket_is_closed_by_a_code_that_clients_know(
    server: Live, frames: list[bytes]
) -> None:
    answer = await spoken(server.host, b"".join([*frames, GOODBYE]))

    assert close_code(answer) in {*CODES, NO_CODE, None}
    assert answer.startswith(b"HTTP/1.1 101")


@pytest.mark.parametrize(("goodbye", "code"), [(GOODBYE, 1000), (GOODBYE_WITHOUT_CODE, NO_CODE)])
async def test_a_close_is_answered_with_its_own_code(server: Live, goodbye: bytes, code: int) -> None:
    """It is echoed, and where it has none, there is none to echo (RFC 6455, section 5.5.1)."""
    answer = await spoken(server.host, text(type="connection_init") + goodbye)

    assert close_code(answer) == code
