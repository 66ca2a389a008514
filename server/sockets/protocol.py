"""Bounds on a socket, below its messages.

uvicorn's protocol for WebSockets answers pings for as long as it is sent some, waits without end for a client that does
not read, and cuts everything off when the process is told to stop. Here frames have a rate, a reader has a deadline,
and at a stop the application says goodbye. Compression is off: it would keep tens of kilobytes for each socket, and
what a message decompresses to is not what was counted.
"""

from __future__ import annotations

import asyncio
from typing import Any, ClassVar

from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import CloseCode, Frame

from server.sockets.limits import SocketLimits

_CLOSE_SECONDS = 2.0
"""How long a client has to answer a close."""

_NO_HANDSHAKE = (
    b"HTTP/1.1 400 Bad Request\r\nContent-Type: application/json; charset=utf-8\r\nConnection: close\r\n\r\n"
    b'{"errors":[{"message":"This is not the handshake of a WebSocket: it has a body, or its head is too large.",'
    b'"extensions":{"code":"BAD_REQUEST"}}]}'
)
"""The answer ends with the connection."""


def bounded_sockets(limits: SocketLimits) -> type[WebSocketsSansIOProtocol]:
    """The protocol class for `uvicorn.Config(ws=…)`, which makes one object a socket."""

    class Bounded(BoundedWebSocketsProtocol):
        _limits = limits

    return Bounded


def socket_options(limits: SocketLimits) -> dict[str, Any]:
    """What `uvicorn.Config` is to be told of sockets."""
    return {
        "ws": bounded_sockets(limits),
        "ws_max_size": limits.max_message_bytes,
        "ws_ping_interval": limits.ping_seconds,
        "ws_ping_timeout": limits.ping_seconds,
        "ws_per_message_deflate": False,
    }


class BoundedWebSocketsProtocol(WebSocketsSansIOProtocol):
    """uvicorn's protocol with a rate of frames and a deadline for the reader."""

    _limits: ClassVar[SocketLimits]

    _second = 0.0
    _frames = 0
    _unread: asyncio.TimerHandle | None = None

    def __init__(self, *given: Any, **options: Any) -> None:  # noqa: ANN401 - uvicorn's own
        super().__init__(*given, **options)
        self.close_timeout = _CLOSE_SECONDS

    def connection_lost(self, exc: Exception | None) -> None:
        """Leave no timer behind."""
        self._stop_waiting_for_reader()
        super().connection_lost(exc)

    def handle_events(self) -> None:
        """Count frames; close on too many in a second."""
        now = self.loop.time()
        if now - self._second >= 1:
            self._second, self._frames = now, 0
        self._frames += sum(isinstance(event, Frame) for event in self.conn.events)
        if self._frames > self._limits.messages_per_second and self.handshake_complete:
            self._refuse(CloseCode.POLICY_VIOLATION, "too many messages")
        else:
            super().handle_events()

    def data_received(self, data: bytes) -> None:
        """Read; refuse a handshake that is none, on which uvicorn would wait without end."""
        super().data_received(data)
        if not self.handshake_initiated:
            # The HTTP protocol hands a head over whole, so that nothing of it is still to come.
            self.transport.write(_NO_HANDSHAKE)
            self.transport.close()

    def pause_writing(self) -> None:
        """The client reads more slowly than it is told."""
        super().pause_writing()
        if self._unread is None:
            self._unread = self.loop.call_later(self._limits.send_timeout_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        """The client has read most of it."""
        self._stop_waiting_for_reader()
        super().resume_writing()

    async def send(self, message: Any) -> None:  # noqa: ANN401 - uvicorn's own
        """Send.

        Raises:
            ClientDisconnected: the socket is closed already.
        """
        await self.writable.wait()
        if self.close_sent or self.transport.is_closing():
            raise ClientDisconnected
        await super().send(message)
        if message["type"] == "websocket.close" and self._unread is None:
            # What is left may never be read, and to close is to wait for that.
            self._unread = self.loop.call_later(self._limits.send_timeout_seconds, self.transport.abort)

    def shutdown(self) -> None:
        """Leave the goodbye to the application, once there is one."""
        if not self.handshake_complete:
            super().shutdown()

    def _refuse(self, code: CloseCode, reason: str) -> None:
        self.stop_keepalive()
        self.conn.fail(code, reason)
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        self.transport.close()

    def _stop_waiting_for_reader(self) -> None:
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None
