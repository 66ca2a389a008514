"""Work for a client that may leave before it is done."""

import asyncio
from collections.abc import Awaitable, Coroutine
from typing import Any, TypeVar

import structlog
from starlette.types import Receive

T = TypeVar("T")

_UNWATCHED_SECONDS = 0.05
"""Work shorter than this is done before it would be worth cancelling, so it does not pay for a watch."""

_log = structlog.get_logger(__name__)


class ClientDisconnected(Exception):
    """The client closed the connection: nobody is left to be answered."""


async def while_connected(receive: Receive, work: Awaitable[T]) -> T:
    """Await `work`, and cancel it if the client leaves: what nobody waits for should not burn the database.

    Args:
        receive: The ASGI channel, from which the request's body has been read; it yields `http.disconnect`.
        work: Runs in the calling task. It is cancelled as by `asyncio.timeout`, and may clean up.

    Raises:
        ClientDisconnected: Once the cancelled work has ended.
    """
    loop = asyncio.get_running_loop()
    worker = asyncio.current_task()
    assert worker is not None
    watcher: asyncio.Task[None] | None = None
    left = False

    async def watch() -> None:
        nonlocal left
        while (await receive())["type"] != "http.disconnect":
            pass  # the body of a GET, which has no meaning
        left = True
        worker.cancel()

    def start_watching() -> None:
        nonlocal watcher
        watcher = loop.create_task(watch())

    timer = loop.call_later(_UNWATCHED_SECONDS, start_watching)
    try:
        result = await work
    except (Exception, asyncio.CancelledError) as ended:
        # Cancelled work may end by another exception: of a database driver, say, that was cut off.
        if left and worker.uncancel() == 0:
            raise ClientDisconnected from ended
        raise
    finally:
        timer.cancel()
        if watcher is not None:
            watcher.cancel()
    if left:
        worker.uncancel()
        raise ClientDisconnected
    return result


async def to_completion(work: Coroutine[Any, Any, T]) -> T:
    """Await `work`, and let it end even if the caller is cancelled; then the cancellation goes on.

    For what must not be cut off halfway because a client left, such as a mutation that has asked a payment provider.
    """
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task})
        if not task.cancelled() and (failure := task.exception()) is not None:
            _log.error("work failed after its client had left", exc_info=failure)
        raise
