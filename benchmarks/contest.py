"""Contestants in turns: a warm-up, several rounds in which each is loaded alone, and the medians of those."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import http.client
import json
import statistics
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import psutil
from load import GRACE_SECONDS, Exchange, Job, Result
from place import Served
from questions import Request
from sameness import canonical

CONNECTIONS = 8
WARM_UP_SHARE = 0.75
"""Of a round; long enough for Node to compile what runs often."""
MAX_REQUESTS = 1_000_000

_LOAD = Path(__file__).resolve().parent / "load.py"


@dataclass(frozen=True, slots=True)
class Pace:
    """How long everything takes."""

    rounds: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Contestant:
    """Who answers which requests; connections are shared out among its processes."""

    name: str
    served: Sequence[Served]
    requests: Sequence[Request]


@dataclass(frozen=True, slots=True)
class Round:
    """What came of a round, and the CPU time in it, in seconds: of the contestant's processes, and of PostgreSQL's."""

    result: Result
    cpu: float
    database_cpu: float


@dataclass(frozen=True, slots=True)
class Standing:
    """Medians over the rounds; latencies, and CPU time for a request, in milliseconds."""

    name: str
    rate: float
    p50: float
    p99: float
    cpu: float
    database_cpu: float
    requests: int
    rounds: Sequence[Round]

    def times(self, other: Standing) -> float:
        """How many times as many requests as another answers: the median of the rounds.

        Compared round by round, since whatever else the machine does comes and goes.
        """
        pairs = zip(self.rounds, other.rounds, strict=True)
        return statistics.median(ours.result.rate / theirs.result.rate for ours, theirs in pairs)


class NotTheSame(Exception):
    """Contestants gave different answers to the same question."""


async def contest(contestants: Sequence[Contestant], pace: Pace, tell: Callable[[str], None]) -> list[Standing]:
    """Let contestants that answer alike compete.

    Raises:
        NotTheSame: they do not answer alike.
        RuntimeError: an answer changed its status or size during the run.
    """
    answers = []
    for each in contestants:
        ports = {one.port for one in each.served}
        answers.append([[await asyncio.to_thread(ask, port, request) for request in each.requests] for port in ports])
    first = [canonical(json.loads(body)) for body in answers[0][0]]
    for each, processes in zip(contestants, answers, strict=True):
        for found in processes:
            if [canonical(json.loads(body)) for body in found] != first:
                raise NotTheSame(f"{contestants[0].name} and {each.name} answer differently")
    return await measure(contestants, [[len(body) for body in found[0]] for found in answers], pace, tell)


async def measure(
    contestants: Sequence[Contestant],
    sizes: Sequence[Sequence[int]],
    pace: Pace,
    tell: Callable[[str], None],
    connections: int = CONNECTIONS,
) -> list[Standing]:
    """Load each in turn, round by round; `sizes` are those of the bodies that each request must get."""
    jobs = [job_of(each, its, pace.seconds, connections) for each, its in zip(contestants, sizes, strict=True)]
    for each, job in zip(contestants, jobs, strict=True):
        tell(f"warming up {each.name}")
        await run(replace(job, seconds=pace.seconds * WARM_UP_SHARE))
    rounds: list[list[Round]] = [[] for _ in jobs]
    for number in range(pace.rounds):
        # The order turns round, so that none always comes after the same one.
        places = list(range(len(jobs)))
        for place in places if number % 2 == 0 else reversed(places):
            tell(f"{contestants[place].name}, round {number + 1} of {pace.rounds}")
            rounds[place].append(await round_of(contestants[place], jobs[place]))
    return [standing_of(each.name, its) for each, its in zip(contestants, rounds, strict=True)]


def job_of(contestant: Contestant, sizes: Sequence[int], seconds: float, connections: int) -> Job:
    """What the load generator is told about a contestant."""
    exchanges = [
        Exchange(base64.b64encode(request.raw).decode(), size)
        for request, size in zip(contestant.requests, sizes, strict=True)
    ]
    ports = [each.port for each in contestant.served]
    return Job("127.0.0.1", ports, exchanges, connections, seconds, MAX_REQUESTS)


async def round_of(contestant: Contestant, job: Job) -> Round:
    """Load a contestant once."""
    watched = [each.pid for each in contestant.served]
    before, database_before = _cpu_seconds(watched), _cpu_seconds(_database())
    result = await run(job)
    cpu, database_cpu = _cpu_seconds(watched), _cpu_seconds(_database())
    return Round(result, _spent(before, cpu), _spent(database_before, database_cpu))


def _database() -> list[int]:
    """The processes of the PostgreSQL that this program started."""
    found = []
    for each in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):
            if each.name() == "postgres":
                found.append(each.pid)
    return found


def _cpu_seconds(pids: Sequence[int]) -> dict[int, float]:
    """CPU time of each process that is there."""
    found = {}
    for pid in pids:
        with contextlib.suppress(psutil.NoSuchProcess):
            times = psutil.Process(pid).cpu_times()
            found[pid] = times.user + times.system
    return found


def _spent(before: Mapping[int, float], after: Mapping[int, float]) -> float:
    return sum(seconds - before.get(pid, 0.0) for pid, seconds in after.items())


def standing_of(name: str, rounds: Sequence[Round]) -> Standing:
    """What several rounds come to."""
    results = [each.result for each in rounds]
    return Standing(
        name,
        statistics.median(each.rate for each in results),
        statistics.median(each.p50 for each in results),
        statistics.median(each.p99 for each in results),
        statistics.median(1000 * each.cpu / each.result.requests for each in rounds),
        statistics.median(1000 * each.database_cpu / each.result.requests for each in rounds),
        sum(each.requests for each in results),
        rounds,
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
        raise RuntimeError(f"the load on port {job.ports[0]} failed: {errors.decode(errors='replace').strip()}")
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
