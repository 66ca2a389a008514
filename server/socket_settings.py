"""Settings of WebSockets and event streams, a part of `server.settings.Settings`."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field


def _setting(default: Any, group: str, description: str, **limits: Any) -> Any:  # noqa: ANN401 - pydantic's Field
    return Field(default, description=description, json_schema_extra={"group": group}, **limits)


class SocketSettings(BaseModel):
    """What an operator may set of those who stay connected."""

    max_streams: int = _setting(
        1000, "Sockets", "How many WebSockets and event streams may be open in one process; 503 above it.", ge=1
    )
    max_streams_of_address: int = _setting(
        250,
        "Sockets",
        "How many of them one network address may have open; 429 above it. Behind a proxy, see `TRUSTED_PROXIES`.",
        ge=1,
    )
    socket_max_operations: int = _setting(
        100, "Sockets", "How many operations may be under way on one socket.", ge=1, le=10_000
    )
    socket_messages_per_second: int = _setting(
        100, "Sockets", "How many messages may come on one socket in a second; it is closed above that.", ge=1
    )
    socket_init_timeout_seconds: float = _setting(
        5.0, "Sockets", "The longest wait for `connection_init`; closed with 4408 after it.", gt=0, le=600
    )
    socket_ping_seconds: float = _setting(
        20.0, "Sockets", "How often a client is asked whether it is there, and how long it has to answer.", gt=0, le=600
    )
