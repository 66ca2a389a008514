"""The address that is listened on; apart from what serves, so that commands which serve nothing load none of it."""

from __future__ import annotations

import socket


class AddressInUseError(Exception):
    """The address to listen on cannot be had; the message says which, and what would be right."""


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens, so that a taken port is known before anything else is tried.

    Raises:
        AddressInUseError: it cannot be had.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
            listener.listen(2048)
        except OSError:
            listener.close()
            raise
    except OSError as error:
        raise AddressInUseError(
            f"cannot listen on {host}:{port}: {error.strerror or error}; choose another with --port or PORT"
        ) from error
    listener.setblocking(False)
    return listener
