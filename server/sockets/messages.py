"""The messages of `graphql-transport-ws`: what clients may say, and what they are told.

The protocol: https://github.com/graphql/graphql-over-http/blob/main/rfcs/GraphQLOverWebSocket.md
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final

from server.http.answer import ErrorEntry, encode
from server.http.decode import decode_json
from server.http.refusals import Refused

SUBPROTOCOL: Final = "graphql-transport-ws"

_LONGEST_REASON: Final = 123
"""What a close frame has room for beside its code, in bytes (RFC 6455, section 5.5)."""


class CloseCode(IntEnum):
    """Why a socket was closed: by RFC 6455 (1…), by the protocol (44…)."""

    GOING_AWAY = 1001
    INTERNAL_ERROR = 1011
    BAD_REQUEST = 4400
    UNAUTHORIZED = 4401
    FORBIDDEN = 4403
    INIT_TIMEOUT = 4408
    DUPLICATE_ID = 4409
    SECOND_INIT = 4429


class Closing(Exception):
    """The socket is to be closed."""

    def __init__(self, code: CloseCode, reason: str) -> None:
        super().__init__(code, reason)
        self.code = code
        self.reason = reason.encode()[:_LONGEST_REASON].decode(errors="ignore")


@dataclass(frozen=True, slots=True)
class Init:
    """`connection_init`: the first message, perhaps with credentials."""

    payload: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ping:
    """`ping`: to be answered with the same payload."""

    payload: Mapping[str, object] | None = None


@dataclass(frozen=True, slots=True)
class Pong:
    """`pong`: the answer to a ping, or a sign of life."""


@dataclass(frozen=True, slots=True)
class Subscribe:
    """`subscribe`: execute an operation; `payload` is what a POST carries."""

    id: str
    payload: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Complete:
    """`complete`: nobody listens to this operation any longer."""

    id: str


Said = Init | Ping | Pong | Subscribe | Complete


def read_message(text: str | None, max_depth: int, max_items: int) -> Said:
    """Read what a client says.

    Args:
        text: of a text frame; None for a binary one.
        max_depth: how deep its JSON may nest.
        max_items: how long a list in it may be.

    Raises:
        Closing: 4400, for anything else than a message of the protocol.
    """
    if text is None:
        raise _bad("The message is binary; messages are JSON, as text.")
    try:
        message = decode_json(text.encode(errors="surrogatepass"), "The message", max_depth, max_items)
    except Refused as refused:
        raise _bad(refused.message) from None
    if not isinstance(message, dict):
        raise _bad("The message is not a JSON object.")
    match message.get("type"):
        case "connection_init":
            return Init(_payload(message) or {})
        case "ping":
            return Ping(_payload(message))
        case "pong":
            _payload(message)
            return Pong()
        case "subscribe":
            payload = _payload(message)
            if payload is None:
                raise _bad('"payload" of subscribe must be an object.')
            return Subscribe(_id(message), payload)
        case "complete":
            return Complete(_id(message))
        case _:
            raise _bad('"type" is none that a client may send.')


def ack() -> str:
    """`connection_ack`."""
    return '{"type":"connection_ack"}'


def pong(payload: Mapping[str, object] | None) -> str:
    """`pong`."""
    return _message({"type": "pong"} if payload is None else {"type": "pong", "payload": payload})


def following(id_: str, payload: Mapping[str, object]) -> str:
    """`next`: a result."""
    return _message({"id": id_, "type": "next", "payload": payload})


def error(id_: str, errors: Sequence[ErrorEntry]) -> str:
    """`error`: why an operation was not executed, or could not go on."""
    return _message({"id": id_, "type": "error", "payload": errors})


def complete(id_: str) -> str:
    """`complete`: there are no more results."""
    return _message({"id": id_, "type": "complete"})


def _message(members: Mapping[str, object]) -> str:
    return encode(members).decode()


def _payload(message: Mapping[str, object]) -> Mapping[str, object] | None:
    payload = message.get("payload")
    if payload is None or isinstance(payload, dict):
        return payload
    raise _bad('"payload" must be an object.')


def _id(message: Mapping[str, object]) -> str:
    id_ = message.get("id")
    if isinstance(id_, str) and id_:
        return id_
    raise _bad('"id" must be a string that is not empty.')


def _bad(reason: str) -> Closing:
    return Closing(CloseCode.BAD_REQUEST, reason)
