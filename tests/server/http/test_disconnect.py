import asyncio
import json
import socket
import struct

import pytest
from starlette.types import Message, Receive
from structlog.testing import capture_logs

from server.http.disconnect import ClientDisconnected, to_completion, while_connected
from tests.plugins.http_server import PATIENCE_SECONDS, Connection, Server
from tests.plugins.sample_graphql import Traces


def leaving_after(seconds: float) -> Receive:
    """A client that leaves; before that, its GET has a body."""
    messages: list[Message] = [{"type": "http.request", "body": b"x", "more_body": True}]

    async def receive() -> Message:
        if messages:
            return messages.pop()
        await asyncio.sleep(seconds)
        return {"type": "http.disconnect"}

    return receive


class TestWhileConnected:
    @pytest.mark.parametrize("seconds", [0, 0.1])
    async def test_work_gives_its_result_while_the_client_waits(self, seconds: float) -> None:
        async def work() -> str:
            await asyncio.sleep(seconds)
            return "done"

        assert await while_connected(leaving_after(60), work()) == "done"
        assert not _other_tasks()

    async def test_work_raises_its_error_while_the_client_waits(self) -> None:
        async def work() -> None:
            await asyncio.sleep(0.1)
            raise ValueError("no")

        with pytest.raises(ValueError, match="no"):
            await while_connected(leaving_after(60), work())

    async def test_work_is_cancelled_and_cleans_up_when_the_client_leaves(self) -> None:
        steps = []

        async def work() -> None:
            try:
                await asyncio.sleep(60)
            finally:
                await asyncio.sleep(0)
                steps.append("cleaned up")

        with pytest.raises(ClientDisconnected):
            await while_connected(leaving_after(0), work())

        assert steps == ["cleaned up"]
        assert _not_cancelled()

    async def test_cancelled_work_may_end_by_another_error(self) -> None:
        async def work() -> None:
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                raise ConnectionError("cut off") from None

        with pytest.raises(ClientDisconnected):
            await while_connected(leaving_after(0), work())

        assert _not_cancelled()

    async def test_cancelled_work_may_end_well(self) -> None:
        async def work() -> None:
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                return

        with pytest.raises(ClientDisconnected):
            await while_connected(leaving_after(0), work())

        assert _not_cancelled()

    async def test_a_cancellation_from_outside_stays_one(self) -> None:
        task = asyncio.create_task(while_connected(leaving_after(60), asyncio.sleep(60)))
        await asyncio.sleep(0.1)
        task.cancel()

        with pytest.raises(asyncio.CancelledError):
            await task


class TestToCompletion:
    async def test_the_result_is_passed_on(self) -> None:
        assert await to_completion(asyncio.sleep(0, "done")) == "done"

    async def test_a_client_that_leaves_cuts_nothing_off(self) -> None:
        steps = []

        async def work() -> None:
            await asyncio.sleep(0.2)
            steps.append("done")

        with pytest.raises(ClientDisconnected):
            await while_connected(leaving_after(0), to_completion(work()))

        assert steps == ["done"]

    async def test_a_failure_that_nobody_waits_for_is_logged(self) -> None:
        async def work() -> None:
            await asyncio.sleep(0.2)
            raise ValueError("lost")

        with capture_logs() as logs, pytest.raises(ClientDisconnected):
            await while_connected(leaving_after(0), to_completion(work()))

        (line,) = logs
        assert line["log_level"] == "error"
        assert str(line["exc_info"]) == "lost"


class TestOverARealServer:
    @pytest.fixture(autouse=True)
    def forget(self, traces: Traces) -> None:
        for event in (traces.started, traces.cancelled, traces.finished):
            event.clear()

    @pytest.mark.parametrize("how", ["close", "reset"])
    @pytest.mark.parametrize("method", ["GET", "POST"])
    def test_a_query_ends_when_its_client_leaves(self, server: Server, traces: Traces, method: str, how: str) -> None:
        with server.connect() as connection:
            connection.send(_request(method, "{waits(seconds:60)}"))
            assert traces.started.wait(PATIENCE_SECONDS)
            _leave(connection, how)

        assert traces.cancelled.wait(PATIENCE_SECONDS)
        assert not traces.finished.is_set()

    def test_a_mutation_does_not(self, server: Server, traces: Traces) -> None:
        with server.connect() as connection:
            connection.send(_request("POST", "mutation{waits(seconds:1)}"))
            assert traces.started.wait(PATIENCE_SECONDS)

        assert traces.finished.wait(PATIENCE_SECONDS)
        assert not traces.cancelled.is_set()


def _request(method: str, document: str) -> bytes:
    if method == "GET":
        return f"GET /graphql?query={document} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    body = json.dumps({"query": document})
    head = f"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return (head + body).encode()


def _leave(connection: Connection, how: str) -> None:
    if how == "reset":
        connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.sock.close()


def _other_tasks() -> set[asyncio.Task[object]]:
    return {task for task in asyncio.all_tasks() if task is not asyncio.current_task() and not task.cancelling()}


def _not_cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() == 0
