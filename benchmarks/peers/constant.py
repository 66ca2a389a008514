"""Our own server, with one more route: so many constant bytes, by everything that stands around every other route."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import sys
from collections.abc import Iterator

import uvicorn
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from server.app import open_app
from server.listening import listen
from server.logs import configure_logs
from server.serve import spare_the_collector, uvicorn_config
from server.settings import load_settings

_BODIES: dict[int, bytes] = {}


async def constant(request: Request) -> Response:
    """Answer with as many bytes as the address says."""
    size: int = request.path_params["size"]
    body = _BODIES.setdefault(size, b"x" * size)
    return Response(body, media_type="application/json")


class _Server(uvicorn.Server):
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        port = self.servers[0].sockets[0].getsockname()[1]
        sys.stdout.write(f"http://127.0.0.1:{port}/\n")
        sys.stdout.flush()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, lambda: setattr(self, "should_exit", True))
        yield


async def serve() -> None:
    """Serve with the settings of the environment, on a free port of the loopback, which is printed first."""
    settings = load_settings()
    configure_logs(settings)
    listener = listen("127.0.0.1", 0)
    async with open_app(settings) as app:
        app.router.routes.insert(0, Route("/constant/{size:int}", constant))
        spare_the_collector()
        await _Server(uvicorn_config(app, settings)).serve(sockets=[listener])


if __name__ == "__main__":
    import uvloop

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve())
