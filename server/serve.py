"""Serve: open everything, listen, stop gracefully.

At the first SIGTERM or SIGINT `/health/ready` says no at once; after `SHUTDOWN_DELAY_SECONDS` nothing new is accepted,
sockets and event streams are told to leave, requests under way may finish within `SHUTDOWN_TIMEOUT_SECONDS`, and
everything that was opened is closed. A second signal does not wait for requests.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack

import uvicorn
from starlette.applications import Starlette

from jobs.relay import Deliveries
from server.app import open_app
from server.health import Draining
from server.http.protocol import bounded_protocol
from server.listening import listen
from server.settings import Settings
from server.sockets.protocol import socket_options
from server.working import working

SIGNALS = (signal.SIGTERM, signal.SIGINT)


class _Server(uvicorn.Server):
    """uvicorn, without its signal handlers: those would end the process before its neighbours are stopped."""

    def __init__(self, config: uvicorn.Config, announce: Callable[[], None]) -> None:
        super().__init__(config)
        self._announce = announce

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to `_stop_on_signal`."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start to answer, and say so."""
        await super().startup(sockets)
        self._announce()


async def serve(settings: Settings, announce: Callable[[str], None], *, worker: bool = False) -> None:
    """Listen until told to stop.

    Args:
        settings: complete, as `server.neighbours` yields them.
        announce: called with the base URL as soon as requests are answered.
        worker: whether this process does the work of `boxoffice worker` too.

    Raises:
        AddressInUseError: the address cannot be listened on.
    """
    listener = listen(settings.host, settings.port)
    draining = Draining()
    async with AsyncExitStack() as stack:
        stack.callback(listener.close)
        deliveries = Deliveries() if worker else None
        app = await stack.enter_async_context(open_app(settings, draining, deliveries))
        if deliveries is not None:
            await stack.enter_async_context(working(settings, deliveries))
        server = _Server(uvicorn_config(app, settings), lambda: announce(_base_url(listener)))
        spare_the_collector()
        stack.enter_context(_stop_on_signal(server, draining, settings.shutdown_delay_seconds))
        await server.serve(sockets=[listener])


def spare_the_collector() -> None:
    """Keep what lives as long as the process out of the garbage collector's way, and let it look less often.

    An answer is thousands of containers without a cycle among them, all of which the reference counts free. With
    Python's own thresholds each answer has them counted several times over, with the whole schema in every full round.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)


def uvicorn_config(app: Starlette, settings: Settings) -> uvicorn.Config:
    """How the application is served."""
    return uvicorn.Config(
        app,
        loop="uvloop",
        http=bounded_protocol(settings.http_limits),
        **socket_options(settings.socket_limits),
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=settings.shutdown_timeout_seconds,
    )


def _base_url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


@contextlib.contextmanager
def _stop_on_signal(server: _Server, draining: Draining, delay: float) -> Iterator[None]:
    loop = asyncio.get_running_loop()
    closing: list[asyncio.TimerHandle] = []

    def close() -> None:
        server.should_exit = True
        draining.close()

    def stop() -> None:
        if draining.started:
            close()
            server.force_exit = True
        else:
            draining.started = True
            closing.append(loop.call_later(delay, close))

    for each in SIGNALS:
        loop.add_signal_handler(each, stop)
    try:
        yield
    finally:
        for handle in closing:
            handle.cancel()
        for each in SIGNALS:
            # What is left to close has limits of its own, and to be killed in the midst of it helps nobody.
            loop.add_signal_handler(each, _ignore)


def _ignore() -> None:
    """Being stopped already."""
