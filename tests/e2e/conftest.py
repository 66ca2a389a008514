"""What the end-to-end tests ask for: a server on a free port and a browser in front of it."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
import uvicorn
from starlette.types import ASGIApp

from tests.e2e.chromium import Chromium, Page


@pytest.fixture(scope="session")
def chromium_binary() -> str:
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if (binary := shutil.which(name)) is not None:
            return binary
    pytest.skip("no Chromium here; add these tests with: apt-get install --yes --no-install-recommends chromium")


@pytest.fixture
async def page(chromium_binary: str) -> AsyncIterator[Page]:
    with tempfile.TemporaryDirectory(prefix="chromium-", ignore_cleanup_errors=True) as profile:
        async with Chromium(chromium_binary, Path(profile)) as browser:
            yield await Page.create(browser)


@pytest.fixture
async def serve() -> AsyncIterator[Callable[[ASGIApp], Awaitable[str]]]:
    """Serve applications with uvicorn, each on a free port; hand out the address that each listens at."""
    running: list[tuple[uvicorn.Server, asyncio.Task[None]]] = []

    async def start(application: ASGIApp) -> str:
        server = uvicorn.Server(uvicorn.Config(application, host="127.0.0.1", port=0, log_level="warning"))
        task = asyncio.create_task(server.serve())
        running.append((server, task))
        async with asyncio.timeout(30):
            while not server.started:
                assert not task.done(), "uvicorn did not start"
                await asyncio.sleep(0.01)
        host, port = server.servers[0].sockets[0].getsockname()
        return f"http://{host}:{port}"

    yield start
    for server, task in running:
        server.should_exit = True
        await asyncio.wait_for(task, 30)
