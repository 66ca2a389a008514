"""`boxoffice serve`: starts from nothing, keeps its data, and stops without losing a request."""

import signal
import socket
import subprocess
import time
from pathlib import Path

import psutil
import pytest

from server.listening import AddressInUseError, listen
from tests.plugins.program import PATIENCE_SECONDS, PROGRAM, Serving, environment, run, serving, wait_until


def children_of(server: Serving) -> list[psutil.Process]:
    return psutil.Process(server.process.pid).children(recursive=True)


def test_it_starts_from_nothing_stops_everything_it_started_and_finds_its_data_again(home: Path) -> None:
    with serving("--demo", cwd=home) as server:
        first = server.query("{ functions(first: 100) { nodes { id } } }")
        started = children_of(server)
        code = server.stop(signal.SIGINT)

    assert code == 0
    assert len(first["data"]["functions"]["nodes"]) > 5
    assert {process.name() for process in started if process.is_running()} == set()
    assert len(started) >= 2, "a PostgreSQL and a Valkey ran"
    assert "".join(server.lines).rstrip().endswith("Stopped.")

    with serving("--demo", cwd=home) as again:
        second = again.query("{ functions(first: 100) { nodes { id } } }")
        assert any("holds data already" in line for line in again.lines)
        assert again.stop() == 0

    assert second == first


def test_a_second_one_on_the_same_data_is_refused_and_one_on_other_data_is_not(home: Path) -> None:
    with serving("--data-folder", "one", cwd=home) as first, serving("--data-folder", "two", cwd=home) as other:
        refused = run("serve", "--port", "0", "--data-folder", "one", cwd=home)

        assert first.get("/health/ready")[0] == other.get("/health/ready")[0] == 200
    assert refused.returncode == 1
    assert refused.stderr.startswith("boxoffice: ")
    assert "Traceback" not in refused.stderr


def test_a_request_under_way_finishes_while_readiness_goes_first(home: Path, database_url: str, redis_url: str) -> None:
    given = {"DATABASE_URL": database_url, "REDIS_URL": redis_url, "SECRET_KEY": "k" * 32}
    with serving(cwd=home, **given, SHUTDOWN_DELAY_SECONDS="5", HTTP_BODY_TIMEOUT_SECONDS="60") as server:
        host, port = server.base.removeprefix("http://").split(":")
        body = b'{"query":"{ functions { totalCount } }"}'
        fields = f"host: x\r\ncontent-type: application/json\r\ncontent-length: {len(body)}"
        head = f"POST /graphql HTTP/1.1\r\n{fields}\r\n\r\n"
        with socket.create_connection((host, int(port)), timeout=PATIENCE_SECONDS) as half_sent:
            half_sent.sendall(head.encode() + body[:10])
            server.process.send_signal(signal.SIGTERM)
            wait_until(lambda: server.get("/health/ready")[0] == 503)
            assert server.get("/health/live")[0] == 200
            wait_until(lambda: not accepts(host, int(port)))
            half_sent.sendall(body[10:])
            answer = half_sent.recv(65536)
        code = server.process.wait(PATIENCE_SECONDS)

    assert answer.startswith(b"HTTP/1.1 200")
    assert b'"totalCount":0' in answer
    assert code == 0


def accepts(host: str, port: int) -> bool:
    try:
        socket.create_connection((host, port), timeout=PATIENCE_SECONDS).close()
    except ConnectionRefusedError:
        return False
    return True


def test_a_second_signal_does_not_wait(home: Path, database_url: str, redis_url: str) -> None:
    given = {"DATABASE_URL": database_url, "REDIS_URL": redis_url, "SECRET_KEY": "k" * 32}
    with serving(cwd=home, **given, SHUTDOWN_DELAY_SECONDS="300") as server:
        server.process.send_signal(signal.SIGTERM)
        wait_until(lambda: server.get("/health/ready")[0] == 503)

        assert server.stop() == 0


def test_a_taken_port_is_told_in_one_line(home: Path, database_url: str, redis_url: str) -> None:
    given = {"DATABASE_URL": database_url, "REDIS_URL": redis_url, "SECRET_KEY": "k" * 32}
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        refused = run("serve", "--port", str(port), cwd=home, **given)

    assert refused.returncode == 1
    assert refused.stderr.splitlines() == [
        f"boxoffice: cannot listen on 127.0.0.1:{port}: Address already in use; choose another with --port or PORT"
    ]


def test_an_address_that_is_not_here_is_refused() -> None:
    with pytest.raises(AddressInUseError, match=r"cannot listen on 192\.0\.2\.1:0"):
        listen("192.0.2.1", 0)


@pytest.mark.parametrize("seconds", [0.0, 0.5, 1.5])
def test_to_be_told_twice_while_it_starts_leaves_nothing_behind(home: Path, seconds: float) -> None:
    process = subprocess.Popen(
        [*PROGRAM, "serve", "--port", "0"],
        cwd=home,
        env=environment({}),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    # As soon as it has begun to start its servers, and a while after.
    wait_until(lambda: (home / ".boxoffice").exists() or process.poll() is not None)
    time.sleep(seconds)
    started = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(signal.SIGINT)
    process.send_signal(signal.SIGINT)
    _, complaints = process.communicate(timeout=PATIENCE_SECONDS)

    assert process.returncode in {0, 130}
    assert "Traceback" not in complaints
    # What was killed may take a moment to leave the table of processes, or for ever where nobody reaps orphans.
    _, alive = psutil.wait_procs(started, timeout=PATIENCE_SECONDS)
    assert {child.name() for child in alive if child.status() != psutil.STATUS_ZOMBIE} == set()
