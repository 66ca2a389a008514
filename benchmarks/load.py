"""The load generator: a process of its own, so that it takes no time from those it measures within their process.

It reads one `Job` as JSON from standard input and writes one `Result` as JSON to standard output. Each connection sends
its next request when the answer to the last one is complete (a closed loop). Every answer must have status 200 and the
size that was announced; the first that has not ends the run.
"""

from __future__ import annotations

import asyncio
import base64
import json
import sys
import time
from dataclasses import asdict, dataclass
from ipaddress import ip_address
from typing import Any, cast

import httptools
import uvloop

GRACE_SECONDS = 30.0
"""How long answers under way may take after the end of a run."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request's bytes, in base64, and the size of the body that must come back."""

    request: str
    size: int


@dataclass(frozen=True, slots=True)
class Job:
    """What to do: ask in turn, over so many connections, until the time or the number of requests is used up.

    Connections go to the ports in turn.
    """

    host: str
    ports: list[int]
    exchanges: list[Exchange]
    connections: int
    seconds: float
    requests: int


@dataclass(frozen=True, slots=True)
class Result:
    """What came of it; latencies in milliseconds."""

    requests: int
    seconds: float
    p50: float
    p99: float

    @property
    def rate(self) -> float:
        """Requests a second."""
        return self.requests / self.seconds


class WrongAnswer(Exception):
    """An answer of another status or size than announced, or a connection that ended without one."""


class _Run:
    """What the connections share."""

    def __init__(self, job: Job) -> None:
        self.asked = [(base64.b64decode(each.request), each.size) for each in job.exchanges]
        self.latencies: list[float] = []
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.sent = 0
        self._active = job.connections
        self._limit = job.requests
        self._deadline = time.perf_counter() + job.seconds

    def next(self, now: float) -> tuple[bytes, int] | None:
        """The next request, unless the run is over; one is sent, however long it took to connect."""
        if (self.sent and now >= self._deadline) or self.sent >= self._limit:
            self._active -= 1
            if self._active == 0 and not self.done.done():
                self.done.set_result(None)
            return None
        self.sent += 1
        return self.asked[self.sent % len(self.asked)]

    def fail(self, reason: str) -> None:
        if not self.done.done():
            self.done.set_exception(WrongAnswer(reason))


class _Client(asyncio.Protocol):
    """One connection."""

    def __init__(self, run: _Run) -> None:
        self._run = run
        self._parser = httptools.HttpResponseParser(self)
        self._transport: asyncio.Transport | None = None
        self._expected = 0
        self._received = 0
        self._sent_at = 0.0
        self._idle = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is no subclass of it
        self._ask(time.perf_counter())

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._idle:
            self._run.fail(f"the connection ended before its answer: {exc or 'closed by the server'}")

    def on_body(self, body: bytes) -> None:
        self._received += len(body)

    def on_message_complete(self) -> None:
        now = time.perf_counter()
        status = self._parser.get_status_code()
        if status != 200 or self._received != self._expected:
            self._run.fail(f"status {status}, {self._received} bytes; expected 200, {self._expected} bytes")
            return
        self._run.latencies.append(now - self._sent_at)
        self._ask(now)

    def _ask(self, now: float) -> None:
        following = self._run.next(now)
        assert self._transport is not None
        if following is None:
            self._idle = True
            self._transport.close()
            return
        request, self._expected = following
        self._received = 0
        self._sent_at = now
        self._transport.write(request)


async def load(job: Job) -> Result:
    """Run a job.

    Raises:
        WrongAnswer: an answer is not what was announced.
        ValueError: the host is not on the loopback.
    """
    if not ip_address(job.host).is_loopback:
        raise ValueError(f"{job.host} is not an address of the loopback")
    run = _Run(job)
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, fault: run.fail(_described(fault)))
    started = time.perf_counter()
    async with asyncio.timeout(job.seconds + GRACE_SECONDS):
        for number in range(job.connections):
            await loop.create_connection(lambda: _Client(run), job.host, job.ports[number % len(job.ports)])
        await run.done
    seconds = time.perf_counter() - started
    latencies = sorted(run.latencies)
    return Result(len(latencies), seconds, _quantile(latencies, 0.50), _quantile(latencies, 0.99))


def _described(fault: dict[str, Any]) -> str:
    """What an event loop says of an exception in a callback."""
    return f"{fault['message']}: {fault.get('exception')!r}"


def _quantile(ordered: list[float], share: float) -> float:
    return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def main() -> int:
    """Read a job, run it, write its result."""
    given = json.load(sys.stdin)
    job = Job(**{**given, "exchanges": [Exchange(**each) for each in given["exchanges"]]})
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            result = runner.run(load(job))
    except (WrongAnswer, TimeoutError, OSError) as error:
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
        return 1
    json.dump(asdict(result), sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
