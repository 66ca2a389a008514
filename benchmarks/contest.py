"""Contestants in turns: a warm-up, several rounds in which each is loaded alone, and the medians of those."""

from __future__ import annotations

import asyncio
import base64
import http.client
import json
import statistics
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from load import GRACE_SECONDS, Exchange, Job, Result
from questions import Request

CONNECTIONS = 8
WARM_UP_SHARE = 0.25
MAX_REQUESTS = 1_000_000

_LOAD = Path(__file__).resolve().parent / "load.py"


@dataclass(frozen=True, slots=True)
class Pace:
    """How long everything takes."""

    rounds: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Contestant:
    """Who answers which requests."""

    name: str
    port: int
    requests: Sequence[Request]


@dataclass(frozen=True, slots=True)
class Standing:
    """Medians over the rounds; latencies in milliseconds; `answers` are those to the first time each was asked."""

    name: str
    rate: float
    p50: float
    p99: float
    requests: int
    rounds: Sequence[Result]


class NotTheSame(Exception):
    """Contestants gave different answers to the same question."""


async def contest(contestants: Sequence[Contestant], pace: Pace, tell: Callable[[str], None]) -> list[Standing]:
    """Let contestants that answer alike compete.

    Raises:
        NotTheSame: they do not answer alike.
        RuntimeError: an answer changed its status or size during the run.
    """
    answers = [[await asyncio.to_thread(ask, each.port, request) for request in each.requests] for each in contestants]
    for each, found in zip(contestants[1:], answers[1:], strict=True):
        if [json.loads(body) for body in found] != [json.loads(body) for body in answers[0]]:
            raise NotTheSame(f"{contestants[0].name} and {each.name} answer differently")
    return await measure(contestants, [[len(body) for body in found] for found in answers], pace, tell)


async def measure(
    contestants: Sequence[Contestant], sizes: Sequence[Sequence[int]], pace: Pace, tell: Callable[[str], None]
) -> list[Standing]:
    """Load each in turn, round by round; `sizes` are those of the bodies that each request must get."""
    jobs = [
        Job(
            "127.0.0.1",
            each.port,
            [
                Exchange(base64.b64encode(request.raw).decode(), size)
                for request, size in zip(each.requests, its, strict=True)
            ],
            CONNECTIONS,
            pace.seconds,
            MAX_REQUESTS,
        )
        for each, its in zip(contestants, sizes, strict=True)
    ]
    for each, job in zip(contestants, jobs, strict=True):
        tell(f"warming up {each.name}")
        await run(replace(job, seconds=pace.seconds * WARM_UP_SHARE))
    results: list[list[Result]] = [[] for _ in jobs]
    for number in range(pace.rounds):
        # The order turns round, so that none always comes after the same one.
        places = list(range(len(jobs)))
        for place in places if number % 2 == 0 else reversed(places):
            tell(f"{contestants[place].name}, round {number + 1} of {pace.rounds}")
            results[place].append(await run(jobs[place]))
    return [_standing(each.name, its) for each, its in zip(contestants, results, strict=True)]


def _standing(name: str, results: Sequence[Result]) -> Standing:
    return Standing(
        name,
        statistics.median(each.rate for each in results),
        statistics.median(each.p50 for each in results),
        statistics.median(each.p99 for each in results),
        sum(each.requests for each in results),
        results,
    )


async def run(job: Job) -> Result:
    """Run a job in a process of its own.

    Raises:
        RuntimeError: it failed; the message says why.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(_LOAD),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(job.seconds + 2 * GRACE_SECONDS):
            output, errors = await process.communicate(json.dumps(asdict(job)).encode())
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0:
        raise RuntimeError(f"the load on port {job.port} failed: {errors.decode(errors='replace').strip()}")
    return Result(**json.loads(output))


def ask(port: int, request: Request) -> bytes:
    """Ask once, and give the body of a good answer (blocks).

    Raises:
        RuntimeError: the answer is not a good one.
    """
    line, *fields = request.head.decode().strip().split("\r\n")
    method, target, _ = line.split(" ")
    headers = dict(field.split(": ", 1) for field in fields)
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=GRACE_SECONDS)
    try:
        connection.request(method, target, request.body or None, headers)
        response = connection.getresponse()
        body = response.read()
    finally:
        connection.close()
    if response.status != http.HTTPStatus.OK or "errors" in json.loads(body):
        raise RuntimeError(f"{line} was answered with {response.status}: {body[:300]!r}")
    return body
