"""Where the time of an answer goes, on one connection, with a server in this process.

The functions between the stages are wrapped with clocks; nothing else is changed. All stages but one are CPU time of
this process, which others on the machine cannot lengthen; `SQL` is how long it waits for PostgreSQL.

Settings come from the environment, as for `boxoffice serve`. Prints JSON: for each question the stages in milliseconds.
"""

from __future__ import annotations

import argparse
import asyncio
import functools
import json
import os
import re
import signal
import sys
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import uvloop
from contest import Contestant, ask, job_of, run
from place import Served
from questions import NESTED, Request, by_slug, graphql

from db.database import Database
from execution.engine import Engine
from execution.planner import Planner
from server.admitting import Door
from server.http import answer
from server.logs import configure_logs
from server.preparing import Preparation
from server.serve import serve
from server.settings import load_settings

T = TypeVar("T")

STAGES = ("protocol", "plan", "SQL", "rows", "assembly", "bytes")
"""In the order in which an answer goes through them:

- protocol: HTTP, routing, reading the request's JSON, negotiation, writing to the socket, and the event loop
- plan: admitting the document, finding the prepared operation and its plan, coercing variables
- SQL: waiting for PostgreSQL
- rows: sending statements, and making rows of what comes back
- assembly: resolvers without their statements, and building the answer
- bytes: writing it as JSON
"""


@dataclass(slots=True)
class Clocks:
    """Seconds inside the wrapped functions, by name."""

    cpu: dict[str, float] = field(default_factory=dict)
    elapsed: dict[str, float] = field(default_factory=dict)

    def add(self, name: str, cpu_started: float, started: float) -> None:
        """Note what a call took."""
        self.cpu[name] = self.cpu.get(name, 0.0) + time.process_time() - cpu_started
        self.elapsed[name] = self.elapsed.get(name, 0.0) + time.perf_counter() - started

    def call(self, name: str, function: Callable[..., T]) -> Callable[..., T]:
        """Wrap a function."""

        @functools.wraps(function)
        def timed(*args: object, **kwargs: object) -> T:
            cpu_started, started = time.process_time(), time.perf_counter()
            try:
                return function(*args, **kwargs)
            finally:
                self.add(name, cpu_started, started)

        return timed

    def wait(self, name: str, function: Callable[..., Awaitable[T]]) -> Callable[..., Awaitable[T]]:
        """Wrap a coroutine function; on one connection nothing else runs while it waits."""

        @functools.wraps(function)
        async def timed(*args: object, **kwargs: object) -> T:
            cpu_started, started = time.process_time(), time.perf_counter()
            try:
                return await function(*args, **kwargs)
            finally:
                self.add(name, cpu_started, started)

        return timed


class NothingFetched(Exception):
    """Statements go another way than the clocks think."""


def wrap(clocks: Clocks) -> None:
    """Put clocks around the functions between the stages."""
    wrapped: list[tuple[Any, str, Any]] = [
        (Door, "admit", clocks.wait("plan", Door.admit)),
        (Preparation, "operation", clocks.call("plan", Preparation.operation)),
        (Preparation, "variables", clocks.call("plan", Preparation.variables)),
        (Planner, "plan", clocks.call("plan in run", Planner.plan)),
        (Engine, "execute", clocks.wait("run", Engine.execute)),
        (Database, "fetch", clocks.wait("fetch", Database.fetch)),
        (answer, "encode", clocks.call("bytes", answer.encode)),
    ]
    for owner, name, timed in wrapped:
        setattr(owner, name, timed)


async def measure(clocks: Clocks, served: Served, requests: Sequence[Request], seconds: float) -> dict[str, float]:
    """Milliseconds of an answer in each stage."""
    sizes = [len(await asyncio.to_thread(ask, served.port, request)) for request in requests]
    job = job_of(Contestant("", [served], requests), sizes, seconds, connections=1)
    await run(job)
    clocks.cpu.clear()
    clocks.elapsed.clear()
    started = time.process_time()
    result = await run(job)
    total = time.process_time() - started
    cpu = clocks.cpu
    if "fetch" not in cpu:
        raise NothingFetched("no statement went through Database.fetch")
    plan = cpu["plan"] + cpu["plan in run"]
    spent = {
        "protocol": total - cpu["plan"] - cpu["run"] - cpu["bytes"],
        "plan": plan,
        "SQL": clocks.elapsed["fetch"] - cpu["fetch"],
        "rows": cpu["fetch"],
        "assembly": cpu["run"] - cpu["plan in run"] - cpu["fetch"],
        "bytes": cpu["bytes"],
    }
    return {stage: 1000 * spent[stage] / result.requests for stage in STAGES}


async def bench(slugs: Sequence[str], key: str, seconds: float) -> Mapping[str, Mapping[str, float]]:
    """Serve in this process, and measure both questions."""
    settings = load_settings()
    configure_logs(settings)
    clocks = Clocks()
    wrap(clocks)
    listening: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    server = asyncio.create_task(serve(settings, listening.set_result))
    try:
        either: list[asyncio.Future[Any]] = [server, listening]
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        if server.done():
            server.result()
        port = re.search(r":(\d+)$", listening.result().rstrip("/"))
        assert port is not None, "an address has a port"
        served = Served(int(port[1]), os.getpid())
        return {
            "nested": await measure(clocks, served, [graphql(NESTED)], seconds),
            "by_slug": await measure(clocks, served, [by_slug(each, key) for each in slugs], seconds),
        }
    finally:
        if not server.done():
            os.kill(os.getpid(), signal.SIGTERM)
        await server


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("key", help="of a client that published the document of one function")
    parser.add_argument("slugs", nargs="+", help="of functions to ask for, in turn")
    parser.add_argument("--seconds", type=float, default=3.0, help="how long each question is asked")
    options = parser.parse_args()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        print(json.dumps(runner.run(bench(options.slugs, options.key, options.seconds))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
