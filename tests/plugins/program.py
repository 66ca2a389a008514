"""The program `boxoffice` as its users run it: a process of its own."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.plugins.logs import overheard

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = (sys.executable, "-c", "from server.cli import main; main()")
PATIENCE_SECONDS = 60.0
"""The longest that a step may take on a machine that others use too."""


def environment(given: Mapping[str, str]) -> dict[str, str]:
    """This process's own, without what would set the program up."""
    kept = {
        name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL", "SECRET_KEY"}
    }
    return {**kept, "PYTHONPATH": str(ROOT), "COLUMNS": "100", **given}


def run(*arguments: str, cwd: Path, **given: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    done = subprocess.run(
        [*PROGRAM, *arguments],
        cwd=cwd,
        env=environment(given),
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    overheard.append(done.stderr)
    return done


@dataclass(slots=True)
class Serving:
    """A `boxoffice serve` under way."""

    process: subprocess.Popen[str]
    base: str = ""
    lines: list[str] = field(default_factory=list)

    def get(self, path: str) -> tuple[int, Any]:
        try:
            with urllib.request.urlopen(f"{self.base}{path}", timeout=PATIENCE_SECONDS) as answer:  # noqa: S310 - a loopback address
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as refused:
            with refused:
                return refused.code, json.loads(refused.read())

    def query(self, text: str) -> Any:
        body = json.dumps({"query": text}).encode()
        request = urllib.request.Request(  # noqa: S310 - the same
            f"{self.base}/graphql", body, {"content-type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:  # noqa: S310 - the same
            return json.loads(answer.read())

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Tell it to stop; its exit code."""
        self.process.send_signal(how)
        return self.process.wait(PATIENCE_SECONDS)


@contextmanager
def serving(*arguments: str, cwd: Path, **given: str) -> Iterator[Serving]:
    """Run `boxoffice serve` until it answers, and end it afterwards whatever happens."""
    process = subprocess.Popen(
        [*PROGRAM, "serve", "--port", "0", *arguments],
        cwd=cwd,
        env=environment(given),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    server = Serving(process)
    ready = threading.Event()

    def read() -> None:
        assert process.stdout is not None
        for line in process.stdout:
            server.lines.append(line)
            if found := re.search(r"API\s+(http://\S+)/graphql", line):
                server.base = found[1]
                ready.set()
        ready.set()

    reader = threading.Thread(target=read)
    reader.start()
    try:
        assert ready.wait(PATIENCE_SECONDS), "it did not start in time"
        assert server.base, "".join(server.lines)
        yield server
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(PATIENCE_SECONDS)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        reader.join()
        assert process.stdout is not None
        process.stdout.close()
        overheard.append("".join(server.lines))


def wait_until(holds: Any, seconds: float = PATIENCE_SECONDS) -> None:
    """Wait for a condition; fails where it does not come about in time."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not come about in time"
        time.sleep(0.02)
