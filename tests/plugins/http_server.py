"""A real uvicorn (uvloop, httptools) on a free port of the loopback, and a raw socket to it."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from dataclasses import dataclass, field

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from server.http.limits import HttpLimits
from server.http.protocol import bounded_protocol

PATIENCE_SECONDS = 20.0
"""The longest that any step of a test may take on a machine that others use too."""


@dataclass(frozen=True, slots=True)
class Server:
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @contextmanager
    def connect(self) -> Iterator["Connection"]:
        with socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE_SECONDS) as sock:
            yield Connection(sock)


@dataclass(frozen=True, slots=True)
class RawResponse:
    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> dict[str, object]:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        """The code of the first error."""
        return json.loads(self.body)["errors"][0]["extensions"]["code"]


@dataclass(slots=True)
class Connection:
    """One connection: bytes out as they are, responses in."""

    sock: socket.socket
    _read: bytearray = field(default_factory=bytearray)

    def send(self, raw: bytes) -> None:
        self.sock.sendall(raw)

    def response(self) -> RawResponse:
        """The next response; fails if the server closes the connection instead."""
        while b"\r\n\r\n" not in self._read:
            self._receive()
        head, _, rest = bytes(self._read).partition(b"\r\n\r\n")
        status_line, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        status = int(status_line.split(" ")[1])
        length = int(headers.get("content-length", "0"))
        self._read[:] = rest
        while len(self._read) < length:
            self._receive()
        body = bytes(self._read[:length])
        del self._read[:length]
        return RawResponse(status, headers, body)

    def closed_by_server(self) -> bool:
        """Whether the server closes the connection without another byte; fails if it does neither in time."""
        try:
            return not self._read and self.sock.recv(1) == b""
        except ConnectionResetError:
            return True

    def _receive(self) -> None:
        chunk = self.sock.recv(65536)
        assert chunk, f"the server closed the connection after {bytes(self._read)!r}"
        self._read += chunk


@contextmanager
def serve(app: ASGIApp, limits: HttpLimits, **options: object) -> Iterator[Server]:
    """Serve `app` in a thread until the block ends."""
    options = {"loop": "uvloop", "ws": "none", "lifespan": "off", "log_config": None, "access_log": False, **options}
    config = uvicorn.Config(app, http=bounded_protocol(limits), **options)
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        try:
            _wait_until_started(server, thread)
            yield Server(listener.getsockname()[1])
        finally:
            server.should_exit = True
            thread.join(PATIENCE_SECONDS)
            assert not thread.is_alive(), "the server did not stop"


@contextmanager
def serve_opened(
    opening: Callable[[], AbstractAsyncContextManager[ASGIApp]], limits: HttpLimits, **options: object
) -> Iterator[Server]:
    """Serve an application that is opened on the server's own loop, and closed there at the end."""
    opened: list[ASGIApp] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            await opened[0](scope, receive, send)
            return
        await receive()
        async with opening() as inner:
            opened.append(inner)
            await send({"type": "lifespan.startup.complete"})
            await receive()
        await send({"type": "lifespan.shutdown.complete"})

    with serve(app, limits, lifespan="on", **options) as server:
        yield server


def _wait_until_started(server: uvicorn.Server, thread: threading.Thread) -> None:
    pause = threading.Event()
    for _ in range(int(PATIENCE_SECONDS / 0.02)):
        if server.started:
            return
        assert thread.is_alive(), "the server did not start"
        pause.wait(0.02)
    raise AssertionError("the server did not start in time")
