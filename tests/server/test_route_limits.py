"""Limits on plain routes: exact while Redis answers, in memory while it does not, and never in anybody's way."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import httpx
import psutil
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from server.route_limits import open_route_limits


async def hello(_request: Request) -> Response:
    return PlainTextResponse("hello")


def app_of(redis_url: str, limits: object) -> Starlette:
    routes = [Route(path, hello) for path in ("/plain", "/other/{name}", "/strict", "/api/{path:path}")]
    limits.guard(routes, "3/minute", {"/strict": "1/minute"})  # type: ignore[attr-defined]
    return Starlette(routes=routes)


@asynccontextmanager
async def client(redis_url: str, address: str = "192.0.2.7") -> AsyncIterator[httpx.AsyncClient]:
    with open_route_limits(redis_url) as limits:
        transport = httpx.ASGITransport(app_of(redis_url, limits), client=(address, 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as asking:
            yield asking


async def statuses(asking: httpx.AsyncClient, path: str, times: int) -> list[int]:
    return [(await asking.get(path)).status_code for _ in range(times)]


async def test_a_route_answers_an_address_so_often_and_says_when_again(redis_url: str) -> None:
    async with client(redis_url) as asking:
        assert await statuses(asking, "/plain", 4) == [200, 200, 200, 429]
        refused = await asking.get("/plain")

    assert refused.json()["errors"][0]["extensions"]["code"] == "RATE_LIMITED"
    assert 1 <= int(refused.headers["retry-after"]) <= 60


async def test_routes_and_addresses_are_counted_apart_and_processes_together(redis_url: str) -> None:
    async with client(redis_url) as one, client(redis_url) as same, client(redis_url, "192.0.2.8") as other:
        assert await statuses(one, "/strict", 2) == [200, 429]
        assert await statuses(same, "/strict", 1) == [429]
        assert await statuses(other, "/strict", 1) == [200]
        assert await statuses(one, "/plain", 1) == [200]


async def test_a_name_in_the_path_makes_no_route_of_its_own(redis_url: str) -> None:
    async with client(redis_url) as asking:
        assert [(await asking.get(f"/other/{n}")).status_code for n in range(4)] == [200, 200, 200, 429]


async def test_what_executes_operations_is_charged_elsewhere(redis_url: str) -> None:
    async with client(redis_url) as asking:
        assert await statuses(asking, "/api/x", 5) == [200] * 5


async def test_no_connection_is_left_open(redis_url: str) -> None:
    def connections() -> int:
        port = urlsplit(redis_url).port
        return sum(bool(each.raddr) and each.raddr.port == port for each in psutil.Process().net_connections("tcp"))

    before = connections()
    async with client(redis_url) as asking:
        await asking.get("/plain")
        assert connections() > before

    assert connections() == before


@pytest.mark.quiet
async def test_without_redis_it_counts_in_memory() -> None:
    async with client("redis://127.0.0.1:1/0") as asking:
        began = time.monotonic()
        assert await statuses(asking, "/plain", 4) == [200, 200, 200, 429]

    assert time.monotonic() - began < 1


@pytest.fixture
async def hanging() -> AsyncIterator[str]:
    held: list[asyncio.StreamWriter] = []
    server = await asyncio.start_server(lambda _reader, writer: held.append(writer), "127.0.0.1", 0)
    yield f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}/0"
    for writer in held:
        writer.close()
    server.close()


@pytest.mark.quiet
async def test_a_redis_that_hangs_keeps_neither_the_loop_nor_a_request_waiting(hanging: str) -> None:
    lags: list[float] = []

    async def watch() -> None:
        while True:
            began = time.monotonic()
            await asyncio.sleep(0.005)
            lags.append(time.monotonic() - began)

    async with client(hanging) as asking:
        watching = asyncio.ensure_future(watch())
        began = time.monotonic()
        answers = await statuses(asking, "/plain", 4)
        taken = time.monotonic() - began
        watching.cancel()

    assert answers == [200, 200, 200, 429]
    assert taken < 1
    assert max(lags) < 0.5
