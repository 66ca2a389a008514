"""Over a real socket: half-sent, slow, endless, contradictory and wrong bytes."""

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.types import Receive, Scope, Send

from server.http.limits import HttpLimits
from tests.plugins.http_server import PATIENCE_SECONDS, Connection, Server, serve

BODY = b'{"query":"{ hello }"}'
JSON_HEAD = b"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
LENGTH = b"Content-Length: %d\r\n\r\n" % len(BODY)
CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n"
GET = b"GET /graphql?query={hello} HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.fixture
def connection(server: Server) -> Iterator[Connection]:
    with server.connect() as connection:
        yield connection


@pytest.fixture(autouse=True)
def the_server_lives_on(server: Server) -> Iterator[None]:
    """Whatever a test does to its own connection, the next client is served."""
    yield
    with server.connect() as connection:
        connection.send(GET)
        assert connection.response().json() == {"data": {"hello": "world"}}


class TestWhatIsServed:
    def test_a_body_in_pieces(self, connection: Connection) -> None:
        for byte in JSON_HEAD + LENGTH + BODY:
            connection.send(bytes([byte]))

        assert connection.response().json() == {"data": {"hello": "world"}}

    def test_a_body_in_chunks(self, connection: Connection) -> None:
        connection.send(JSON_HEAD + CHUNKED + b"5;x=y\r\n" + BODY[:5] + b"\r\n10\r\n" + BODY[5:] + b"\r\n0\r\n\r\n")

        assert connection.response().json() == {"data": {"hello": "world"}}

    def test_a_client_that_asks_before_it_sends(self, connection: Connection) -> None:
        connection.send(JSON_HEAD + b"Expect: 100-continue\r\n" + LENGTH)
        assert connection.response().status == 100
        connection.send(BODY)

        assert connection.response().status == 200

    def test_requests_in_a_row_on_one_connection(self, connection: Connection) -> None:
        connection.send((JSON_HEAD + LENGTH + BODY + GET) * 5)

        assert [connection.response().status for _ in range(10)] == [200] * 10

    def test_a_client_that_thinks_between_its_requests(self, connection: Connection, limits: HttpLimits) -> None:
        for _ in range(2):
            connection.send(GET)
            assert connection.response().status == 200
            time.sleep(limits.head_timeout_seconds + 0.3)

        connection.send(GET)
        assert connection.response().status == 200

    def test_work_that_takes_longer_than_any_wait(self, connection: Connection) -> None:
        connection.send(b"GET /graphql?query={waits(seconds:2)} HTTP/1.1\r\nHost: x\r\n\r\n")

        assert connection.response().json() == {"data": {"waits": True}}

    def test_head_without_content(self, connection: Connection) -> None:
        connection.send(GET.replace(b"GET", b"HEAD") + GET)
        connection.sock.settimeout(PATIENCE_SECONDS)
        raw = b""
        while not raw.endswith(b'{"data":{"hello":"world"}}'):
            raw += connection.sock.recv(65536)

        assert raw.count(b"HTTP/1.1 200 OK") == 2
        assert raw.count(b"world") == 1

    def test_a_get_with_a_body_that_has_no_meaning(self, connection: Connection) -> None:
        connection.send(GET[:-2] + LENGTH + BODY + GET)

        assert [connection.response().status for _ in range(2)] == [200, 200]

    def test_an_upgrade_that_nobody_speaks(self, connection: Connection) -> None:
        connection.send(GET[:-2] + b"Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n")

        assert connection.response().status == 200


class TestWhatIsSlow:
    @pytest.mark.parametrize("framing", [LENGTH + BODY[:5], CHUNKED + b"5\r\n" + BODY[:5], LENGTH])
    def test_a_half_sent_body_times_out(self, connection: Connection, framing: bytes, limits: HttpLimits) -> None:
        started = time.monotonic()
        connection.send(JSON_HEAD + framing)
        response = connection.response()

        assert (response.status, response.code) == (408, "REQUEST_TIMEOUT")
        assert response.headers["connection"] == "close"
        assert time.monotonic() - started >= limits.body_timeout_seconds
        assert connection.closed_by_server()

    def test_a_body_that_trickles_times_out(self, connection: Connection) -> None:
        with _trickle(connection, JSON_HEAD + b"Content-Length: 1000\r\n\r\n"):
            response = connection.response()

        assert (response.status, response.code) == (408, "REQUEST_TIMEOUT")

    @pytest.mark.parametrize("half", [JSON_HEAD, b"P", b"GET /graphql?query=", b"GET / HTTP/1.1\r\nX: "])
    def test_a_half_sent_head_times_out(self, connection: Connection, half: bytes) -> None:
        connection.send(half)
        response = connection.response()

        assert (response.status, response.code) == (408, "REQUEST_TIMEOUT")
        assert connection.closed_by_server()

    def test_a_head_that_trickles_times_out(self, connection: Connection) -> None:
        with _trickle(connection, b"GET /graphql?query="):
            response = connection.response()

        assert (response.status, response.code) == (408, "REQUEST_TIMEOUT")

    def test_a_second_head_has_the_same_limit(self, connection: Connection) -> None:
        connection.send(GET + JSON_HEAD)
        assert connection.response().status == 200

        assert connection.response().code == "REQUEST_TIMEOUT"
        assert connection.closed_by_server()

    def test_a_client_that_says_nothing_is_let_go(self, connection: Connection) -> None:
        assert connection.closed_by_server()

    def test_a_client_that_says_only_line_breaks_is_let_go(self, connection: Connection) -> None:
        with _trickle(connection, b"", piece=b"\r\n"):
            assert connection.closed_by_server()

    @pytest.mark.parametrize("then", [b"", b"x"])
    def test_a_body_that_nobody_reads_does_not_hold_the_connection(self, connection: Connection, then: bytes) -> None:
        connection.send(b"DELETE /graphql HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n")
        assert connection.response().status == 405
        connection.send(then)

        assert connection.closed_by_server()

    def test_a_body_that_nobody_reads_may_still_end_in_time(self, connection: Connection) -> None:
        connection.send(b"DELETE /graphql HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n12345")
        assert connection.response().status == 405
        connection.send(b"67890" + GET)

        assert connection.response().status == 200

    def test_after_such_a_body_a_silent_client_is_let_go(self, connection: Connection) -> None:
        connection.send(b"DELETE /graphql HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n12345")
        assert connection.response().status == 405
        connection.send(b"67890")

        assert connection.closed_by_server()


class TestAnAnswerThatIsNotRead:
    @pytest.mark.parametrize("pieces", [1, 20])
    def test_it_does_not_hold_the_connection(self, limits: HttpLimits, pieces: int) -> None:
        ended = threading.Event()
        size = 20_000_000

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            head = {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % size)]}
            await send(head)
            for _ in range(pieces):
                await send({"type": "http.response.body", "body": b" " * (size // pieces), "more_body": True})
            await send({"type": "http.response.body"})
            ended.set()

        with serve(app, limits) as server, server.connect() as connection:
            connection.send(GET)
            assert ended.wait(PATIENCE_SECONDS)
            time.sleep(limits.send_timeout_seconds + 0.5)

            assert _bytes_until_cut_off(connection) < size

    def test_it_may_be_read_slowly(self, limits: HttpLimits) -> None:
        size = 6_000_000

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            head = {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % size)]}
            await send(head)
            for _ in range(60):
                await send({"type": "http.response.body", "body": b" " * (size // 60), "more_body": True})
            await send({"type": "http.response.body"})

        with serve(app, limits) as server, server.connect() as connection:
            connection.send(GET)
            time.sleep(limits.send_timeout_seconds * 0.6)

            assert len(connection.response().body) == size


class TestWhatIsLarge:
    def test_a_body_that_says_so_is_refused_before_it_is_sent(self, connection: Connection) -> None:
        connection.send(JSON_HEAD + b"Expect: 100-continue\r\nContent-Length: 1000000000\r\n\r\n")
        response = connection.response()

        assert (response.status, response.code) == (413, "BODY_TOO_LARGE")

    def test_a_client_that_sends_it_all_the_same_can_read_why_it_failed(self, connection: Connection) -> None:
        connection.send(JSON_HEAD + b"Content-Length: 3000000\r\n\r\n" + b" " * 3_000_000)

        assert connection.response().status == 413

    def test_an_endless_body_is_cut_off(self, connection: Connection) -> None:
        chunk = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
        connection.send(JSON_HEAD + CHUNKED + chunk * 2)

        assert connection.response().status == 413
        assert _is_cut_off(connection, chunk)

    @pytest.mark.parametrize(
        "endless",
        [
            pytest.param(b"X" * 1000, id="one name"),
            pytest.param(b"X: y\r\n" * 200, id="many fields"),
            pytest.param(b"X: " + b"y" * 1000, id="one value"),
        ],
    )
    def test_an_endless_head_is_refused(self, connection: Connection, endless: bytes) -> None:
        connection.send(b"GET / HTTP/1.1\r\nHost: x\r\n" + endless * 20)
        response = connection.response()

        assert (response.status, response.code) == (431, "HEAD_TOO_LARGE")
        assert connection.closed_by_server()

    @pytest.mark.parametrize("head", [b"GET / HTTP/1.1\r\nX: %s\r\n\r\n", b"GET /%s HTTP/1.1\r\n\r\n"])
    def test_a_large_head_is_refused_though_it_comes_at_once(self, connection: Connection, head: bytes) -> None:
        connection.send(head % (b"x" * 9000))

        assert connection.response().code == "HEAD_TOO_LARGE"

    def test_a_long_url_is_refused(self, connection: Connection) -> None:
        connection.send(GET.replace(b"{hello}", b"{hello}" + b"+" * 5000))
        response = connection.response()

        assert (response.status, response.code) == (414, "URL_TOO_LONG")


class TestWhatIsWrong:
    @pytest.mark.parametrize(
        "raw",
        [
            pytest.param(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", id="TLS"),
            pytest.param(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", id="HTTP/2"),
            pytest.param(b"nonsense\r\n\r\n", id="nonsense"),
            pytest.param(b"GET\r\n\r\n", id="no target"),
            pytest.param(b"GET /\xff HTTP/1.1\r\n\r\n", id="raw bytes in the path"),
            pytest.param(b"GET /\x00 HTTP/1.1\r\n\r\n", id="NUL in the path"),
            pytest.param(b"GET / HTTP/1.1\r\nX : y\r\n\r\n", id="space in a name"),
            pytest.param(b"GET / HTTP/1.1\r\nX: a\x00b\r\n\r\n", id="NUL in a value"),
            pytest.param(b"CONNECT x:80 HTTP/1.1\r\n\r\n", id="CONNECT"),
            pytest.param(
                JSON_HEAD + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", id="CL and TE"
            ),
            pytest.param(
                JSON_HEAD + b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n", id="TE and CL"
            ),
            pytest.param(JSON_HEAD + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\n12345", id="two lengths"),
            pytest.param(JSON_HEAD + b"Content-Length: 5, 6\r\n\r\n12345", id="a list of lengths"),
            pytest.param(JSON_HEAD + b"Content-Length: -5\r\n\r\n12345", id="negative length"),
            pytest.param(JSON_HEAD + b"Content-Length: +5\r\n\r\n12345", id="signed length"),
            pytest.param(JSON_HEAD + b"Content-Length: 99999999999999999999999\r\n\r\n", id="overflowing length"),
            pytest.param(JSON_HEAD + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n", id="chunked not last"),
            pytest.param(JSON_HEAD + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", id="unknown coding"),
            pytest.param(JSON_HEAD + b"Transfer-Encoding:\x0bchunked\r\n\r\n0\r\n\r\n", id="obscured coding"),
            pytest.param(JSON_HEAD + CHUNKED + b"zz\r\n", id="chunk size"),
            pytest.param(JSON_HEAD + CHUNKED + b"-5\r\n", id="negative chunk size"),
            pytest.param(JSON_HEAD + CHUNKED + b"fffffffffffffffff\r\n", id="overflowing chunk size"),
            pytest.param(JSON_HEAD + CHUNKED + b"5\r\n1234567\r\n", id="chunk longer than its size"),
        ],
    )
    def test_what_is_not_http_is_refused_and_the_connection_closed(self, connection: Connection, raw: bytes) -> None:
        connection.send(raw)
        response = connection.response()

        assert (response.status, response.code) == (400, "BAD_REQUEST")
        assert response.headers["content-type"] == "application/json; charset=utf-8"
        assert response.headers["connection"] == "close"
        assert connection.closed_by_server()

    def test_bytes_after_a_body_are_not_taken_for_it(self, connection: Connection) -> None:
        connection.send(JSON_HEAD + LENGTH + BODY + b"smuggled\r\n\r\n")

        assert connection.response().status == 400
        assert connection.closed_by_server()


class TestTrailers:
    """A field after the body must not become one of the request that is already running."""

    def test_a_trailer_field_is_dropped(self, limits: HttpLimits) -> None:
        seen: list[tuple[bytes, bytes]] = []

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            while (await receive()).get("more_body"):
                pass
            seen.extend(scope["headers"])
            await send({"type": "http.response.start", "status": 204, "headers": []})
            await send({"type": "http.response.body"})

        with serve(app, limits) as server, server.connect() as connection:
            connection.send(JSON_HEAD + CHUNKED + b"1\r\nx\r\n0\r\nAuthorization: stolen\r\n\r\n" + GET)

            assert [connection.response().status for _ in range(2)] == [204, 204]
        assert b"authorization" not in dict(seen)


class Echo(asyncio.Protocol):
    """The least of another protocol: it takes uvicorn's arguments and gives back every byte."""

    def __init__(self, **_: object) -> None:
        self.transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.transport.write(data)


def test_a_websocket_outlives_the_limits_of_http(limits: HttpLimits) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        raise AssertionError

    with serve(app, limits, ws=Echo) as server, server.connect() as connection:
        connection.send(GET[:-2] + b"Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
        assert connection.sock.recv(65536).startswith(b"GET /graphql")
        time.sleep(limits.head_timeout_seconds + 0.5)
        connection.send(b"still here")

        assert connection.sock.recv(65536) == b"still here"


_pieces = st.sampled_from(
    [
        JSON_HEAD,
        LENGTH,
        CHUNKED,
        BODY,
        GET,
        b"\r\n",
        b"\r\n\r\n",
        b"0\r\n\r\n",
        b"5\r\n",
        b"Content-Length: 3\r\n",
        b"\x00",
    ]
) | st.binary(max_size=12)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pieces=st.lists(_pieces, min_size=1, max_size=6))
def test_whatever_bytes_come_every_answer_is_2xx_or_4xx(server: Server, pieces: list[bytes]) -> None:
    with server.connect() as connection:
        connection.send(b"".join(pieces) + b"\r\n\r\n\x00\r\n\r\n")
        connection.sock.shutdown(1)
        raw = b""
        try:
            while chunk := connection.sock.recv(65536):
                raw += chunk
        except ConnectionResetError:
            pass

    assert all(line[9:10] in b"124" for line in raw.split(b"\r\n") if line.startswith(b"HTTP/1.1 "))


@contextmanager
def _trickle(connection: Connection, first: bytes, piece: bytes = b"x") -> Iterator[None]:
    """Send `first`, then a piece now and then until the block ends."""
    stop = threading.Event()

    def run() -> None:
        while not stop.wait(0.1):
            try:
                connection.send(piece)
            except OSError:
                return

    connection.send(first)
    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(PATIENCE_SECONDS)


def _bytes_until_cut_off(connection: Connection) -> int:
    received = 0
    try:
        while chunk := connection.sock.recv(1_000_000):
            received += len(chunk)
    except ConnectionResetError:
        pass
    return received


def _is_cut_off(connection: Connection, chunk: bytes) -> bool:
    """Whether the server closes the connection while the client goes on sending."""
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        try:
            connection.send(chunk)
        except OSError:
            return True
    return False
