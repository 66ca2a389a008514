from collections.abc import AsyncIterator, Iterator

import httpx
import pytest

from server.http.limits import HttpLimits
from tests.plugins.http_server import Server, serve
from tests.plugins.sample_graphql import Traces, sample_app

LIMITS = HttpLimits(
    max_body_bytes=64 * 1024,
    body_timeout_seconds=0.7,
    max_url_bytes=4 * 1024,
    max_head_bytes=8 * 1024,
    head_timeout_seconds=1.0,
    send_timeout_seconds=1.0,
)
"""Small enough to be reached in a test."""


@pytest.fixture(scope="session")
def limits() -> HttpLimits:
    return LIMITS


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    """The whole stack in process; an exception that gets out of it fails the test."""
    transport = httpx.ASGITransport(sample_app(LIMITS))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        yield client


@pytest.fixture(scope="module")
def traces() -> Traces:
    return Traces()


@pytest.fixture(scope="module")
def server(traces: Traces) -> Iterator[Server]:
    """The whole stack behind a real uvicorn, with small limits."""
    with serve(sample_app(LIMITS, traces), LIMITS) as server:
        yield server
