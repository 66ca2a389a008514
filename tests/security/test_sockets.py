"""Floods of sockets and on sockets, foreign pages that open them, frames that are none."""

import json
import os
import struct
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from tests.plugins.measuring import least
from tests.security.attacks import SHAPED, documents
from tests.security.site import Site
from tests.security.test_documents import MOST_CPU
from tests.security.test_tokens import FORGED, token

HELLO = "{ __typename }"
PATIENCE = 20


@contextmanager
def socket(site: Site, **options: Any) -> Iterator[ClientConnection]:
    options.setdefault("subprotocols", ["graphql-transport-ws"])
    address = f"ws://127.0.0.1:{site.server.port}/graphql"
    with connect(address, open_timeout=PATIENCE, close_timeout=PATIENCE, compression=None, **options) as opened:
        yield opened


def say(to: ClientConnection, **message: object) -> None:
    to.send(json.dumps(message))


def hear(of: ClientConnection) -> Any:
    return json.loads(of.recv(timeout=PATIENCE))


def greet(to: ClientConnection, **init: object) -> None:
    say(to, type="connection_init", **init)
    assert hear(to) == {"type": "connection_ack"}


def close_code(of: ClientConnection) -> int | None:
    """Read to the end; with which code the server closed it."""
    try:
        while True:
            of.recv(timeout=PATIENCE)
    except ConnectionClosed as closed:
        return closed.rcvd.code if closed.rcvd is not None else None


class TestWhoMayOpenOne:
    @pytest.mark.parametrize(
        "origin",
        [
            "https://evil.example",
            "null",
            "http://127.0.0.1.evil.example",
            "http://127.0.0.1@evil.example",
            "file://",
            "http://[",
        ],
    )
    def test_a_foreign_page_may_not(self, site: Site, origin: str) -> None:
        with pytest.raises(InvalidStatus) as refused, socket(site, origin=origin):
            pass

        assert refused.value.response.status_code == 403

    @pytest.mark.parametrize("protocols", [None, ["graphql-ws"], ["chat"]])
    def test_nor_who_speaks_something_else(self, site: Site, protocols: list[str] | None) -> None:
        with pytest.raises(InvalidStatus) as refused, socket(site, subprotocols=protocols):
            pass

        assert refused.value.response.status_code == 400

    @pytest.mark.parametrize("path", ["/webhooks/shop", "/health/live", "/", "/nowhere"])
    def test_nor_elsewhere(self, site: Site, path: str) -> None:
        with pytest.raises(InvalidHandshake), connect(f"ws://127.0.0.1:{site.server.port}{path}"):
            pass

        assert site.ask(HELLO).status_code == 200

    @pytest.mark.parametrize(
        "name", ["no signature", "another secret", "expired", "a public key as a secret", "too long"]
    )
    def test_a_forged_token_is_refused_at_the_start(self, site: Site, name: str) -> None:
        with socket(site) as opened:
            say(opened, type="connection_init", payload={"Authorization": f"Bearer {FORGED[name]}"})

            assert close_code(opened) == 4403

    def test_a_socket_ends_with_its_token(self, site: Site) -> None:
        """A token that is over is still good for the leeway of a minute; its socket is not."""
        now = int(time.time())
        with socket(site) as opened:
            ending = token(iat=now - 60, exp=now - 1)
            say(opened, type="connection_init", payload={"Authorization": f"Bearer {ending}"})

            assert close_code(opened) == 4403

    def test_nothing_is_asked_before_the_start(self, site: Site) -> None:
        with socket(site) as opened:
            say(opened, type="subscribe", id="1", payload={"query": HELLO})

            assert close_code(opened) == 4401


class TestFloods:
    @pytest.mark.parametrize("kind", ["ping", "pong", "complete", "subscribe"])
    def test_messages_without_end_close_the_socket(self, site: Site, kind: str) -> None:
        before = site.cpu()
        with socket(site) as opened:
            greet(opened)
            for number in range(20_000):
                with suppress(ConnectionClosed):
                    say(opened, type=kind, id=f"{number}", payload={"query": HELLO})
            code = close_code(opened)

        assert code in {1008, None}, "closed for the flood, or cut off while it came"
        # Of twenty thousand messages, those of one second were read.
        assert site.cpu() - before < 5 * MOST_CPU

    def test_so_do_frames_of_nothing(self, site: Site) -> None:
        with socket(site) as opened:
            greet(opened)
            for _ in range(20_000):
                with suppress(ConnectionClosed):
                    opened.ping()

            assert close_code(opened) in {1008, None}

    def test_many_operations_at_once_are_refused_one_by_one(self, site: Site) -> None:
        with socket(site) as opened:
            greet(opened)
            for number in range(98):
                say(opened, type="subscribe", id=f"{number}", payload={"query": HELLO})
            heard = [hear(opened) for _ in range(2 * 98)]

        assert {each["type"] for each in heard} == {"next", "complete"}

    @pytest.mark.quiet
    def test_many_sockets_leave_the_server_able_to_answer(self, site: Site) -> None:
        def measure(_: int) -> float:
            before, started = site.cpu(), time.perf_counter()
            answer = site.ask(HELLO)
            computed, taken = site.cpu() - before, time.perf_counter() - started
            assert answer.status_code == 200
            return max(computed, taken)

        with ExitStack() as stack:
            for _ in range(100):
                greet(stack.enter_context(socket(site)))

            assert least(measure, MOST_CPU) < MOST_CPU

    @pytest.mark.parametrize("name", ["fragments that double the answer", "values of many rows, many times", "commas"])
    def test_documents_are_bounded_as_over_http(self, site: Site, name: str) -> None:
        over_http = site.ask(SHAPED[name]).json()
        with socket(site) as opened:
            greet(opened)
            before = site.cpu()
            say(opened, type="subscribe", id="1", payload={"query": SHAPED[name]})
            heard = hear(opened)
            spent = site.cpu() - before

        assert (heard["payload"] if heard["type"] == "error" else heard["payload"].get("errors")) == over_http.get(
            "errors"
        )
        assert spent < MOST_CPU

    def test_subscriptions_are_bounded_too(self, site: Site) -> None:
        with socket(site) as opened:
            greet(opened)
            for number, text in enumerate(documents(2_900).values()):
                say(opened, type="subscribe", id=f"{number}", payload={"query": text.replace("{", "subscription {", 1)})
            heard = [hear(opened) for _ in documents(2_900)]

        assert {each["type"] for each in heard} <= {"next", "error", "complete"}


def frame(opcode: int, payload: bytes = b"", *, final: bool = True, masked: bool = True, reserved: int = 0) -> bytes:
    """A frame as RFC 6455, section 5.2, has it, or as it has it not."""
    first = bytes([(0x80 if final else 0) | reserved << 4 | opcode])
    size, mask_bit = len(payload), 0x80 if masked else 0
    if size < 126:
        length = bytes([mask_bit | size])
    else:
        length = bytes([mask_bit | 126]) + struct.pack(">H", size) if size < 65536 else b""
        length = length or bytes([mask_bit | 127]) + struct.pack(">Q", size)
    if not masked:
        return first + length + payload
    mask = os.urandom(4)
    return first + length + mask + bytes(byte ^ mask[at % 4] for at, byte in enumerate(payload))


TEXT, BINARY, CLOSE, PING = 1, 2, 8, 9

BROKEN = {
    "not masked": frame(TEXT, b"{}", masked=False),
    "reserved bits": frame(TEXT, b"{}", reserved=4),
    "an unknown opcode": frame(3),
    "an unknown control opcode": frame(0xB),
    "a long ping": frame(PING, b"x" * 200),
    "a ping in pieces": frame(PING, b"x", final=False),
    "a continuation of nothing": frame(0, b"x"),
    "not UTF-8": frame(TEXT, b"\xff\xfe"),
    "binary": frame(BINARY, b"{}"),
    "a close of one byte": frame(CLOSE, b"x"),
    "a close with an impossible code": frame(CLOSE, struct.pack(">H", 1005)),
    "a length beyond all machines": bytes([0x81, 0xFF]) + b"\xff" * 8,
    "a message that is too large": frame(TEXT, b" " * 300_000),
    "a message in pieces that are too large": frame(TEXT, b" " * 200_000, final=False) + frame(0, b" " * 200_000),
    "a message in pieces without end": frame(TEXT, b" ", final=False) + frame(0, b" ", final=False) * 1_000,
    "JSON that nests deep": frame(TEXT, b"[" * 60_000),
    "JSON that is no message": frame(TEXT, b"[1]"),
    "a message of another kind": frame(TEXT, b'{"type":"shutdown"}'),
    "HTTP": b"GET /graphql HTTP/1.1\r\nHost: x\r\n\r\n",
    "nothing but zeros": b"\0" * 1_000,
}


@pytest.mark.parametrize("name", BROKEN)
def test_frames_that_are_none_close_the_socket_and_nothing_else(site: Site, name: str) -> None:
    before = site.cpu()
    with site.server.connect() as connection:
        connection.send(
            b"GET /graphql HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
            b"Sec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n"
        )
        assert connection.response().status == 101
        connection.send(BROKEN[name])
        connection.sock.settimeout(PATIENCE)
        received = b""
        try:
            while chunk := connection.sock.recv(65536):
                received += chunk
                if received[:1] == b"\x88":  # a close, which is to be answered
                    connection.send(frame(CLOSE, received[2:4]))
        except (ConnectionResetError, BrokenPipeError):
            pass

    assert site.cpu() - before < MOST_CPU
    assert site.ask(HELLO).status_code == 200
