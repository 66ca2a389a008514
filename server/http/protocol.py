"""Bounds on what comes before there is a request to speak of.

uvicorn's protocol starts the application once a head is complete, and waits for that as long as the client likes, for
as many bytes as it likes; a request that is answered before its body has arrived whole may leave its connection open
for good, and so may an answer that is never read. Here every wait for a client has an end, a head has a size, and what
is not HTTP is refused in the same shape as everything else. Trailer fields of a chunked body are dropped: they would
otherwise be appended to the header fields of a request that is already running, past every proxy that filters those
(RFC 9110, section 6.5.1).
"""

import asyncio
from enum import Enum
from http import HTTPStatus
from typing import ClassVar

import httptools
import orjson
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from server.http.limits import HttpLimits
from server.http.refusals import Code

_LINGER_SECONDS = 1.0
"""How long an answered client may go on sending; closing at once could destroy the answer (RFC 9112, section 9.6)."""


class _Reading(Enum):
    """What the next byte belongs to."""

    NOTHING = "between requests"
    HEAD = "a request's head"
    BODY = "a request's body"


def bounded_protocol(limits: HttpLimits) -> type[HttpToolsProtocol]:
    """The protocol class for `uvicorn.Config(http=…)`, which makes one object a connection."""

    class Bounded(BoundedHttpToolsProtocol):
        _limits = limits

    return Bounded


class _Joining:
    """A transport that sends an answer's head together with what follows it in the same turn of the loop.

    uvicorn writes the two apart, which are two system calls, and often two packets.
    """

    __slots__ = ("_head", "_loop", "_transport")

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._head = b""

    def write(self, data: bytes) -> None:
        """Keep a head for as long as this turn lasts; send anything else, after the head that is kept."""
        if self._head:
            head, self._head = self._head, b""
            self._transport.writelines((head, data))
        elif data.startswith(b"HTTP/1.1 ") and data.endswith(b"\r\n\r\n") and data[9:10] != b"1":
            self._head = data
            self._loop.call_soon(self._flush)
        else:
            self._transport.write(data)

    def close(self) -> None:
        """Send what is kept, and close."""
        self._flush()
        self._transport.close()

    def _flush(self) -> None:
        if self._head:
            head, self._head = self._head, b""
            self._transport.write(head)

    def __getattr__(self, name: str) -> object:
        return getattr(self._transport, name)


class BoundedHttpToolsProtocol(HttpToolsProtocol):
    """uvicorn's protocol with a deadline for every wait and a limit on the head.

    A deadline is set when a wait begins, and sending a byte now and then does not move it. There is none while the
    application works on a request, which has limits of its own, nor while uvicorn's keep-alive timer runs.
    """

    _limits: ClassVar[HttpLimits]

    _reading = _Reading.NOTHING
    _head_bytes = 0
    _deadline: asyncio.TimerHandle | None = None
    _deadline_ends_body = False
    _unread: asyncio.TimerHandle | None = None
    _upgraded = False
    _refusal: tuple[HTTPStatus, Code, str] | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's own does
        """Give the client until the deadline to say what it wants."""
        super().connection_made(transport)
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """Leave no timer behind."""
        self._unwatch()
        self._stop_waiting_for_reader()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse, and look whether a head grows without end."""
        super().data_received(data)
        if self._reading is _Reading.HEAD:
            # What the parser still holds of an unfinished field shows nowhere else.
            self._head_bytes += len(data)
            if self._head_bytes > self._limits.max_head_bytes and not self.transport.is_closing():
                self._refuse_head()
                self.send_400_response("")
        self._watch()

    def on_message_begin(self) -> None:
        """A head begins."""
        super().on_message_begin()
        self._reading = _Reading.HEAD
        self._head_bytes = 0

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header field, and drop a trailer field."""
        if self._reading is _Reading.HEAD:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Measure the head; hand over the request."""
        size = len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)
        if size > self._limits.max_head_bytes:
            self._refuse_head()
            raise httptools.HttpParserError("the head is too large")
        self._reading = _Reading.BODY
        super().on_headers_complete()
        if isinstance(self.cycle, RequestResponseCycle):
            self.cycle.transport = _Joining(self.transport, self.loop)  # type: ignore[assignment]  # all that a cycle asks of a transport

    def on_message_complete(self) -> None:
        """The body is whole."""
        self._reading = _Reading.NOTHING
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """The server waits for the client again."""
        super().on_response_complete()
        if self.transport.get_write_buffer_size() > 0:
            self._wait_for_reader()
        self._watch()

    def pause_writing(self) -> None:
        """The client reads more slowly than the application writes."""
        super().pause_writing()
        self._wait_for_reader()

    def resume_writing(self) -> None:
        """The client has read most of it."""
        self._stop_waiting_for_reader()
        if self.transport.get_write_buffer_size() > 0:
            self._wait_for_reader()
        super().resume_writing()

    def handle_websocket_upgrade(self) -> None:
        """Leave the connection to another protocol, with limits of its own."""
        self._upgraded = True
        self._unwatch()
        super().handle_websocket_upgrade()

    def send_400_response(self, msg: str) -> None:
        """Refuse what is not HTTP, or not within the limits, and close."""
        status, code, message = self._refusal or (HTTPStatus.BAD_REQUEST, Code.BAD_REQUEST, msg)
        body = orjson.dumps({"errors": [{"message": message, "extensions": {"code": code}}]})
        head = (
            f"HTTP/1.1 {status.value} {status.phrase}\r\nContent-Type: application/json; charset=utf-8\r\n"
            f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        )
        self.transport.write(head.encode() + body)
        self.transport.close()

    def _refuse_head(self) -> None:
        message = f"The request line and header fields may have at most {self._limits.max_head_bytes} bytes."
        self._refusal = (HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, Code.HEAD_TOO_LARGE, message)

    def _watch(self) -> None:
        """Set the deadline that the state calls for, unless it is set already."""
        answered = getattr(self.cycle, "response_complete", True)  # there is no cycle before the first request
        at_work = not answered or bool(self.pipeline)
        leftover = self._reading is _Reading.BODY
        if self._reading is _Reading.HEAD:
            self._unset_keepalive_if_required()  # it may have been set after this head began
        idle = self.timeout_keep_alive_task is not None and not leftover
        if at_work or idle or self._upgraded or self.transport.is_closing():
            self._unwatch()
        elif self._deadline is None or self._deadline_ends_body is not leftover:
            self._unwatch()
            self._deadline_ends_body = leftover
            seconds = _LINGER_SECONDS if leftover else self._limits.head_timeout_seconds
            self._deadline = self.loop.call_later(seconds, self._give_up)

    def _unwatch(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _wait_for_reader(self) -> None:
        if self._unread is None:
            self._unread = self.loop.call_later(self._limits.send_timeout_seconds, self._cut_off_reader)

    def _stop_waiting_for_reader(self) -> None:
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None

    def _cut_off_reader(self) -> None:
        self._unread = None
        if self.transport.get_write_buffer_size() > 0:
            self.transport.abort()  # to close it would be to wait until the rest is read

    def _give_up(self) -> None:
        self._deadline = None
        if self.transport.is_closing():
            return
        if self._reading is _Reading.HEAD:
            message = f"The request's head did not arrive whole within {self._limits.head_timeout_seconds:g} seconds."
            self._refusal = (HTTPStatus.REQUEST_TIMEOUT, Code.REQUEST_TIMEOUT, message)
            self.send_400_response("")
        else:
            self.transport.close()
