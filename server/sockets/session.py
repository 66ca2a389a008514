"""One socket, from its first message to its close: who calls, and which operations are under way."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final, Protocol

import structlog
from starlette.types import Receive, Send

from server.calling import Caller
from server.http.answer import Outcome, RequestError, Stream, members, refusal_entry
from server.http.failures import MASKED
from server.http.params import GraphQLParams, read_params
from server.http.refusals import Code, Refused
from server.sockets import messages
from server.sockets.limits import SocketLimits
from server.sockets.messages import CloseCode, Closing, Complete, Init, Ping, Pong, Said, Subscribe
from server.subscribing import Who

CARRIED: Final = frozenset({"Deprecation", "Sunset", "Link"})
"""The header fields of an HTTP answer that stand in `extensions.headers` of the first result here: what they say is of
the operation. The others are of HTTP, and have no meaning here."""

_MALFORMED: Final = frozenset({Code.INVALID_PARAMETER, Code.MISSING_QUERY})
_EXPIRED: Final = Closing(CloseCode.FORBIDDEN, "The credential has expired: connect with another.")
_LATE: Final = Closing(CloseCode.INIT_TIMEOUT, "Connection initialisation timeout")
_UNAUTHORIZED: Final = 401
_GRAPHQL_ANSWER: Final = 200

_log = structlog.get_logger(__name__)


class GraphQL(Protocol):
    """What a session needs of the server."""

    async def open(
        self, params: GraphQLParams, caller: Caller, *, read_only: bool, again: Who | None
    ) -> Outcome | Stream:
        """Execute an operation, or begin to."""


Identify = Callable[[Mapping[str, object]], Awaitable[Caller]]
"""Says who calls, by what `connection_init` carried; refuses those that may not (any longer)."""


@dataclass(slots=True, eq=False)
class Session:
    """A socket that was accepted.

    Attributes:
        receive, send: the ASGI channel.
        graphql: executes operations.
        identify: says who calls.
        limits: what one socket may take.
    """

    receive: Receive
    send: Send
    graphql: GraphQL
    identify: Identify
    limits: SocketLimits
    _init: Mapping[str, object] | None = None
    _greeted: bool = False
    _until: asyncio.Timeout | None = None
    _ending: Closing | None = None
    _running: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _streams: set[asyncio.Task[None]] = field(default_factory=set)

    async def run(self) -> None:
        """Talk until either side has had enough, end what is under way, and close."""
        closing: Closing | None = None
        try:
            closing = await self._converse()
        finally:
            # A process that stops lets what has one result come to it; nobody else waits for anything.
            leaving = closing is not None and closing.code is CloseCode.GOING_AWAY
            for task in self._streams if leaving else self._tasks:
                task.cancel()
            if self._tasks:
                await asyncio.wait(self._tasks)
        if closing is not None:
            await self._send({"type": "websocket.close", "code": closing.code, "reason": closing.reason})

    def leave(self) -> None:
        """End what has one result, cut off the rest, and close with 1001."""
        self._end(Closing(CloseCode.GOING_AWAY, "The server is going away."))

    def _end(self, closing: Closing) -> None:
        if self._until is not None and self._ending is None:
            self._ending = closing
            self._until.reschedule(asyncio.get_running_loop().time())

    async def _converse(self) -> Closing | None:
        """Listen; why the socket is to be closed, or None where the client has left."""
        try:
            async with asyncio.timeout(self.limits.init_timeout_seconds) as until:
                self._until = until
                while (message := await self.receive())["type"] == "websocket.receive":
                    text, limits = message.get("text"), self.limits
                    await self._hear(messages.read_message(text, limits.max_json_depth, limits.max_list_items))
        except Closing as closing:
            return closing
        except TimeoutError:
            if not until.expired():
                raise
            return self._ending or (_EXPIRED if self._greeted else _LATE)
        finally:
            self._until = None
        return None

    async def _hear(self, said: Said) -> None:
        match said:
            case Init():
                await self._initialise(said)
            case Ping():
                await self._tell(messages.pong(said.payload))
            case Pong():
                pass
            case Subscribe():
                await self._subscribe(said)
            case Complete():
                task = self._running.pop(said.id, None)
                if task is not None:
                    task.cancel()

    async def _initialise(self, said: Init) -> None:
        if self._init is not None:
            raise Closing(CloseCode.SECOND_INIT, "Too many initialisation requests")
        self._init = said.payload
        try:
            caller = await self._who()
        except Refused as refused:
            raise Closing(CloseCode.FORBIDDEN, refused.message) from None
        assert self._until is not None, "set before anything is heard"
        self._greeted = True
        left = None if caller.expires_at is None else caller.expires_at - time.time()
        self._until.reschedule(None if left is None else asyncio.get_running_loop().time() + left)
        await self._tell(messages.ack())

    async def _who(self) -> Caller:
        assert self._init is not None, "asked of no socket that was not initialised"
        return await self.identify(self._init)

    async def _subscribe(self, said: Subscribe) -> None:
        if self._init is None:
            raise Closing(CloseCode.UNAUTHORIZED, "Unauthorized")
        if said.id in self._running:
            raise Closing(CloseCode.DUPLICATE_ID, f"Subscriber for {said.id} already exists")
        try:
            if len(self._tasks) >= self.limits.max_operations:
                raise _too_many(self.limits.max_operations)
            params = read_params(said.payload)
            if params.document.is_empty:
                raise Closing(CloseCode.BAD_REQUEST, '"payload" of subscribe names no document.')
        except Refused as refused:
            if refused.code in _MALFORMED:
                raise Closing(CloseCode.BAD_REQUEST, refused.message) from None
            await self._tell(messages.error(said.id, [refusal_entry(refused)]))
            return
        task = asyncio.create_task(self._operate(said.id, params))
        self._running[said.id] = task
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _operate(self, id_: str, params: GraphQLParams) -> None:
        """Execute one operation, and tell all that comes of it."""
        try:
            last = await self._answer(id_, params)
        except Refused as refused:
            if refused.status == _UNAUTHORIZED:
                self._end(Closing(CloseCode.FORBIDDEN, refused.message))
                return
            last = messages.error(id_, [refusal_entry(refused)])
            if refused.status == _GRAPHQL_ANSWER:
                # Clients of automatic persisted queries look for these among GraphQL's answers, as over HTTP.
                await self._tell(messages.following(id_, {"errors": [refusal_entry(refused)]}))
                last = messages.complete(id_)
        except Exception:  # noqa: BLE001 - of one operation among many: the others go on
            _log.exception("operation failed")
            last = messages.error(id_, [{"message": MASKED, "extensions": {"code": Code.INTERNAL_SERVER_ERROR}}])
        if self._running.get(id_) is asyncio.current_task():
            del self._running[id_]  # from the last message on, the client may use its id again
            await self._tell(last)

    async def _answer(self, id_: str, params: GraphQLParams) -> str:
        outcome = await self.graphql.open(params, await self._who(), read_only=False, again=self._who)
        if isinstance(outcome, RequestError):
            return messages.error(id_, outcome.errors)
        if not isinstance(outcome, Stream):
            await self._tell(messages.following(id_, _payload(outcome, outcome.headers)))
            return messages.complete(id_)
        task = asyncio.current_task()
        assert task is not None
        self._streams.add(task)
        task.add_done_callback(self._streams.discard)
        headers = outcome.headers
        try:
            async for result in outcome.results:
                await self._tell(messages.following(id_, _payload(result, headers)))
                headers = {}
        finally:
            await outcome.results.aclose()
        return messages.complete(id_)

    async def _tell(self, text: str) -> None:
        await self._send({"type": "websocket.send", "text": text})

    async def _send(self, message: Mapping[str, object]) -> None:
        with suppress(OSError):  # the client has left, which is the next thing that is heard
            await self.send(dict(message))


def _payload(outcome: Outcome, headers: Mapping[str, str]) -> dict[str, object]:
    payload = members(outcome)
    carried = {name.lower(): value for name, value in headers.items() if name in CARRIED}
    if carried:
        payload["extensions"] = {**outcome.extensions, "headers": carried}
    return payload


def _too_many(most: int) -> Refused:
    message = f"This socket has {most} operations under way, and may have no more: complete one first."
    return Refused(429, "TOO_MANY_OPERATIONS", message)
