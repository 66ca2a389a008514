import asyncio
import base64
import importlib
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"
REQUEST = b"GET / HTTP/1.1\r\nHost: bench\r\n\r\n"


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(BENCHMARKS)
    return importlib.import_module("contest")


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(BENCHMARKS)
    return importlib.import_module("load")


@asynccontextmanager
async def serving(*answers: bytes) -> AsyncIterator[int]:
    """A server that gives these answers in turn, the last one for ever, and closes after an empty one."""
    given = 0

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal given
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                raw = answers[min(given, len(answers) - 1)]
                given += 1
                if not raw:
                    break
                writer.write(raw)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


def ok(body: bytes, status: str = "200 OK") -> bytes:
    return b"HTTP/1.1 %b\r\nContent-Length: %d\r\n\r\n%b" % (status.encode(), len(body), body)


def job(load: ModuleType, port: int, size: int = 2, requests: int = 100) -> object:
    exchange = load.Exchange(base64.b64encode(REQUEST).decode(), size)
    return load.Job("127.0.0.1", [port], [exchange], 4, 10.0, requests)


def contestant(bench: ModuleType, name: str, port: int, request: object) -> object:
    return bench.Contestant(name, [bench.Served(port, os.getpid())], [request])


async def test_every_request_is_answered_and_counted_once(load: ModuleType) -> None:
    async with serving(ok(b"{}")) as port:
        result = await load.load(job(load, port, requests=100))

    assert result.requests == 100
    assert 0 < result.p50 <= result.p99
    assert result.rate == pytest.approx(100 / result.seconds)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (ok(b"{}", "503 Busy"), "status 503"),
        (ok(b'{"errors":[]}'), "13 bytes; expected 200, 2 bytes"),
        (b"", "ended before its answer"),
        (b"no HTTP at all\r\n\r\n", "HttpParserError"),
    ],
)
async def test_an_answer_that_is_not_what_was_announced_ends_the_run(
    load: ModuleType, answer: bytes, reason: str
) -> None:
    async with serving(ok(b"{}"), ok(b"{}"), ok(b"{}"), answer) as port:
        with pytest.raises(load.WrongAnswer, match=reason):
            await load.load(job(load, port))


async def test_only_the_loopback_is_loaded(load: ModuleType) -> None:
    with pytest.raises(ValueError, match="not an address of the loopback"):
        await load.load(load.Job("192.0.2.1", [80], [], 1, 1.0, 1))


async def test_contestants_that_answer_differently_do_not_compete(bench: ModuleType) -> None:
    questions = importlib.import_module("questions")
    request = questions.Request(REQUEST)
    async with serving(ok(b'{"data": 1}')) as one, serving(ok(b'{"data": 2}')) as other:
        contestants = [contestant(bench, "one", one, request), contestant(bench, "other", other, request)]
        with pytest.raises(bench.NotTheSame, match="one and other answer differently"):
            await bench.contest(contestants, bench.Pace(1, 0.1), lambda _: None)


async def test_contestants_that_answer_alike_get_a_line_each(bench: ModuleType) -> None:
    questions = importlib.import_module("questions")
    request = questions.Request(REQUEST)
    async with serving(ok(b'{"data":  1}')) as one, serving(ok(b'{"data":1}')) as other:
        contestants = [contestant(bench, "one", one, request), contestant(bench, "other", other, request)]
        standings = await bench.contest(contestants, bench.Pace(2, 0.1), lambda _: None)

    assert [each.name for each in standings] == ["one", "other"]
    assert all(each.rate > 0 and len(each.rounds) == 2 for each in standings)


async def test_connections_are_shared_out_among_the_ports(load: ModuleType) -> None:
    """The second port gives itself away by its status."""
    exchange = load.Exchange(base64.b64encode(REQUEST).decode(), 2)
    async with serving(ok(b"{}")) as one, serving(ok(b"{}", "503 Busy")) as other:
        with pytest.raises(load.WrongAnswer, match="status 503"):
            await load.load(load.Job("127.0.0.1", [one, other], [exchange], 2, 10.0, 100))


async def test_a_process_that_answers_otherwise_than_its_twin_does_not_compete(bench: ModuleType) -> None:
    request = importlib.import_module("questions").Request(REQUEST)
    async with serving(ok(b'{"data": 1}')) as one, serving(ok(b'{"data": 2}')) as twin:
        both = bench.Contestant("one", [bench.Served(port, os.getpid()) for port in (one, twin)], [request])
        with pytest.raises(bench.NotTheSame):
            await bench.contest([both], bench.Pace(1, 0.1), lambda _: None)


async def test_the_cpu_time_of_a_contestant_is_told_for_each_request(bench: ModuleType) -> None:
    request = importlib.import_module("questions").Request(REQUEST)
    async with serving(ok(b'{"data": 1}')) as port:
        (standing,) = await bench.contest([contestant(bench, "one", port, request)], bench.Pace(1, 0.5), lambda _: None)

    (only,) = standing.rounds
    assert 0 < only.cpu <= 2 * only.result.seconds
    assert standing.cpu == pytest.approx(1000 * only.cpu / only.result.requests)


async def test_contestants_are_compared_round_by_round(bench: ModuleType, load: ModuleType) -> None:
    def standing(*rates: int) -> Any:
        rounds = [bench.Round(load.Result(rate, 1.0, 0.1, 0.2), 0.1, 0.1) for rate in rates]
        return bench.Standing("", 0.0, 0.0, 0.0, 0.0, 0.0, 0, rounds)

    assert standing(200, 20, 100).times(standing(100, 10, 10)) == 2.0


async def test_a_load_that_fails_says_on_which_port_and_why(bench: ModuleType, load: ModuleType) -> None:
    async with serving(ok(b"{}", "500 Broken")) as port:
        with pytest.raises(RuntimeError, match=rf"port {port} failed: WrongAnswer: status 500"):
            await bench.run(job(load, port))
